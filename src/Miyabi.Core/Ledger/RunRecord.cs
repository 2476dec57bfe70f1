using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Ledger;

/// <summary>What a run's steps say, all together: the Scheduler's state, and the digests that prove it.</summary>
/// <remarks>Immutable, and a fold over the plan document and the steps in order: the same in every process, at any time.</remarks>
public sealed record RunRecord
{
    private RunRecord()
    {
    }

    /// <summary>The plan, worked out.</summary>
    public required RunPlan Plan { get; init; }

    /// <summary>Digest of the plan document.</summary>
    public required string PlanDigest { get; init; }

    /// <summary>What the Scheduler knows.</summary>
    public required SchedulerState Scheduler { get; init; }

    /// <summary>The last step; 0 before the first.</summary>
    public int Step { get; init; }

    /// <summary>Digest of the last step, or of the plan document.</summary>
    public required string LastDigest { get; init; }

    /// <summary>When the first step was taken.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When the last step was taken.</summary>
    public DateTimeOffset LastAt { get; init; }

    /// <summary>Paths of the controls that were taken.</summary>
    internal ImmutableHashSet<string> TakenControls { get; init; } = [];

    /// <summary>Digests of the manifests of the generations before this one, in order.</summary>
    public ImmutableList<string> Manifests { get; init; } = [];

    /// <summary>Counted from 1: a run that was taken up again after its end has several.</summary>
    public int Generation => Manifests.Count + 1;

    /// <summary>The highest owner that took a step.</summary>
    public int Owner { get; init; }

    /// <summary>Attempts that were started and have not ended: by task, with the step that started them.</summary>
    public ImmutableSortedDictionary<int, (int Step, StartDecision Start)> AtWork { get; init; } =
        ImmutableSortedDictionary<int, (int Step, StartDecision Start)>.Empty;

    /// <summary>Accepted results: by task.</summary>
    public ImmutableDictionary<int, InputReference> Accepted { get; init; } = ImmutableDictionary<int, InputReference>.Empty;

    /// <summary>Results that stand and are checked, or were: by task, the last one.</summary>
    internal ImmutableDictionary<int, InputReference> Candidates { get; init; } = ImmutableDictionary<int, InputReference>.Empty;

    /// <summary>Every attempt that ended, in order.</summary>
    public ImmutableList<StepEnding> Endings { get; init; } = [];

    /// <summary>Every control that took effect, in order.</summary>
    public ImmutableList<StepControl> Controls { get; init; } = [];

    /// <summary>Digests of the steps, in order.</summary>
    public ImmutableList<string> Steps { get; init; } = [];

    /// <summary>The record before the first step.</summary>
    public static RunRecord Start(RunPlan plan, string planDigest) => new()
    {
        Plan = plan,
        PlanDigest = planDigest,
        Scheduler = SchedulerState.Start(plan),
        LastDigest = planDigest,
    };

    /// <summary>The record with a further step.</summary>
    /// <exception cref="SealException">The step does not follow on this record.</exception>
    public RunRecord With(Verified<StepDocument> step)
    {
        var document = step.Value;
        if (document.Step != Step + 1)
            throw new SealException($"Step {document.Step} cannot follow step {Step}.");
        if (document.Previous != LastDigest)
            throw new SealException($"Step {document.Step} does not follow the step {Step} that is here: the chain is broken.");
        if (Scheduler.Outcome is null != document.Reopens is null)
            throw new SealException($"Step {document.Step} cannot follow step {Step}: the run had {(Scheduler.Outcome is null ? "not ended" : "ended")}.");
        if (document.Owner < Owner)
            throw new SealException($"Step {document.Step} is by owner {document.Owner}, after one by owner {Owner}.");
        var record = this;
        var scheduler = Scheduler;
        try
        {
            foreach (var control in document.Controls)
                scheduler = scheduler.With(control.Control, Plan);
            if (document.Reopens is { } manifest)
                record = record.Reopened(manifest, scheduler);
            foreach (var ending in document.Endings)
            {
                scheduler = scheduler.With(ending.Ending, Plan);
                record = record.Ended(ending, scheduler);
            }

            foreach (var decision in document.Decisions)
            {
                record = record.Decided(decision, document.Step, scheduler);
                scheduler = scheduler.With(decision, Plan);
            }

            scheduler = scheduler.With(document.At, Plan); // else every later step would find the same waits over again
        }
        catch (Exception e) when (e is KeyNotFoundException or ArgumentOutOfRangeException or OverflowException)
        {
            throw new SealException($"Step {document.Step} speaks of a task or an agent that the plan does not have, or of a usage beyond all bounds.", e);
        }

        return record with
        {
            Scheduler = scheduler,
            Step = document.Step,
            LastDigest = step.Digest,
            StartedAt = Step == 0 ? document.At : StartedAt,
            LastAt = document.At,
            TakenControls = TakenControls.Union(document.Controls.Select(control => control.Path)),
            Owner = document.Owner,
            Controls = Controls.AddRange(document.Controls),
            Steps = Steps.Add(step.Digest),
        };
    }

