using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Runs;

/// <summary>Keeps up with a run, for people to look at: fed with steps and events, it gives views.</summary>
/// <remarks>
/// Safe to use from many threads. Steps may come out of order and more than once: each takes effect once, in order. Only steps change where
/// tasks stand; an event changes what is told of an attempt at work, and may come before the step that started the attempt.
/// A change costs time in proportion to what it touches; a view, to tasks and agents.
/// </remarks>
public sealed class RunProjection
{
    private const int MaxEarlySteps = 1_000;

    private readonly Lock gate = new();
    private readonly RunPlan plan;
    private readonly SortedDictionary<int, StepDocument> early = [];
    private readonly Dictionary<(StageRef Stage, int Attempt), AttemptTold> told = [];
    private readonly TaskTimes[] times;
    private readonly int[] acceptedBy;
    private readonly int[] failedBy;
    private readonly AgentUsage[] usedByTask;
    private readonly AgentUsage[] usedByAgent;
    private SchedulerState state;
    private int step;
    private int generation = 1;
    private DateTimeOffset? startedAt;
    private DateTimeOffset? lastAt;

    /// <summary>A run before its first step.</summary>
    public RunProjection(RunPlan plan)
    {
        this.plan = plan;
        state = SchedulerState.Start(plan);
        times = new TaskTimes[plan.TaskCount];
        acceptedBy = new int[plan.Plan.Agents.Length];
        failedBy = new int[plan.Plan.Agents.Length];
        usedByTask = [.. Enumerable.Repeat(AgentUsage.None, plan.TaskCount)];
        usedByAgent = [.. Enumerable.Repeat(AgentUsage.None, plan.Plan.Agents.Length)];
    }

    /// <summary>The plan, worked out.</summary>
    public RunPlan Plan => plan;

    /// <summary>Takes a step in. It must be one that was verified, or written by this very process.</summary>
    /// <exception cref="KeyNotFoundException">It speaks of a task or an agent that the plan does not have.</exception>
    public void Apply(StepDocument step)
    {
        lock (gate)
        {
            if (step.Step <= this.step || step.Run != plan.RunId || early.Count >= MaxEarlySteps)
                return;
            early[step.Step] = step;
            while (early.Remove(this.step + 1, out var next))
                Fold(next);
        }
    }

    /// <summary>Takes an event in. One that fits nothing in the plan is ignored.</summary>
    public void Apply(RunEvent happening)
    {
        if (happening.Task is null || !plan.TryStageOf(happening.Task, out var stage)
            || happening.Attempt < 1)
            return;
        lock (gate)
        {
            // A run that was taken up again has more attempts than its policy allows at once.
            var (now, task) = (state.Tasks[stage.Task], plan.Plan.Tasks[stage.Task]);
            var retry = StageTask.CheckOf(task, stage.Stage)?.Retry ?? task.Retry;
            var made = stage.Stage == TaskStage.Work ? now.Attempt : 0;
            if (happening.Attempt > Math.Max(made + 1, retry.MaxAttempts) || stage.Attempt > Math.Max(now.Attempt + 1, task.Retry.MaxAttempts))
                return;
            var before = told.GetValueOrDefault((stage, happening.Attempt));
            var after = happening.Kind switch
            {
                RunEventKind.Began => before with { BeganAt = before.BeganAt > happening.At ? before.BeganAt : happening.At },
                RunEventKind.Progress when before.ProgressAt is null || before.ProgressAt <= happening.At => before with
                {
                    ProgressAt = happening.At,
                    Fraction = happening.Fraction is { } fraction && double.IsFinite(fraction) ? Math.Clamp(fraction, 0, 1)
                        : before.Fraction,
                    Message = happening.Message is { Length: > RunEventLine.MaxMessage } message ? message[..RunEventLine.MaxMessage]
                        : happening.Message ?? before.Message,
                },
                // Its result stands in the ledger; a step takes it in, of a wave with all the others.
                RunEventKind.Ended => before with { ProgressAt = happening.At, Fraction = 1, Message = happening.Message is null ? "Has ended; the next step takes it in." : before.Message },
                _ => before,
            };
            told[(stage, happening.Attempt)] = after;
        }
    }

