using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;

namespace Miyabi.Core.FrontDoor;

/// <summary>What a sweep came to.</summary>
/// <param name="Looked">Runs that were looked at; those that are known to be at rest are not.</param>
/// <param name="Waiting">Runs that were accepted, or lost their instance, and had none.</param>
/// <param name="Started">Runs of these that have one now.</param>
/// <param name="Woken">Instances that were told of controls which no step had taken.</param>
/// <param name="Failed">Runs that could not be looked at.</param>
/// <param name="IsWhole">Whether all runs were come to; if not, the next sweep goes on from there.</param>
public sealed record SweepReport(int Looked, int Waiting, int Started, int Woken, int Failed, bool IsWhole);

/// <summary>Sees to it, again and again, that what the ledger says is to be carried out is: whatever became of front doors, wake-ups and an engine's memory.</summary>
/// <remarks>
/// Starts runs that were accepted over <see cref="Grace"/> ago and have no owner, and those whose owner is an instance that the engine does not know any more. Wakes
/// instances that go on and have controls to take. Never touches a run that a process carries out or did, nor one that has stalled or ended. A run that is bad, or
/// cannot be read, is passed over. Remembers what is at rest, so a sweep costs a listing and a look at each run that goes on. One sweep at a time.
/// </remarks>
/// <param name="runs">The runs; of its own, each is closed again.</param>
/// <param name="store">The store.</param>
/// <param name="clock">The time.</param>
/// <param name="newHolder">Makes 32 hex digits that nobody else has.</param>
public sealed class RunSweep(OpenRuns runs, IBlobStore store, TimeProvider clock, Func<string> newHolder)
{
    /// <summary>How long an accepted run is left to the front door that accepted it.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    /// <summary>Runs that one sweep looks at.</summary>
    public const int MaxLooks = 1_000;

    // A run at rest is looked at again some time: somebody may take it up, or put an altered document right.
    private static readonly TimeSpan RestOfEnded = TimeSpan.FromHours(1);
    private static readonly TimeSpan RestOfOthers = TimeSpan.FromMinutes(5);
    private const int MaxRemembered = 1_000_000;
    private const int MaxFailuresInARow = 5;

    private readonly Dictionary<string, DateTimeOffset> atRest = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> taken = new(StringComparer.Ordinal);
    private int isBusy;
    private string last = "";

    /// <summary>Sweeps.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="acts">Whether to start and wake; otherwise only counts.</param>
    /// <param name="cancellationToken">Ends it; the next goes on from there.</param>
    /// <exception cref="StoreException">The store could not be listed.</exception>
    public async Task<SweepReport> RunAsync(IRunEngine engine, bool acts, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref isBusy, 1) != 0)
            return new SweepReport(0, 0, 0, 0, 0, false); // the last one is still at it
        try
        {
            return await SweepAsync(new RunStarts(runs, engine, clock, newHolder), engine, acts, cancellationToken);
        }
        finally
        {
            Volatile.Write(ref isBusy, 0);
        }
    }

    private async Task<SweepReport> SweepAsync(RunStarts starts, IRunEngine engine, bool acts, CancellationToken cancellationToken)
    {
        var (report, failures) = (new SweepReport(0, 0, 0, 0, 0, true), 0);
        await foreach (var run in store.ListFoldersAsync(LedgerPath.Runs, cancellationToken))
        {
            if (string.CompareOrdinal(run, last) <= 0 || !PlanLimits.IsId(run) || IsAtRest(run))
                continue;
            if (report.Looked == MaxLooks || failures == MaxFailuresInARow)
                return report with { IsWhole = false };
            report = report with { Looked = report.Looked + 1 };
            try
            {
                report = await LookAsync(run, starts, engine, acts, report, cancellationToken);
                failures = 0;
            }
            catch (Exception e) when (e is StoreException or EngineException or SealException or UntrustedKeyException or RunNotFoundException)
            {
                // Broken documents are this run's own trouble; a store or an engine that is away is everybody's, and soon given up on.
                failures = e is StoreException or EngineException ? failures + 1 : 0;
                if (failures == 0)
                    Rest(run, RestOfOthers);
                report = report with { Failed = report.Failed + 1 };
            }
            finally
            {
                runs.Close(run);
            }

            last = run;
        }

        last = "";
        return report;
    }

    private async Task<SweepReport> LookAsync(
        string run, RunStarts starts, IRunEngine engine, bool acts, SweepReport report, CancellationToken cancellationToken)
    {
        var ledger = runs.LedgerOf(run);
        var owner = await new OwnerReader(ledger, _ => false, clock).ReadAsync(cancellationToken);
        if (owner is { Number: > 0, Instance: null })
        {
            Rest(run, RestOfOthers); // whoever carries it out on a machine of theirs goes on there
            return report;
        }

        if (owner.Instance is { } instance && await engine.FindAsync(instance, cancellationToken) == InstanceState.Running)
        {
            if (!await HasUntakenAsync(run, cancellationToken))
                return report;
            if (acts)
                await engine.WakeAsync(instance, cancellationToken);
            return report with { Woken = report.Woken + 1 };
        }

        taken.Remove(run);
        if (owner.Number == 0 && !await IsDueAsync(ledger, cancellationToken))
            return report;
        var standing = await (acts ? starts.EnsureAsync(run, resumes: false, trace: null, cancellationToken) : starts.LookAsync(run, cancellationToken));
        switch (standing.Standing)
        {
            case RunStanding.Started:
                return report with { Waiting = report.Waiting + 1, Started = report.Started + (acts ? 1 : 0) };
            case RunStanding.Ended:
                Rest(run, RestOfEnded);
                return report;
            case RunStanding.Stalled:
                Rest(run, RestOfOthers);
                return report;
            default:
                return report;
        }
    }

    private async Task<bool> IsDueAsync(RunLedger ledger, CancellationToken cancellationToken)
    {
        var plan = await ledger.ReadPlanAsync(cancellationToken) ?? throw new RunNotFoundException(ledger.Run);
        return clock.GetUtcNow() - plan.Value.AcceptedAt >= Grace;
    }

    // A listing tells whether there is any that was not known to be taken; only then are the steps read.
    private async Task<bool> HasUntakenAsync(string run, CancellationToken cancellationToken)
    {
        var known = taken.GetValueOrDefault(run) ?? [];
        var isAny = false;
        await foreach (var blob in store.ListAsync(LedgerPath.Run(run) + LedgerPath.Controls, cancellationToken))
            isAny |= !known.Contains(blob.Name);
        if (!isAny)
            return false;
        var open = await runs.GetAsync(run, cancellationToken);
        var record = await open.ReadLatestAsync(cancellationToken);
        taken[run] = [.. record.TakenControls.Select(open.Ledger.NameOf)];
        return (await open.Ledger.ReadControlsAsync(record.TakenControls, cancellationToken)).Count > 0;
    }

    private bool IsAtRest(string run) => atRest.TryGetValue(run, out var until) && until > clock.GetUtcNow();

    private void Rest(string run, TimeSpan time)
    {
        if (atRest.Count >= MaxRemembered)
            atRest.Clear();
        atRest[run] = clock.GetUtcNow() + time;
        taken.Remove(run);
    }
}
