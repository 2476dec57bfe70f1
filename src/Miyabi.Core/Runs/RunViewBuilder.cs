using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Runs;

/// <summary>Makes a view of the Scheduler's state, and of what agents told.</summary>
internal sealed class RunViewBuilder(RunPlan plan, SchedulerState state, Func<StageRef, int, AttemptTold> told, TaskTimes[] times)
{
    /// <summary>What the ended attempts of each task used up.</summary>
    internal required AgentUsage[] UsedByTask { get; init; }

    /// <summary>What the ended attempts of each agent used up.</summary>
    internal required AgentUsage[] UsedByAgent { get; init; }

    internal RunView Build(int generation, int step, DateTimeOffset? startedAt, DateTimeOffset? lastAt, int[] acceptedBy, int[] failedBy)
    {
        var tasks = Tasks();
        var counts = RunCounts.Of(state);
        var atWork = state.Running.Sum(task => tasks[task].Progress);
        return new RunView
        {
            Run = plan.RunId,
            Plan = plan.Plan.Name,
            State = StateOf(step),
            StartedAt = startedAt,
            EndedAt = state.Outcome is null ? null : lastAt,
            Generation = generation,
            Step = step,
            Wave = Math.Min(state.Wave + 1, plan.Waves.Length),
            Waves = plan.Waves.Length,
            Schedule = plan.Schedule,
            MaxParallel = plan.MaxParallel,
            Counts = counts,
            Usage = state.Usage,
            Tasks = tasks,
            Agents = Agents(tasks, acceptedBy, failedBy),
            // An agent may well say that it is done; the run is not before its result was read back.
            Progress = counts.Ended == counts.Total ? 1 : Math.Min((counts.Ended + atWork) / counts.Total, 0.999),
        };
    }

    private RunState StateOf(int step) => state switch
    {
        { Outcome: RunOutcome.Succeeded } => RunState.Succeeded,
        { Outcome: RunOutcome.Failed } => RunState.Failed,
        { Outcome: RunOutcome.Cancelled } => RunState.Cancelled,
        _ when step == 0 => RunState.Waiting,
        { Suspended: true } => RunState.Suspended,
        { Running.Count: > 0 } => RunState.Running,
        { BudgetReached: true } => RunState.BudgetReached,
        { AwaitingAnswer: > 0 } => RunState.AwaitingApproval,
        _ => RunState.Running,
    };

    private ImmutableArray<TaskView> Tasks()
    {
        var views = ImmutableArray.CreateBuilder<TaskView>(plan.TaskCount);
        foreach (var task in state.Tasks)
            views.Add(Task(views.Count, task));
        return views.MoveToImmutable();
    }

    private TaskView Task(int number, TaskState task)
    {
        var spec = plan.Plan.Tasks[number];
        var agent = AgentOf(number, task);
        var attempt = task.Stage == TaskStage.Work || task.HasEnded ? told(new StageRef(number, TaskStage.Work, 0), task.Attempt) : told(new StageRef(number, task.Stage, task.Attempt), task.Check);
        var running = task.Phase == TaskPhase.Running;
        var isChecked = plan.IsChecked(number);
        return new TaskView
        {
            Id = spec.Id,
            Title = spec.Title,
            Wave = plan.Level[number] + 1,
            Phase = task.Phase,
            Attempt = task.Attempt,
            Stage = isChecked ? task.Stage : null,
            Round = isChecked ? task.Round : null,
            Agent = agent >= 0 ? plan.Plan.Agents[agent].Id : null,
            Provider = agent >= 0 ? plan.ProviderOf(agent) : null,
            Progress = task.Phase == TaskPhase.Accepted ? 1 : running ? attempt.Fraction : 0,
            Message = running ? attempt.Message : task is { Phase: TaskPhase.Approval } ? spec.Approval?.Message : null,
            StartedAt = running || task.HasEnded ? Later(StartOf(task, times[number]), attempt.BeganAt, times[number].EndedAt)
                : times[number].StartedAt,
            EndedAt = times[number].EndedAt,
            Reason = task.Reason ?? (task.Findings.IsEmpty || task.Phase == TaskPhase.Accepted ? null : ReasonOf(task.Findings)),
            ReusedFrom = times[number].ReusedFrom,
            Usage = Used(UsedByTask[number]),
            NextAttemptAt = task.Phase == TaskPhase.Backoff ? task.Until : null,
        };
    }

    private static AgentUsage? Used(AgentUsage usage) => usage == AgentUsage.None ? null : usage;

    // What failed last; of what a check found, the first, which says most.
    private static string ReasonOf(ImmutableArray<AttemptFinding> findings) => findings[^1] is { Check: { } check } last
        ? $"Rejected by {last.Origin}: {findings.First(finding => finding.Check == check).Text}"
        : findings[^1].Text;

    // Of a task that has ended, whoever made its result.
    private int AgentOf(int number, TaskState task)
    {
        var last = task.HasEnded ? task.Agent : task.AgentOfStage;
        return last >= 0 ? last : plan.BoundTo(number, task.Stage);
    }

    private static DateTimeOffset? StartOf(TaskState task, TaskTimes times) =>
        task is { Phase: TaskPhase.Running, Stage: not TaskStage.Work } ? times.CheckedAt : times.StartedAt;

    // An event may be wrong, by another machine's clock or on purpose: it is believed only within what the steps say.
    private static DateTimeOffset? Later(DateTimeOffset? started, DateTimeOffset? began, DateTimeOffset? ended) =>
        began > started && !(began > ended) ? began : started;

    private ImmutableArray<AgentView> Agents(ImmutableArray<TaskView> tasks, int[] acceptedBy, int[] failedBy)
    {
        var atWork = state.Running.ToLookup(task => state.Tasks[task].AgentOfStage);
        return [.. plan.Plan.Agents.Select((agent, number) => new AgentView
        {
            Id = agent.Id,
            Kind = agent.Kind,
            Provider = plan.ProviderOf(number),
            Progress = atWork[number].Select(task => tasks[task].Progress).DefaultIfEmpty().Average(),
            Tasks = [.. atWork[number].Select(task => tasks[task].Id)],
            Accepted = acceptedBy[number],
            FailedAttempts = failedBy[number],
            Usage = Used(UsedByAgent[number]),
        })];
    }
}