    /// <summary>How the run stands now.</summary>
    public RunView View()
    {
        lock (gate)
            return new RunViewBuilder(plan, state, Told, times) { UsedByTask = usedByTask, UsedByAgent = usedByAgent }.Build(generation, step, startedAt, lastAt, acceptedBy, failedBy);
    }

    /// <summary>Ids of the tasks that are likely to start next: those that could start now, then those of the current and the later
    /// waves, each by rank.</summary>
    public ImmutableArray<string> Next(int n)
    {
        SchedulerState now;
        lock (gate)
            now = state;
        if (n <= 0 || now.Outcome is not null)
            return [];
        var waiting = plan.TaskByRank
            .Select(task => (Task: task, now.Tasks[task].Phase))
            .Where(item => item.Phase is TaskPhase.Ready or TaskPhase.Pending or TaskPhase.Backoff or TaskPhase.Approval)
            .OrderBy(item => item.Phase == TaskPhase.Ready ? -1 : plan.Level[item.Task]); // stable: by rank within a wave
        return [.. waiting.Take(n).Select(item => plan.Plan.Tasks[item.Task].Id)];
    }

    private AttemptTold Told(StageRef stage, int attempt) => told.GetValueOrDefault((stage, attempt));

    private void Fold(StepDocument next)
    {
        foreach (var control in next.Controls)
            Fold(control.Control);
        foreach (var ended in next.Endings)
            Fold(ended, next.At);
        foreach (var decision in next.Decisions)
            Fold(decision, next.At);
        step = next.Step;
        startedAt ??= next.At;
        lastAt = next.At;
    }

    private void Fold(Control control)
    {
        var before = state;
        state = state.With(control, plan);
        if (before.Outcome is null || state.Outcome is not null)
            return;
        generation++;
        for (var task = 0; task < times.Length; task++)
        {
            if (state.Tasks[task].HasEnded)
                continue;
            times[task] = default;
            if (before.Tasks[task].Phase == TaskPhase.Accepted)
                acceptedBy[before.Tasks[task].Agent]--;
        }
    }

    private void Fold(StepEnding ended, DateTimeOffset at)
    {
        var stage = plan.StageOf(ended.Ending.Task);
        var task = stage.Task;
        var before = state.Tasks[task];
        var after = state.With(ended.Ending, plan);
        if (ReferenceEquals(after, state))
            return;
        usedByTask[task] = usedByTask[task].Plus(ended.Ending.Usage);
        usedByAgent[before.AgentOfStage] = usedByAgent[before.AgentOfStage].Plus(ended.Ending.Usage);
        if (stage.Stage == TaskStage.Work)
            times[task].ReusedFrom = ended.Source?.Run;
        if (after.Tasks[task].Phase == TaskPhase.Accepted)
        {
            acceptedBy[before.Agent]++;
            times[task].EndedAt = at;
        }
        else if (ended.Ending.Verdict is { Accepted: false })
        {
            failedBy[before.Agent]++; // the result was no good; whoever found that did well
        }
        else if (ended.Ending.Failure is not null)
        {
            failedBy[before.AgentOfStage]++;
        }

        state = after;
    }

    private void Fold(Decision decision, DateTimeOffset at)
    {
        state = state.With(decision, plan);
        switch (decision)
        {
            case StartDecision start:
                var stage = plan.StageOf(start.Task);
                // Of a task that is checked: when the attempt began that is checked.
                if (stage.Stage == TaskStage.Work)
                    times[stage.Task] = new TaskTimes { StartedAt = at };
                else
                    times[stage.Task].CheckedAt = at;
                break;
            case FailDecision fail:
                times[plan.TaskOf(fail.Task)].EndedAt ??= at;
                break;
            case SkipDecision skip:
                times[plan.TaskOf(skip.Task)].EndedAt ??= at;
                break;
        }
    }
}

/// <summary>What events told of an attempt.</summary>
internal readonly record struct AttemptTold(DateTimeOffset? BeganAt, DateTimeOffset? ProgressAt, double Fraction, string? Message);

/// <summary>When the steps say that a task's last attempt began, when the task ended, and whose result it has.</summary>
[StructLayout(LayoutKind.Auto)]
internal record struct TaskTimes
{
    public DateTimeOffset? StartedAt;
    public DateTimeOffset? CheckedAt;
    public DateTimeOffset? EndedAt;
    public string? ReusedFrom;
}
