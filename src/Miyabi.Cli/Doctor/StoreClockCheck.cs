using Miyabi.Core.Ledger;

namespace Miyabi.Cli.Doctor;

/// <summary>This machine's clock against the store's: leases are dates, and another machine must not find them lapsed before they are.</summary>
internal sealed class StoreClockCheck(ProbeStore probe, TimeProvider clock) : ICheck
{
    // Some file systems date files to 2 s.
    private static readonly TimeSpan Tolerated = TimeSpan.FromSeconds(5);

    // Half a lease: then a runner that lives is taken for dead, or one that is dead waited for.
    private static readonly TimeSpan Bearable = Ownership.Term / 2;

    private const string Name = "clock";

    public async Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken)
    {
        if (probe.Store is not IStoreClock store)
            return [];
        try
        {
            var before = clock.GetUtcNow();
            var there = await store.NowAsync(cancellationToken);
            var after = clock.GetUtcNow();
            // The store looked at its clock somewhere between: only what is outside is a difference.
            var ahead = before - there > TimeSpan.Zero ? before - there : after - there < TimeSpan.Zero ? after - there : TimeSpan.Zero;
            return [Of(ahead)];
        }
        catch (StoreException)
        {
            return []; // the store's own check tells
        }
    }

    private static CheckResult Of(TimeSpan ahead)
    {
        var found = $"This machine's clock is {View.Look.Duration(ahead.Duration())} {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the store's";
        const string Cure = "Set this machine's clock by a time server (on Linux: timedatectl set-ntp true).";
        return ahead.Duration() <= Tolerated ? CheckResult.Ok(Name, "This machine's clock and the store's agree")
            : ahead.Duration() <= Bearable ? CheckResult.Warning(Name, found, Cure)
            : CheckResult.Missing(Name, $"{found}: leases of {Ownership.Term.TotalSeconds:0} s would be misjudged", Cure);
    }
}
