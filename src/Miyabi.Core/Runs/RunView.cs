using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Runs;

/// <summary>Where a run stands, for people.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<RunState>))]
public enum RunState
{
    /// <summary>Accepted; no step was taken yet.</summary>
    Waiting,

    /// <summary>It goes on.</summary>
    Running,

    /// <summary>Nothing is at work, and a person is asked.</summary>
    AwaitingApproval,

    /// <summary>A person suspended it.</summary>
    Suspended,

    /// <summary>Nothing is at work, and the budget is used up.</summary>
    BudgetReached,

    /// <summary>Every task was accepted.</summary>
    Succeeded,

    /// <summary>Some task failed or was skipped.</summary>
    Failed,

    /// <summary>A person cancelled it.</summary>
    Cancelled,

    /// <summary>It cannot be read: a document is missing, altered, or sealed by a key that is not trusted. In lists only.</summary>
    Unreadable,
}

/// <summary>How many tasks stand where. <paramref name="Total"/> is the sum of the others.</summary>
/// <param name="Total">All.</param>
/// <param name="Accepted">Done.</param>
/// <param name="Running">At work.</param>
/// <param name="Pending">Still to start: ready, waiting for others, or for another attempt.</param>
/// <param name="Failed">Failed for good.</param>
/// <param name="Skipped">Not carried out.</param>
/// <param name="AwaitingApproval">Wait for a person's answer.</param>
public sealed record RunCounts(int Total, int Accepted, int Running, int Pending, int Failed, int Skipped, int AwaitingApproval)
{
    /// <summary>Tasks that have come to their end.</summary>
    public int Ended => Accepted + Failed + Skipped;

    /// <summary>The counts of a state of the Scheduler.</summary>
    internal static RunCounts Of(SchedulerState state) => new(
        state.Tasks.Count,
        state.Accepted,
        state.Running.Count,
        state.Tasks.Count - state.Ended - state.Running.Count - state.AwaitingAnswer,
        state.Failed,
        state.Skipped,
        state.AwaitingAnswer);
}

/// <summary>A run as people see it, at one moment. Immutable.</summary>
public sealed record RunView
{
    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>The plan's name; untrusted text.</summary>
    public required string Plan { get; init; }

    /// <summary>Where it stands.</summary>
    public required RunState State { get; init; }

    /// <summary>When the first step was taken.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the last step was taken, of a run that has ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Counted from 1: a run that was taken up again after its end has several.</summary>
    public int Generation { get; init; } = 1;

    /// <summary>The last step; 0 before the first.</summary>
    public int Step { get; init; }

    /// <summary>The first wave that has not ended, from 1; the last one when all have ended.</summary>
    public required int Wave { get; init; }

    /// <summary>How many waves there are.</summary>
    public required int Waves { get; init; }

    /// <summary>When a task may start.</summary>
    public required Schedule Schedule { get; init; }

    /// <summary>Tasks at work at once.</summary>
    public required int MaxParallel { get; init; }

    /// <summary>How many tasks stand where.</summary>
    public required RunCounts Counts { get; init; }

    /// <summary>What all attempts that ended used up together.</summary>
    public required AgentUsage Usage { get; init; }

    /// <summary>The tasks, in the plan's order.</summary>
    public required ImmutableArray<TaskView> Tasks { get; init; }

    /// <summary>The agents, in the plan's order.</summary>
    public required ImmutableArray<AgentView> Agents { get; init; }

    /// <summary>From 0 to 1: tasks that have ended, and the progress of those at work. 1 only when all have ended.</summary>
    public required double Progress { get; init; }

    /// <summary>Whether the run has ended.</summary>
    public bool HasEnded => State is RunState.Succeeded or RunState.Failed or RunState.Cancelled;
}

/// <summary>A task as people see it.</summary>
public sealed record TaskView
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>One line for people; untrusted text.</summary>
    public required string Title { get; init; }

    /// <summary>Its wave, from 1.</summary>
    public required int Wave { get; init; }

    /// <summary>Where it stands.</summary>
    public required TaskPhase Phase { get; init; }

    /// <summary>The attempt at work, to come, or last made; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>Of a task whose result is checked: what is at work or comes next, the work itself or a check of it. <see langword="null"/> for a task without checks.</summary>
    public TaskStage? Stage { get; init; }

    /// <summary>Of a task whose result is checked: which result is worked on or checked, from 1; one more than were rejected since the run was last taken up.</summary>
    public int? Round { get; init; }

    /// <summary>The agent of the attempt or of the check at work, or the one that what comes next is bound to; <see langword="null"/> for a task of a pool that has not
    /// started.</summary>
    public string? Agent { get; init; }

    /// <summary>Who carries the agent's work out; <see langword="null"/> without an agent.</summary>
    public string? Provider { get; init; }

    /// <summary>From 0 to 1; 1 for an accepted task. What an agent at work says is its word, no more.</summary>
    public double Progress { get; init; }

    /// <summary>The last line of the agent at work, or what a person is asked; untrusted text.</summary>
    public string? Message { get; init; }

    /// <summary>When the last attempt began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the task came to its end.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it failed, was skipped, or is tried again; untrusted text.</summary>
    public string? Reason { get; init; }

    /// <summary>The run whose result was taken, of a task that was not carried out again.</summary>
    public string? ReusedFrom { get; init; }

    /// <summary>When the next attempt may start, of a task that waits for one.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>What its attempts and checks that ended used up together; <see langword="null"/>: nothing.</summary>
    public AgentUsage? Usage { get; init; }

    /// <summary>Whether it has come to its end.</summary>
    public bool HasEnded => Phase is TaskPhase.Accepted or TaskPhase.Failed or TaskPhase.Skipped;
}

/// <summary>An agent as people see it.</summary>
public sealed record AgentView
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Which tasks it may do.</summary>
    public required AgentKind Kind { get; init; }

    /// <summary>Who carries its work out.</summary>
    public required string Provider { get; init; }

    /// <summary>Whether it is at work.</summary>
    public bool Busy => !Tasks.IsEmpty;

    /// <summary>From 0 to 1: the mean of its tasks at work; 0 when it is idle.</summary>
    public double Progress { get; init; }

    /// <summary>Ids of its tasks at work, in the plan's order.</summary>
    public ImmutableArray<string> Tasks { get; init; } = [];

    /// <summary>Tasks of which it made the accepted attempt.</summary>
    public int Accepted { get; init; }

    /// <summary>Attempts of it that failed.</summary>
    public int FailedAttempts { get; init; }

    /// <summary>What its attempts and checks that ended used up together; <see langword="null"/>: nothing.</summary>
    public AgentUsage? Usage { get; init; }
}

/// <summary>A run in a list.</summary>
public sealed record RunSummary
{
    /// <summary>The run's id: the name of its folder.</summary>
    public required string Run { get; init; }

    /// <summary>The plan's name, untrusted text; empty where it cannot be read.</summary>
    public string Plan { get; init; } = "";

    /// <summary>Where it stands.</summary>
    public required RunState State { get; init; }

    /// <summary>When the first step was taken.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the last step was taken, of a run that has ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How many tasks stand where; <see langword="null"/> where it cannot be read.</summary>
    public RunCounts? Counts { get; init; }

    /// <summary>Why it cannot be read.</summary>
    public string? Reason { get; init; }
}
