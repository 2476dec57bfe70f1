using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Scheduling;

/// <summary>Where a task stands.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<TaskPhase>))]
public enum TaskPhase
{
    /// <summary>Waits for dependencies or for its wave.</summary>
    Pending,

    /// <summary>Waits for a person's answer, or to have it asked for.</summary>
    Approval,

    /// <summary>Could start now.</summary>
    Ready,

    /// <summary>An attempt is at work.</summary>
    Running,

    /// <summary>Waits for its next attempt.</summary>
    Backoff,

    /// <summary>Its result is accepted.</summary>
    Accepted,

    /// <summary>It failed for good.</summary>
    Failed,

    /// <summary>It is not carried out.</summary>
    Skipped,
}

/// <summary>What the Scheduler knows of a task.</summary>
public sealed record TaskState
{
    /// <summary>Where it stands.</summary>
    public TaskPhase Phase { get; init; }

    /// <summary>Dependencies that are not accepted yet.</summary>
    public int Missing { get; init; }

    /// <summary>The attempt at work, to come, or last made; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>Attempts that were made before the task was last taken up anew, after the run's end or a rejection: they do not count for the retry policy.</summary>
    public int AttemptsBefore { get; init; }

    /// <summary>Attempts at what is at work or to come that were <see cref="FailureKind.Interrupted"/> and do not count for the retry policy.</summary>
    public int Interruptions { get; init; }

    /// <summary>The agent of <see cref="Attempt"/>; -1 before the first.</summary>
    public int Agent { get; init; } = -1;

    /// <summary>What is at work, to come, or last made: the work itself, or a check of what <see cref="Attempt"/> came to.</summary>
    public TaskStage Stage { get; init; }

    /// <summary>The attempt of the check at work, to come, or last made; 0 before the first, and in <see cref="TaskStage.Work"/>.</summary>
    public int Check { get; init; }

    /// <summary>The agent of <see cref="Check"/>; -1 before the first.</summary>
    public int Checker { get; init; } = -1;

    /// <summary>What attempts of the check failed for, oldest first.</summary>
    public ImmutableArray<AttemptFinding> CheckFindings { get; init; } = [];

    /// <summary>Results that the gate did not pass, since the run was last taken up.</summary>
    public int GateRejections { get; init; }

    /// <summary>Results that the review rejected, since the run was last taken up.</summary>
    public int ReviewRejections { get; init; }

    /// <summary>In <see cref="TaskPhase.Backoff"/>: when the next attempt may start. In <see cref="TaskPhase.Approval"/>: when the default answer holds.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The question has been put.</summary>
    public bool Asked { get; init; }

    /// <summary>A person, or the default, said yes.</summary>
    public bool Approved { get; init; }

    /// <summary>Agents whose attempts at what is at work or to come failed.</summary>
    public ImmutableArray<int> Tried { get; init; } = [];

    /// <summary>What the result was rejected for last, and what attempts failed for since, oldest first.</summary>
    public ImmutableArray<AttemptFinding> Findings { get; init; } = [];

    /// <summary>Why it failed or was skipped.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether it has come to its end.</summary>
    public bool HasEnded => Phase is TaskPhase.Accepted or TaskPhase.Failed or TaskPhase.Skipped;

    /// <summary>Which result is worked on or checked, from 1: one more than were rejected.</summary>
    public int Round => GateRejections + ReviewRejections + 1;

    /// <summary>The agent of what is at work, to come, or last made.</summary>
    internal int AgentOfStage => Stage == TaskStage.Work ? Agent : Checker;

    /// <summary>Whether an attempt of a stage is the one at work.</summary>
    internal bool IsAtWork(StageRef stage, int attempt) =>
        Phase == TaskPhase.Running && IsAt(stage) && attempt == (Stage == TaskStage.Work ? Attempt : Check);

    /// <summary>Whether an ending says nothing of the task or its agent: the worker ended, as workers do.</summary>
    internal bool IsExcused(Ending ending) => ending.Failure?.Kind == FailureKind.Interrupted && Interruptions < FailureKinds.MostInterruptions;

    /// <summary>Whether a stage is where the task stands.</summary>
    internal bool IsAt(StageRef stage) => Stage == stage.Stage && (Stage == TaskStage.Work || Attempt == stage.Attempt);
}

/// <summary>All that the Scheduler knows of a run: what has been decided and what came of it.</summary>
/// <remarks>
/// Immutable, and made of recorded facts alone: folding the steps of a run (<see cref="With(Ending, RunPlan)"/>, <see cref="With(Control, RunPlan)"/>,
/// <see cref="With(Decision, RunPlan)"/>, <see cref="With(DateTimeOffset, RunPlan)"/>) gives the state again, in any process, and in later versions
/// whose Scheduler decides otherwise.
/// Each change costs time in proportion to what it touches and to the logarithm of the plan, never to the run so far.
/// </remarks>
public sealed partial record SchedulerState
{
    private SchedulerState()
    {
    }

