using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Activities;

/// <summary>Keeps a claim alive while the agent works, and names the process that does the work.</summary>
internal sealed class AttemptLease : IAsyncDisposable
{
    private readonly AttemptClaims claims;
    private readonly AttemptClaim claim;
    private readonly TimeProvider clock;
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource lost = new();
    private readonly SemaphoreSlim writing = new(1, 1);
    private readonly ITimer timer;
    private Task renewing = Task.CompletedTask;
    private int ticking;
    private long held;
    private AgentProcess? process;
    private bool written;

    internal AttemptLease(AttemptClaims claims, AttemptClaim claim, TimeProvider clock)
    {
        (this.claims, this.claim, this.clock) = (claims, claim, clock);
        // Until there is a process of this worker's own, the former holder's is kept: should this worker die too, it is still to be ended.
        (process, written) = (claim.Leftovers?.Process, claim.Leftovers is not null);
        held = clock.GetTimestamp(); // not a time of the clock, which may jump
        // Most attempts end before the first renewal: a timer that is dropped costs them nothing.
        timer = clock.CreateTimer(_ => Renew(), null, AttemptClaim.Renewal, AttemptClaim.Renewal);
    }

    /// <summary>Set when the attempt is no longer this worker's.</summary>
    internal CancellationToken Lost => lost.Token;

    /// <summary>What a former holder may have left at work; <see langword="null"/>: there was none, and nobody has begun the attempt before.</summary>
    internal AgentLeftovers? Leftovers => claim.Leftovers;

    /// <summary>Ends when the instruction outlasts a crash of the machine.</summary>
    internal Task InstructionFlushed => claim.Flushed;

    /// <summary>Writes the attempt's process down, at once.</summary>
    /// <exception cref="OperationCanceledException">The token was set.</exception>
    internal async Task StartedAsync(AgentProcess started, CancellationToken cancellationToken)
    {
        Volatile.Write(ref process, started);
        // Where the store is away, the next renewal writes it.
        await RenewedAsync().WaitAsync(cancellationToken);
    }

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
        writing.Dispose();
        stop.Dispose();
        lost.Dispose();
    }

    private async Task StopAsync()
    {
        await stop.CancelAsync();
        await timer.DisposeAsync();
        await renewing;
        // A write that its caller has stopped waiting for: it must not come after the end.
        await writing.WaitAsync();
        writing.Release();
    }

    private void Renew()
    {
        // Ticks may come together, where a store is slow or threads are few: then one of them renews.
        if (Interlocked.Exchange(ref ticking, 1) != 0)
            return;
        // Not beyond the loss: the attempt is another's then.
        if (renewing.IsCompleted && !lost.IsCancellationRequested)
            renewing = RenewAsync();
        Volatile.Write(ref ticking, 0);
    }

    private async Task RenewAsync()
    {
        try
        {
            var now = clock.GetTimestamp();
            if (await RenewedAsync())
                held = now;
            else if (clock.GetElapsedTime(held, now) >= AttemptClaim.Term)
                await lost.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // The work has ended.
        }
    }

    // One at a time, so that a renewal without the process never replaces one with it.
    private async Task<bool> RenewedAsync()
    {
        await writing.WaitAsync(stop.Token);
        try
        {
            written = true;
            if (await claims.RenewAsync(claim, Volatile.Read(ref process), stop.Token))
                return true;
            await lost.CancelAsync();
            return false;
        }
        catch (Exception e) when (e is StoreException or SealException or UntrustedKeyException)
        {
            return false; // tried again at the next tick, while the last renewal still holds
        }
        finally
        {
            writing.Release();
        }
    }
}
