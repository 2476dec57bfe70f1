using Miyabi.Core.Ledger;
using Miyabi.Core.Reuse;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Activities;

/// <summary>A run that this process works on.</summary>
public sealed class OpenRun
{
    private volatile RunRecord latest;
    private volatile Task stepFlushed = Task.CompletedTask;

    internal OpenRun(RunLedger ledger, RunPlan plan, string planDigest, TimeProvider clock, EarlierResults earlier, VerifiedPayloads payloads)
    {
        (Earlier, Payloads) = (earlier, payloads);
        Ledger = ledger;
        Plan = plan;
        PlanDigest = planDigest;
        latest = RunRecord.Start(plan, planDigest);
        Watch = new RunWatch(ledger, clock, () => latest.Scheduler is { Cancelled: true, Outcome: null });
    }

    /// <summary>Its documents.</summary>
    public RunLedger Ledger { get; }

    /// <summary>Its plan, worked out.</summary>
    public RunPlan Plan { get; }

    /// <summary>Digest of its plan document.</summary>
    public string PlanDigest { get; }

    /// <summary>Looks for what people decide while it runs.</summary>
    public RunWatch Watch { get; }

    /// <summary>Accepted results of the store's other runs.</summary>
    internal EarlierResults Earlier { get; }

    /// <summary>Payloads that this process has verified.</summary>
    internal VerifiedPayloads Payloads { get; }

    /// <summary>What this process did for attempts.</summary>
    internal OwnAttempts Own { get; } = new();

    /// <summary>The record after a step.</summary>
    /// <exception cref="SealException">A step up to there is missing, altered, or does not follow on the one before it.</exception>
    internal async Task<RunRecord> RecordAsync(int step, CancellationToken cancellationToken)
    {
        var record = latest;
        if (record.Step > step)
            record = RunRecord.Start(Plan, PlanDigest);
        while (record.Step < step)
        {
            var next = await Ledger.ReadStepAsync(record.Step + 1, cancellationToken)
                ?? throw new SealException($"Step {record.Step + 1} of run '{Plan.RunId}' is missing, though there are later ones.");
            record = record.With(next);
        }

        Remember(record);
        return record;
    }

    /// <summary>The record after the last step that is in the ledger. A last step that does not stand up is passed over: it decided nothing that counts.</summary>
    /// <remarks>Writes nothing.</remarks>
    /// <exception cref="SealException">A step is missing or does not hold, though a later one does.</exception>
    public async Task<RunRecord> ReadLatestAsync(CancellationToken cancellationToken) => (await ReadToTheEndAsync(cancellationToken)).Record;

    private async Task<(RunRecord Record, bool IsFollowedByGarbage)> ReadToTheEndAsync(CancellationToken cancellationToken)
    {
        var read = await StepHistory.ReadAsync(Ledger, latest, _ => { }, cancellationToken);
        Remember(read.Record);
        return read;
    }

    /// <summary>The same for a runner that goes on from there: a last step that does not stand up is put aside.</summary>
    /// <exception cref="SealException">A step is missing or does not hold, though a later one does.</exception>
    public async Task<RunRecord> LatestAsync(CancellationToken cancellationToken)
    {
        var (record, isFollowedByGarbage) = await ReadToTheEndAsync(cancellationToken);
        // Only what was seen to be bad: a former owner that still lives may have written the step since.
        if (isFollowedByGarbage)
            await Ledger.QuarantineAsync(LedgerPath.Step(record.Step + 1), cancellationToken);
        return record;
    }

    /// <summary>How the run has ended, its last word written, and nobody has it taken up again.</summary>
    /// <returns><see langword="null"/>: there is something to do.</returns>
    public async Task<RunOutcome?> OutcomeAsync(CancellationToken cancellationToken)
    {
        if (await LastManifestAsync(cancellationToken) is not { } manifest)
            return null;
        var record = await LatestAsync(cancellationToken);
        var controls = await Ledger.ReadControlsAsync(record.TakenControls, cancellationToken);
        return controls.Exists(control => control.Value.Control.Kind == ControlKind.Retry) ? null : manifest.Value.Outcome;
    }

    // What is no manifest says nothing: whoever ends the run puts it aside, and writes it anew.
    private async Task<Verified<ManifestDocument>?> LastManifestAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Ledger.ReadLastManifestAsync(cancellationToken);
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            return null;
        }
    }

    /// <summary>
    /// Ends when the last step that this process has published outlasts a crash of the machine. To be awaited before a document is published that speaks
    /// of it: so after such a crash none is there that speaks of one that is not.
    /// </summary>
    /// <exception cref="StoreException">The flush failed: nothing may be built on the step.</exception>
    internal Task StepFlushed
    {
        get => stepFlushed;
        set => stepFlushed = value;
    }

    internal void Remember(RunRecord record)
    {
        if (record.Step >= latest.Step)
            latest = record;
    }

    /// <summary>The decision that started an attempt, as its step says it.</summary>
    /// <exception cref="SealException">The step does not say so.</exception>
    internal async Task<StartDecision> StartOfAsync(int step, string task, int attempt, CancellationToken cancellationToken)
    {
        if (latest.AtWork.TryGetValue(Plan.StageOf(task).Task, out var work) && work.Step == step && work.Start.Task == task && work.Start.Attempt == attempt)
            return work.Start;
        var document = await Ledger.ReadStepAsync(step, cancellationToken) ?? throw new SealException($"Step {step} of run '{Plan.RunId}' is missing.");
        return document.Value.Decisions.OfType<StartDecision>().FirstOrDefault(start => start.Task == task && start.Attempt == attempt)
            ?? throw new SealException($"Step {step} of run '{Plan.RunId}' did not start attempt {attempt} of {task}.");
    }
}
