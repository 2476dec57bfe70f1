using System.Collections.Immutable;
using System.Text.Json.Serialization;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Ledger;

/// <summary>What was accepted to run: the plan as it came, and what was said about this run.</summary>
public sealed record PlanDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => AcceptedAt;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>SHA-256 of the plan in compact form: two runs of one plan have the same.</summary>
    public required string PlanDigest { get; init; }

    /// <summary>What was said about this run.</summary>
    public required RunOptions Options { get; init; }

    /// <summary>The plan, in the format of <c>schemas/plan.schema.json</c>.</summary>
    public required JsonElement Plan { get; init; }
}

/// <summary>What is said about one run, beside its plan.</summary>
public sealed record RunOptions
{
    /// <summary>In place of the plan's schedule.</summary>
    public Schedule? Schedule { get; init; }

    /// <summary>In place of the plan's <c>maxParallel</c>, 1 to 200.</summary>
    public int? MaxParallel { get; init; }

    /// <summary>Who carries each agent's work out: agent id to provider name, for every agent of the plan.</summary>
    public ImmutableSortedDictionary<string, string> Providers { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The plan's inputs: name to absolute path.</summary>
    public ImmutableSortedDictionary<string, string> Paths { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The plan file's folder, absolute; empty where the plan came without a file.</summary>
    public string PlanDirectory { get; init; } = "";

    /// <summary>What simulated times are divided by, more than 0 to 100,000.</summary>
    public double Speed { get; init; } = 1;
}

/// <summary>What an agent was told in an attempt, and by whom: also the claim on that attempt.</summary>
public sealed record InstructionDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => At;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>The task's id.</summary>
    public required string Task { get; init; }

    /// <summary>The attempt, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The agent's id.</summary>
    public required string Agent { get; init; }

    /// <summary>Who carries the agent's work out.</summary>
    public required string Provider { get; init; }

    /// <summary>When it was written.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Digest of the run's plan document.</summary>
    public required string Plan { get; init; }

    /// <summary>The step that decided on this attempt.</summary>
    public required int Step { get; init; }

    /// <summary>Who claims the attempt.</summary>
    public required Claim Claim { get; init; }

    /// <summary>What the agent is told.</summary>
    public required InstructionContent Content { get; init; }
}

/// <summary>What an agent is told: nothing in here tells one run from another.</summary>
public sealed record InstructionContent
{
    /// <summary>The agent's kind.</summary>
    public required AgentKind Kind { get; init; }

    /// <summary>One line for people.</summary>
    public required string Title { get; init; }

    /// <summary>The prompt.</summary>
    public required string Prompt { get; init; }

    /// <summary>Globs of the files it may produce.</summary>
    public ImmutableArray<string> Writes { get; init; } = [];

    /// <summary>The schema of its output.</summary>
    public JsonElement? OutputSchema { get; init; }

    /// <summary>How long the attempt may take.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>What earlier attempts failed for, oldest first.</summary>
    public ImmutableArray<string> Findings { get; init; } = [];

    /// <summary>The results it reads.</summary>
    public ImmutableArray<InputReference> Inputs { get; init; } = [];

    /// <summary>Paths given to the run by name.</summary>
    public ImmutableSortedDictionary<string, string> Paths { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>For the simulated provider.</summary>
    public SimulatedSettings? Simulated { get; init; }

    /// <summary>For the command provider: the agent's settings and the task's.</summary>
    public ImmutableArray<CommandSettings> Commands { get; init; } = [];
}

/// <summary>An accepted result that a task reads.</summary>
/// <param name="Task">Whose.</param>
/// <param name="Attempt">Of which attempt.</param>
/// <param name="Result">Digest of the result document.</param>
/// <param name="Payload">Digest of its payload.</param>
public sealed record InputReference(string Task, int Attempt, string Result, string Payload);

/// <summary>Who works on an attempt, and until when without renewing.</summary>
/// <param name="Id">Told apart from every other claim: 32 hex digits.</param>
/// <param name="Owner">The number of the run's owner on whose order it is.</param>
/// <param name="Until">After this, and after the lease that extends it, another may take the attempt over.</param>
public sealed record Claim(string Id, int Owner, DateTimeOffset Until);

/// <summary>Who took an attempt over after its former claim had lapsed.</summary>
public sealed record ClaimDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => At;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>The task's id.</summary>
    public required string Task { get; init; }

    /// <summary>The attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>Counted from 1 for each attempt.</summary>
    public required int Number { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The claim.</summary>
    public required Claim Claim { get; init; }
}

/// <summary>Extends a claim or an ownership while its holder lives. Replaced in place; no evidence, and gone when the work has ended.</summary>
public sealed record LeaseDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => Until;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>The claim's id or the owner's holder.</summary>
    public required string Holder { get; init; }

    /// <summary>Until when it holds.</summary>
    public required DateTimeOffset Until { get; init; }
}

/// <summary>How an attempt ended.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<AttemptOutcome>))]
public enum AttemptOutcome
{
    /// <summary>With an output that kept all rules.</summary>
    Succeeded,

    /// <summary>In any other way.</summary>
    Failed,
}

/// <summary>What an attempt came to: an envelope, and the payload that alone counts as content.</summary>
public sealed record ResultDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => EndedAt;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>The task's id.</summary>
    public required string Task { get; init; }

    /// <summary>The attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>The agent's id.</summary>
    public required string Agent { get; init; }

    /// <summary>Who carried its work out.</summary>
    public required string Provider { get; init; }

