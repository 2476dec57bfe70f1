namespace Miyabi.Core.Ledger;

/// <summary>Who a runner is.</summary>
/// <param name="Holder">32 hex digits that no other runner has.</param>
/// <param name="Host">For people: the machine.</param>
/// <param name="Process">Names the process, so that another on the same system can tell whether it lives; empty where nobody can.</param>
public sealed record RunnerIdentity(string Holder, string Host, string Process);

/// <summary>Being the one runner that carries a run out: <c>owner-{n}.json</c>, the highest n, as long as its lease holds.</summary>
public sealed class Ownership : IAsyncDisposable
{
    /// <summary>How long an ownership holds without renewal.</summary>
    public static readonly TimeSpan Term = TimeSpan.FromSeconds(60);

    /// <summary>The pace of renewals.</summary>
    public static readonly TimeSpan Renewal = TimeSpan.FromSeconds(15);

    // How long it is watched whether a lease is renewed, where clocks do not tell: a renewal and what a slow store takes for it.
    private static readonly TimeSpan Watched = Renewal + TimeSpan.FromSeconds(5);

    // Giving a run up is a courtesy to the next runner: a store that is away must not keep this one.
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(5);

    private readonly RunLedger ledger;
    private readonly RunnerIdentity runner;
    private readonly TimeProvider clock;
    private readonly DateTimeOffset at;
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource lost;
    private readonly Task keeping;

    private Ownership(RunLedger ledger, RunnerIdentity runner, OwnerDocument document, TimeProvider clock)
    {
        (this.ledger, this.runner, this.clock, at, Number) = (ledger, runner, clock, document.At, document.Owner);
        // Set by the clock itself, not by the renewals: a store that hangs must not make the term any longer.
        lost = new CancellationTokenSource(Term, clock);
        keeping = KeepAsync();
    }

    /// <summary>Its number, from 1.</summary>
    public int Number { get; }

    /// <summary>Set when another runner has taken the run over, or the lease could not be renewed in time: stop at once.</summary>
    public CancellationToken Lost => lost.Token;

    /// <summary>Becomes the owner of a run.</summary>
    /// <param name="ledger">The run's documents.</param>
    /// <param name="runner">Who asks.</param>
    /// <param name="isDead">Whether the process that a former owner named is certainly dead; then its lease is not waited for.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="RunOwnedException">Another owner's lease holds.</exception>
    public static async Task<Ownership> AcquireAsync(
        RunLedger ledger, RunnerIdentity runner, Func<string, bool> isDead, TimeProvider clock, CancellationToken cancellationToken)
    {
        var number = 1;
        OwnerDocument? last = null;
        while (true)
        {
            var (found, wasGarbage) = await TryReadAsync(ledger, number, cancellationToken);
            if (found is not null)
            {
                (last, number) = (found, number + 1);
                continue;
            }

            if (last is not null && !isDead(last.Process) && await HeldUntilAsync(ledger, last, clock, cancellationToken) is { } until)
                throw new RunOwnedException(ledger.Run, last, until);
            if (last is not null && await ReadAsync(ledger, number, cancellationToken) is not null)
                continue; // another came while this one watched
            var now = clock.GetUtcNow();
            var document = new OwnerDocument
            {
                Run = ledger.Run,
                Owner = number,
                Holder = runner.Holder,
                At = now,
                Until = now + Term,
                Host = runner.Host,
                Process = runner.Process,
            };
            if (await ledger.CreateOwnerAsync(document, cancellationToken) is null)
                continue;
            // Where something stood that was no owner, later owners may stand behind it: it only fills the gap then.
            if (!wasGarbage || await ReadAsync(ledger, number + 1, cancellationToken) is null)
                return new Ownership(ledger, runner, document, clock);
        }
    }

