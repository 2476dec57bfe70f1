using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Plans;

/// <summary>A plan as a person wrote it, read and found valid: a DAG of tasks and the agents that carry them out.</summary>
/// <remarks>
/// Made by <see cref="PlanReader"/> only, so every <see cref="Plan"/> in memory keeps the rules of <see cref="PlanLimits"/>:
/// ids are unique and safe as file names, dependencies exist and form no cycle, agents named by tasks exist.
/// Defaults of the file are already applied: nothing in here is still to be looked up elsewhere.
/// </remarks>
public sealed record Plan
{
    /// <summary>What the plan is called, 1 to 100 characters on one line.</summary>
    public required string Name { get; init; }

    /// <summary>What the plan is for, in a sentence or two; at most 10,000 characters, may be empty.</summary>
    public string Description { get; init; } = "";

    /// <summary>The agents, in the order of the file; at least one.</summary>
    public required ImmutableArray<AgentSpec> Agents { get; init; }

    /// <summary>Paths that the person who starts a run gives by name (<c>--input NAME=PATH</c>).</summary>
    public ImmutableArray<PlanInput> Inputs { get; init; } = [];

    /// <summary>How the run as a whole behaves.</summary>
    public PlanPolicy Policy { get; init; } = new();

    /// <summary>Who outside is told what happens, in the order of the file; at most <see cref="PlanLimits.MaxSubscribers"/>.</summary>
    public ImmutableArray<Subscriber> Notify { get; init; } = [];

    /// <summary>The tasks, in the order of the file; 1 to <see cref="PlanLimits.MaxTasks"/>.</summary>
    public required ImmutableArray<PlanTask> Tasks { get; init; }
}

/// <summary>A path that a run is started with, by name.</summary>
/// <param name="Name">An id as tasks have it; commands name it as <c>${input.NAME}</c>.</param>
/// <param name="Description">What it is, for the error when it is missing; may be empty.</param>
/// <param name="Default">Used when none is given: relative to the plan's folder; <see langword="null"/> makes the input required.</param>
public sealed record PlanInput(string Name, string Description, string? Default);

/// <summary>Who may do a task: the kind of an agent.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<AgentKind>))]
public enum AgentKind
{
    /// <summary>A Claude model: plans, tests, documents, reviews.</summary>
    Claude,

    /// <summary>A Codex model: implements.</summary>
    Codex,

    /// <summary>A program: decides what a program can decide.</summary>
    Command,
}

/// <summary>An agent of the plan.</summary>
public sealed record AgentSpec
{
    /// <summary>Its id, <see cref="PlanLimits.IdPattern"/>, unique among agents ignoring case.</summary>
    public required string Id { get; init; }

    /// <summary>Which tasks it may do.</summary>
    public required AgentKind Kind { get; init; }

    /// <summary>Who carries its work out (<c>simulated</c>, <c>command</c>, ...); <see langword="null"/> leaves it to the options of the run.</summary>
    public string? Provider { get; init; }

    /// <summary>The model that a provider of models asks for this agent's tasks, 1 to 128 visible ASCII characters; <see langword="null"/>: the one of the installation's settings.</summary>
    public string? Model { get; init; }

    /// <summary>How many tasks it does at a time: 1 to 200, 1 unless said.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>The program that the <c>command</c> provider starts for this agent's tasks.</summary>
    public CommandSettings? Command { get; init; }
}

/// <summary>A task of the plan.</summary>
public sealed record PlanTask
{
    /// <summary>Its id, <see cref="PlanLimits.IdPattern"/>, unique among tasks ignoring case.</summary>
    public required string Id { get; init; }

    /// <summary>One line for people, at most 200 characters; the id where the file has none.</summary>
    public required string Title { get; init; }

    /// <summary>Who does it.</summary>
    public required AgentSelector Agent { get; init; }

    /// <summary>Ids of the tasks whose accepted results this one reads, in the order of the file, without repeats.</summary>
    public ImmutableArray<string> DependsOn { get; init; } = [];

    /// <summary>Lower goes first among tasks that could start: -1000 to 1000, 0 unless said.</summary>
    public int Priority { get; init; }

    /// <summary>What the agent is told; at most <see cref="PlanLimits.MaxPromptBytes"/> in UTF-8, may be empty.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>A JSON Schema (<see cref="Schemas.OutputSchema"/>) that the output must satisfy, as JSON text; <see langword="null"/> takes any output.</summary>
    public string? OutputSchema { get; init; }

    /// <summary>Globs of the files it may produce (<c>core/**</c>); empty: none.</summary>
    public ImmutableArray<string> Writes { get; init; } = [];

    /// <summary>The model that a provider of models asks for this task, over what its agent says.</summary>
    public string? Model { get; init; }

    /// <summary>How long one attempt may take; 1 s to 24 h, 10 min unless said.</summary>
    public TimeSpan Timeout { get; init; } = PlanLimits.DefaultTimeout;