    /// <summary>Digest of the instruction document it answers.</summary>
    public required string Instruction { get; init; }

    /// <summary>Digests of the claims by which the attempt was taken over, in order; none unless a worker was lost.</summary>
    public ImmutableArray<string> Claims { get; init; } = [];

    /// <summary>When the agent began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it had ended.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>What it used up.</summary>
    public AgentUsage Usage { get; init; } = AgentUsage.None;

    /// <summary>How it ended.</summary>
    public required AttemptOutcome Outcome { get; init; }

    /// <summary>Why, if it failed.</summary>
    public AgentFailure? Failure { get; init; }

    /// <summary>SHA-256 of the payload in compact form; only with a payload.</summary>
    public string? PayloadDigest { get; init; }

    /// <summary>The content; only of an attempt that succeeded.</summary>
    public ResultPayload? Payload { get; init; }
}

/// <summary>The content of a result.</summary>
/// <param name="Output">What the agent put out.</param>
/// <param name="Files">The files it produced, by path in ordinal order.</param>
public sealed record ResultPayload(JsonElement Output, ImmutableArray<ArtifactReference> Files);

/// <summary>A step: what had ended, what people had decided, and what was decided then. The chain of steps is the run.</summary>
public sealed record StepDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => At;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>Its number, from 1.</summary>
    public required int Step { get; init; }

    /// <summary>The number of the owner that took it.</summary>
    public required int Owner { get; init; }

    /// <summary>Digest of step n-1, or of the plan document.</summary>
    public required string Previous { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Attempts that had ended.</summary>
    public ImmutableArray<StepEnding> Endings { get; init; } = [];

    /// <summary>Controls that took effect.</summary>
    public ImmutableArray<StepControl> Controls { get; init; } = [];

    /// <summary>What was decided, in order.</summary>
    public ImmutableArray<Decision> Decisions { get; init; } = [];
}

/// <summary>An attempt that had ended, as it was found when it was read back.</summary>
public sealed record StepEnding
{
    /// <summary>What the Scheduler was told.</summary>
    public required Ending Ending { get; init; }

    /// <summary>Digest of the result document; none if it was rejected.</summary>
    public string? Result { get; init; }

    /// <summary>Digest of the instruction document; none if there is no valid one.</summary>
    public string? Instruction { get; init; }

    /// <summary>Digests of the claims by which the attempt was taken over.</summary>
    public ImmutableArray<string> Claims { get; init; } = [];

    /// <summary>Digest of the payload, of an accepted result.</summary>
    public string? Payload { get; init; }
}

/// <summary>A control that took effect.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Digest">Of its document.</param>
/// <param name="Control">What the Scheduler was told.</param>
public sealed record StepControl(int Number, string Digest, Control Control);

/// <summary>What a person decided about a run.</summary>
public sealed record ControlDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => At;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>Counted from 1 in the run.</summary>
    public required int Number { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What.</summary>
    public required Control Control { get; init; }
}

/// <summary>Which runner carries a run out.</summary>
public sealed record OwnerDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => At;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>Counted from 1 in the run: the highest is the owner.</summary>
    public required int Owner { get; init; }

    /// <summary>Told apart from every other holder: 32 hex digits.</summary>
    public required string Holder { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Until when, unless the lease says later.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>For people: where it runs.</summary>
    public string Host { get; init; } = "";

    /// <summary>Names a process so that another on the same system can tell whether it still lives; empty where nobody can.</summary>
    public string Process { get; init; } = "";
}

/// <summary>The whole of a run: totals, every digest, one root.</summary>
public sealed record ManifestDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => EndedAt;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>Counted from 1: a run that is retried after its end has several.</summary>
    public required int Generation { get; init; }

    /// <summary>Digest of the manifest before it.</summary>
    public string? Previous { get; init; }

    /// <summary>When the first step was taken.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When the last step was taken.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>How the run ended.</summary>
    public required RunOutcome Outcome { get; init; }

    /// <summary>The numbers.</summary>
    public required ManifestTotals Totals { get; init; }

    /// <summary>Every task, in the plan's order.</summary>
    public ImmutableArray<ManifestTask> Tasks { get; init; } = [];

    /// <summary>Every document, by path in ordinal order.</summary>
    public ImmutableArray<ManifestEntry> Documents { get; init; } = [];

    /// <summary>SHA-256 over (task, outcome, payload digest) in the plan's order: equal content has equal roots, on any engine.</summary>
    public required string ContentRoot { get; init; }

    /// <summary>SHA-256 over every document's path and digest, and the content root.</summary>
    public required string Root { get; init; }
}

/// <summary>The numbers of a run.</summary>
public sealed record ManifestTotals(
    int Tasks, int Accepted, int Failed, int Skipped, int Attempts, AgentUsage Usage);

/// <summary>How a task ended.</summary>
/// <param name="Task">Its id.</param>
/// <param name="Outcome">How.</param>
/// <param name="Attempt">The last attempt; 0 if it never started.</param>
/// <param name="Agent">Who made it.</param>
/// <param name="Payload">Digest of the accepted payload.</param>
/// <param name="Reason">Why it did not end well.</param>
public sealed record ManifestTask(string Task, TaskOutcome Outcome, int Attempt, string? Agent, string? Payload, string? Reason);

/// <summary>A document of the run.</summary>
/// <param name="Path">Below the run's folder.</param>
/// <param name="Sha256">Its digest.</param>
public sealed record ManifestEntry(string Path, string Sha256);