    /// <summary>Gives the run up, so that another runner need not wait.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await keeping;
        if (!lost.IsCancellationRequested)
        {
            try
            {
                using var limit = new CancellationTokenSource(LastWord, clock);
                await ReplaceAsync(at, limit.Token); // so ends no lease that holds: see HeldUntilAsync
            }
            catch (Exception)
            {
                // The store's or the signer's trouble. It lapses by itself.
            }
        }

        stop.Dispose();
        lost.Dispose();
    }

    // Null: nobody has the run any more.
    private static async Task<DateTimeOffset?> HeldUntilAsync(RunLedger ledger, OwnerDocument owner, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (until, now) = (await UntilAsync(ledger, owner, cancellationToken), clock.GetUtcNow());
        if (until <= owner.At)
            return null; // given up
        if (until > now && until <= now + Term + Term)
            return until;
        // Lapsed, or ahead of any lease: one of two clocks may be wrong by any amount. An owner that lives shows it by renewing.
        await Task.Delay(Watched, clock, cancellationToken);
        var renewed = await UntilAsync(ledger, owner, cancellationToken);
        return renewed == until || renewed <= owner.At ? null : renewed;
    }

    /// <summary>Until when an owner's lease holds. One that is none extends nothing.</summary>
    internal static async Task<DateTimeOffset> UntilAsync(RunLedger ledger, OwnerDocument owner, CancellationToken cancellationToken)
    {
        try
        {
            var lease = await ledger.ReadLeaseAsync(LedgerPath.OwnerLease(owner.Owner), cancellationToken);
            return lease?.Value.Holder == owner.Holder ? lease.Value.Until : owner.Until;
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            return owner.Until;
        }
    }

    private async Task KeepAsync()
    {
        using var timer = new PeriodicTimer(Renewal, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token))
            {
                var began = clock.GetTimestamp();
                if (lost.IsCancellationRequested)
                    return;
                if (await RenewAsync(clock.GetUtcNow() + Term) is not { } renewed)
                    continue; // tried again at the next tick, while the last renewal holds
                if (!renewed)
                    break;
                var left = Term - clock.GetElapsedTime(began); // not by the clock's time, which may jump
                lost.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            }

            await lost.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // Given up in order.
        }
    }

    private async Task<bool?> RenewAsync(DateTimeOffset until)
    {
        try
        {
            if (await ReadAsync(ledger, Number + 1, stop.Token) is not null)
                return false;
            await ReplaceAsync(until, stop.Token);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return null; // the store's or the signer's trouble: either may be over at the next tick
        }
    }

    // What is no owner document must neither be believed nor keep anyone from becoming the owner.
    private static async Task<(OwnerDocument? Owner, bool WasGarbage)> TryReadAsync(RunLedger ledger, int number, CancellationToken cancellationToken)
    {
        try
        {
            return ((await ledger.ReadOwnerAsync(number, cancellationToken))?.Value, false);
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            await ledger.QuarantineAsync(LedgerPath.Owner(number), cancellationToken);
            return (null, true);
        }
    }

    internal static async Task<OwnerDocument?> ReadAsync(RunLedger ledger, int number, CancellationToken cancellationToken) =>
        (await TryReadAsync(ledger, number, cancellationToken)).Owner;

    private Task ReplaceAsync(DateTimeOffset until, CancellationToken cancellationToken) => ledger.ReplaceLeaseAsync(
        LedgerPath.OwnerLease(Number), new LeaseDocument { Run = ledger.Run, Holder = runner.Holder, Until = until }, cancellationToken);
}

/// <summary>A run is being carried out by another runner.</summary>
public sealed class RunOwnedException(string run, OwnerDocument owner, DateTimeOffset until)
    : Exception($"Run '{run}' is being carried out on {(owner.Host.Length == 0 ? "another machine" : owner.Host)}; its lease holds until {until:HH:mm:ss} UTC.")
{
    /// <summary>Its owner.</summary>
    public OwnerDocument Owner { get; } = owner;

    /// <summary>When its lease ends, if it is not renewed.</summary>
    public DateTimeOffset Until { get; } = until;
}
