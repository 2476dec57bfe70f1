using System.Collections.Immutable;
using Miyabi.Core.Agents;
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
                (record, scheduler) = (record.Ended(ending), scheduler.With(ending.Ending, Plan));
            foreach (var decision in document.Decisions)
                (record, scheduler) = (record.Decided(decision, document.Step), scheduler.With(decision, Plan));
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
            Accepted = Accepted.RemoveRange(Accepted.Keys.Where(task => scheduler.Tasks[task].Phase != TaskPhase.Accepted)),
        }
        : throw new SealException($"Step {Step + 1} takes the run up again, and no control asks for it.");

    private RunRecord Ended(StepEnding ended)
    {
        var task = Plan.TaskOf(ended.Ending.Task);
        if (!AtWork.TryGetValue(task, out var work) || work.Start.Attempt != ended.Ending.Attempt)
            return this;
        var record = this with { AtWork = AtWork.Remove(task), Endings = Endings.Add(ended) };
        if (ended is not { Ending.Failure: null, Result: { } result, Payload: { } payload })
            return record;
        return record with
        {
            Accepted = Accepted.SetItem(task, new InputReference(ended.Ending.Task, ended.Ending.Attempt, result, payload) { Key = ended.Key }),
        };
    }

    private RunRecord Decided(Decision decision, int step) => decision is StartDecision start
        ? this with { AtWork = AtWork.SetItem(Plan.TaskOf(start.Task), (step, start)) }
        : this;
}
