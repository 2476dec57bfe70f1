using Miyabi.Core.Ledger;

namespace Miyabi.Core.Activities;

/// <summary>Keeps a claim alive while the agent works.</summary>
internal sealed class AttemptLease : IAsyncDisposable
{
    private readonly AttemptClaims claims;
    private readonly AttemptClaim claim;
    private readonly TimeProvider clock;
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource lost = new();
    private readonly Task keeping;
    private bool written;

    internal AttemptLease(AttemptClaims claims, AttemptClaim claim, TimeProvider clock)
    {
        (this.claims, this.claim, this.clock) = (claims, claim, clock);
        keeping = KeepAsync();
    }

    /// <summary>Set when the attempt is no longer this worker's.</summary>
    internal CancellationToken Lost => lost.Token;

    /// <summary>The attempt has ended: the lease is of no more use.</summary>
    internal async Task EndAsync(RunLedger ledger)
    {
        await StopAsync();
        if (!written)
            return;
        try
        {
            await ledger.DeleteLeaseAsync(LedgerPath.AttemptLease(claim.Instruction.Task, claim.Instruction.Attempt), CancellationToken.None);
        }
        catch (StoreException)
        {
            // It lapses by itself.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stop.Dispose();
        lost.Dispose();
    }

    private async Task StopAsync()
    {
        if (!stop.IsCancellationRequested)
            await stop.CancelAsync();
        await keeping;
    }

    private async Task KeepAsync()
    {
        var held = clock.GetUtcNow() + AttemptClaim.Term;
        using var timer = new PeriodicTimer(AttemptClaim.Renewal, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token))
            {
                var now = clock.GetUtcNow();
                if (await RenewedAsync())
                    (held, written) = (now + AttemptClaim.Term, true);
                else if (lost.IsCancellationRequested || now >= held)
                    break;
            }

            await lost.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // The work has ended.
        }
    }

    private async Task<bool> RenewedAsync()
    {
        try
        {
            if (await claims.RenewAsync(claim, stop.Token))
                return true;
            await lost.CancelAsync();
            return false;
        }
        catch (Exception e) when (e is StoreException or SealException or UntrustedKeyException)
        {
            return false; // tried again at the next tick, while the last renewal still holds
        }
    }
}