    /// <summary>What happens after a failed attempt.</summary>
    public RetryPolicy Retry { get; init; } = new();

    /// <summary>How long an attempt is expected to take: for the critical path and the expected makespan only; 0 to 24 h.</summary>
    /// <remarks>The file's <c>estimate</c>, else the simulated work, else the plan's default, else 1 minute.</remarks>
    public TimeSpan Estimate { get; init; } = PlanLimits.DefaultEstimate;

    /// <summary>Asks a person before the task starts; <see langword="null"/>: nobody is asked.</summary>
    public ApprovalSpec? Approval { get; init; }

    /// <summary>The program that must pass on the result before it counts, and before a review is asked; <see langword="null"/>: none.</summary>
    public CheckSpec? Gate { get; init; }

    /// <summary>Who must accept the result before it counts; <see langword="null"/>: nobody is asked.</summary>
    public CheckSpec? Review { get; init; }

    /// <summary>Whether a run with <c>--reuse</c> may take an earlier run's result for this task; yes unless said.</summary>
    public bool Cache { get; init; } = true;

    /// <summary>What the <c>simulated</c> provider does for this task.</summary>
    public SimulatedSettings? Simulated { get; init; }

    /// <summary>What the <c>command</c> provider starts for this task, over what its agent says.</summary>
    public CommandSettings? Command { get; init; }
}

/// <summary>Who does a task: one agent by id, or any idle agent of a kind.</summary>
/// <param name="Id">The agent's id; <see langword="null"/> for a pool.</param>
/// <param name="Kind">The agent's kind, or the pool's.</param>
public sealed record AgentSelector(string? Id, AgentKind Kind);

/// <summary>What happens after a failed attempt: the wait before attempt n+1 is <c>backoff * factor^(n-1)</c>, at most <c>maxBackoff</c>, less up to 20 % jitter.</summary>
public sealed record RetryPolicy
{
    /// <summary>Attempts in all, 1 to 20; 3 unless said.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>The wait after the first failed attempt, 0 to 1 h; 5 s unless said.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How much longer each further wait is, 1 to 10; 2 unless said.</summary>
    public double Factor { get; init; } = 2;

    /// <summary>The longest wait, up to 24 h; 5 min unless said.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>A question to a person before a task starts. Waiting for the answer takes no agent's slot.</summary>
/// <param name="Message">What is asked, 1 to 1,000 characters.</param>
/// <param name="Timeout">After this, 1 s to 365 days, the default answer holds; <see langword="null"/> waits for ever.</param>
/// <param name="ApproveByDefault">The answer when the time is over.</param>
public sealed record ApprovalSpec(string Message, TimeSpan? Timeout, bool ApproveByDefault);

/// <summary>How the run as a whole behaves.</summary>
public sealed record PlanPolicy
{
    /// <summary>When a task may start; in waves unless said.</summary>
    public Schedule Schedule { get; init; } = Schedule.Waves;

    /// <summary>Tasks at work at once, 1 to 200; 5 unless said.</summary>
    public int MaxParallel { get; init; } = 5;

    /// <summary>What a task that failed for good means for the rest.</summary>
    public OnFailure OnFailure { get; init; } = OnFailure.Continue;

    /// <summary>Tasks at work at once for a provider, by its name, 1 to 200 each; a provider that is not named has no cap of its own.</summary>
    public ImmutableSortedDictionary<string, int> ProviderCaps { get; init; } = ImmutableSortedDictionary<string, int>.Empty;

    /// <summary>What the run may use up; <see langword="null"/> in a part leaves that part without a limit.</summary>
    public Budget Budget { get; init; } = new(null, null);
}

/// <summary>What a run may use up. At the limit nothing new starts, and the run waits with everything intact.</summary>
/// <param name="MaxCostUsd">In US dollars, more than 0, at most 1,000,000,000.</param>
/// <param name="MaxTokens">Input and output tokens together, 1 to 1,000,000,000,000.</param>
public sealed record Budget(decimal? MaxCostUsd, long? MaxTokens)
{
    /// <summary>From the run's first step, whatever it waits for meanwhile, 1 s to 365 days. What is at work goes on to its end.</summary>
    public TimeSpan? MaxTime { get; init; }
}

/// <summary>When a task may start.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<Schedule>))]
public enum Schedule
{
    /// <summary>Wave k is every task whose longest path from a root has k edges; it starts when wave k-1 has ended.</summary>
    Waves,

    /// <summary>A task starts when its dependencies are accepted.</summary>
    Ready,
}

/// <summary>What a task that failed for good means for the rest of the run.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<OnFailure>))]
public enum OnFailure
{
    /// <summary>What depends on it is skipped; everything else goes on.</summary>
    Continue,

    /// <summary>Nothing new starts; what is at work is let to its end, the rest is skipped.</summary>
    Stop,
}