    /// <summary>Every task, in the plan's order.</summary>
    public required ImmutableList<TaskState> Tasks { get; init; }

    /// <summary>Tasks at work.</summary>
    public ImmutableSortedSet<int> Running { get; init; } = [];

    /// <summary>The wave that is carried out, in the waves schedule; as many as there are waves when all have ended.</summary>
    public int Wave { get; init; }

    /// <summary>Tasks accepted.</summary>
    public int Accepted { get; init; }

    /// <summary>Tasks failed for good.</summary>
    public int Failed { get; init; }

    /// <summary>Tasks skipped.</summary>
    public int Skipped { get; init; }

    /// <summary>What all attempts used up together.</summary>
    public AgentUsage Usage { get; init; } = AgentUsage.None;

    /// <summary>What the run may use up.</summary>
    public required Budget Budget { get; init; }

    /// <summary>Tokens that ended attempts may have used up beyond <see cref="Usage"/>, where nobody said how many they did.</summary>
    public long UnsettledTokens { get; init; }

    /// <summary>US dollars that ended attempts may have used up beyond <see cref="Usage"/>.</summary>
    public decimal UnsettledUsd { get; init; }

    /// <summary>Tokens that the attempts at work may use up at most.</summary>
    public long ReservedTokens { get; init; }

    /// <summary>US dollars that the attempts at work may use up at most.</summary>
    public decimal ReservedUsd { get; init; }

    /// <summary>When the first step was taken; <see langword="null"/> before.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>The budget was found used up.</summary>
    public bool BudgetReached { get; init; }

    /// <summary>A person suspended the run.</summary>
    public bool Suspended { get; init; }

    /// <summary>A person cancelled the run.</summary>
    public bool Cancelled { get; init; }

    /// <summary>The task whose failure stops the run; -1: none.</summary>
    public int StoppedBy { get; init; } = -1;

    /// <summary>How the run ended; <see langword="null"/> while it goes on.</summary>
    public RunOutcome? Outcome { get; init; }

    /// <summary>For each agent by number: attempts it has at work; agents with none are left out.</summary>
    internal ImmutableDictionary<int, int> AgentLoad { get; init; } = ImmutableDictionary<int, int>.Empty;

    /// <summary>For each provider by number: attempts it has at work.</summary>
    internal ImmutableDictionary<int, int> ProviderLoad { get; init; } = ImmutableDictionary<int, int>.Empty;

    /// <summary>Ranks of tasks that could start, by who may do them (<see cref="DemandOf(RunPlan, int, TaskState)"/>).</summary>
    internal ImmutableDictionary<int, ImmutableSortedSet<int>> Ready { get; init; } = ImmutableDictionary<int, ImmutableSortedSet<int>>.Empty;

    /// <summary>Tasks that wait for a time, by that time.</summary>
    internal ImmutableSortedSet<(DateTimeOffset Until, int Task)> Timers { get; init; } = [];

    /// <summary>Tasks whose question is still to be put.</summary>
    internal ImmutableSortedSet<int> Unasked { get; init; } = [];

    /// <summary>For each wave: tasks that have not ended.</summary>
    internal ImmutableList<int> WaveOpen { get; init; } = [];

    /// <summary>Tasks whose question was put and is not answered.</summary>
    public int AwaitingAnswer { get; init; }

    /// <summary>Tasks that have come to their end.</summary>
    public int Ended => Accepted + Failed + Skipped;

    /// <summary>The state before anything was decided.</summary>
    public static SchedulerState Start(RunPlan plan)
    {
        var state = new SchedulerState
        {
            Tasks = [.. plan.Dependencies.Select(dependencies => new TaskState { Missing = dependencies.Length })],
            WaveOpen = [.. plan.Waves.Select(wave => wave.Length)],
            Budget = plan.Plan.Policy.Budget,
        };
        // In both schedules the first wave is exactly what waits for nothing.
        return plan.Waves[0].Aggregate(state, (current, task) => current.Open(task, plan));
    }

    /// <summary>Who may do what a task needs next: the agent it is bound to (0 and up) at first, any of the kind (below 0) for a pool and after a failure.</summary>
    internal static int DemandOf(RunPlan plan, int task, TaskState state)
    {
        var bound = plan.BoundTo(task, state.Stage);
        return bound >= 0 && state.Tried.IsEmpty && !IsBarred(state, bound) ? bound : DemandOf(plan.AgentOf(task, state.Stage).Kind);
    }

    internal static int DemandOf(AgentKind kind) => -1 - (int)kind;

    /// <summary>Whether an agent must not do what a task needs next, though its kind may: nobody reviews what it made itself.</summary>
    internal static bool IsBarred(TaskState state, int agent) => state.Stage == TaskStage.Review && state.Agent == agent;
}