    private RunRecord Reopened(string manifest, SchedulerState scheduler) => scheduler.Outcome is null
        ? this with
        {
            Manifests = Manifests.Add(manifest),
            Candidates = Candidates.Clear(),
            Accepted = Accepted.RemoveRange(Accepted.Keys.Where(task => scheduler.Tasks[task].Phase != TaskPhase.Accepted)),
        }
        : throw new SealException($"Step {Step + 1} takes the run up again, and no control asks for it.");

    private RunRecord Ended(StepEnding ended, SchedulerState after)
    {
        var stage = Plan.StageOf(ended.Ending.Task);
        var task = stage.Task;
        if (!AtWork.TryGetValue(task, out var work) || work.Start.Task != ended.Ending.Task || work.Start.Attempt != ended.Ending.Attempt)
            return this;
        // Readers of steps alone go by this, so it must be what follows from the plan.
        var stands = ended.Ending.Failure is null && (stage.Stage == TaskStage.Work || ended.Ending.Verdict is { Accepted: true });
        if (ended.Awaits != (stands ? Plan.StageAfter(task, stage.Stage) : null))
            throw new SealException($"Step {Step + 1} says of {ended.Ending.Task} that it awaits another check than the plan has.");
        var record = this with { AtWork = AtWork.Remove(task), Endings = Endings.Add(ended) };
        if (stage.Stage == TaskStage.Work && ended is { Ending.Failure: null, Result: { } result, Payload: { } payload })
        {
            var made = new InputReference(ended.Ending.Task, ended.Ending.Attempt, result, payload) { Key = ended.Key };
            if (!Plan.IsChecked(task))
                return record with { Accepted = Accepted.SetItem(task, made) };
            return record with { Candidates = Candidates.SetItem(task, made) };
        }

        // The last check has accepted it: from here on it counts.
        return stage.Stage != TaskStage.Work && after.Tasks[task].Phase == TaskPhase.Accepted && Candidates.TryGetValue(task, out var checkedResult)
            ? record with { Accepted = record.Accepted.SetItem(task, checkedResult) }
            : record;
    }

    private RunRecord Decided(Decision decision, int step, SchedulerState scheduler)
    {
        if (decision is not StartDecision start)
            return this;
        var stage = Plan.StageOf(start.Task);
        if (!scheduler.Tasks[stage.Task].IsAt(stage))
            throw new SealException($"Step {step} starts {start.Task}, and that was not its turn: what comes before it did not end so.");
        if (stage.Stage != TaskStage.Work && (start.Inputs.IsEmpty || start.Inputs[0] != Candidates.GetValueOrDefault(stage.Task)))
            throw new SealException($"Step {step} starts {start.Task} on another result than the one that is to be checked.");
        foreach (var input in stage.Stage == TaskStage.Work ? start.Inputs : start.Inputs[1..])
        {
            if (Accepted.GetValueOrDefault(Plan.TaskOf(input.Task)) != input)
                throw new SealException($"Step {step} gives {start.Task} a result of {input.Task} that was not accepted.");
        }

        return this with { AtWork = AtWork.SetItem(stage.Task, (step, start)) };
    }
}
