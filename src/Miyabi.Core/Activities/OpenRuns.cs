using System.Collections.Concurrent;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Reuse;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Activities;

/// <summary>The runs that this process works on: what was read and verified once is not read again.</summary>
/// <remarks>Only a cache. Everything in it can be had from the ledger at any time, and is, after a restart.</remarks>
public sealed class OpenRuns(IBlobStore store, Sealer sealer, TrustList trust, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, OpenRun> runs = new(StringComparer.Ordinal);
    private readonly VerifiedPayloads payloads = new();

    /// <summary>The documents of a run.</summary>
    public RunLedger LedgerOf(string run) => new(run, store, sealer, trust);

    /// <summary>A run.</summary>
    /// <exception cref="RunNotFoundException">The store has none of the id.</exception>
    /// <exception cref="SealException">Its plan document does not hold.</exception>
    /// <exception cref="UntrustedKeyException">Its plan document is sealed by a key that is not trusted.</exception>
    public async Task<OpenRun> GetAsync(string run, CancellationToken cancellationToken)
    {
        if (runs.TryGetValue(run, out var open))
            return open;
        var ledger = LedgerOf(run);
        var document = await ledger.ReadPlanAsync(cancellationToken) ?? throw new RunNotFoundException(run);
        return runs.GetOrAdd(run, new OpenRun(ledger, Compile(document.Value), document.Digest, clock, new EarlierResults(run, store, LedgerOf), payloads));
    }

    /// <summary>The documents of a run and its record before the first step. Nothing of it is remembered.</summary>
    /// <exception cref="RunNotFoundException">The store has none of the id, or it is no id.</exception>
    /// <exception cref="SealException">Its plan document does not hold.</exception>
    /// <exception cref="UntrustedKeyException">Its plan document is sealed by a key that is not trusted.</exception>
    internal async Task<(RunLedger Ledger, RunRecord Start)> ReadStartAsync(string run, CancellationToken cancellationToken)
    {
        if (!PlanLimits.IsId(run))
            throw new RunNotFoundException(run);
        var ledger = LedgerOf(run);
        var document = await ledger.ReadPlanAsync(cancellationToken) ?? throw new RunNotFoundException(run);
        return (ledger, RunRecord.Start(Compile(document.Value), document.Digest));
    }

    /// <summary>A run that this process works on; <see langword="null"/>: it does not, or not any more.</summary>
    internal OpenRun? Find(string run) => runs.GetValueOrDefault(run);

    /// <summary>The plan of a run. One that this process does not work on is read, and not remembered: nobody would forget it.</summary>
    /// <exception cref="RunNotFoundException">The store has no run of the id.</exception>
    /// <exception cref="SealException">Its plan document does not hold.</exception>
    /// <exception cref="UntrustedKeyException">Its plan document is sealed by a key that is not trusted.</exception>
    internal async Task<Plan> PlanOfAsync(string run, CancellationToken cancellationToken) => Find(run) is { } open
        ? open.Plan.Plan
        : Compile((await LedgerOf(run).ReadPlanAsync(cancellationToken) ?? throw new RunNotFoundException(run)).Value).Plan;

    /// <summary>Forgets a run that has ended.</summary>
    public void Close(string run) => runs.TryRemove(run, out _);

    /// <summary>Works an accepted plan out. It was valid when it was accepted; it is checked again, because a later version may read it.</summary>
    internal static RunPlan Compile(PlanDocument document)
    {
        var reading = PlanReader.ReadAccepted(System.Text.Encoding.UTF8.GetBytes(document.Plan.GetRawText()));
        return reading.Plan is { } plan
            ? RunPlan.Compile(plan, document.Run, document.Options)
            : throw new SealException($"The plan document of run '{document.Run}' holds no valid plan: {reading.Errors[0]}") { Document = LedgerPath.Plan };
    }
}

/// <summary>There is no run of an id.</summary>
public sealed class RunNotFoundException(string run) : Exception($"There is no run '{run}' in this store.")
{
    /// <summary>The id.</summary>
    public string Run { get; } = run;
}

/// <summary>A newer owner has taken a run over: whoever works for an older one must stop.</summary>
public sealed class SupersededException(string run) : Exception($"Another runner has taken run '{run}' over.");
