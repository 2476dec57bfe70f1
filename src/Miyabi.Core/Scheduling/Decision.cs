using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Scheduling;

/// <summary>Something that the Scheduler decided.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(StartDecision), "start")]
[JsonDerivedType(typeof(RetryDecision), "retry")]
[JsonDerivedType(typeof(FailDecision), "fail")]
[JsonDerivedType(typeof(SkipDecision), "skip")]
[JsonDerivedType(typeof(AskDecision), "ask")]
[JsonDerivedType(typeof(AnswerDecision), "answer")]
[JsonDerivedType(typeof(BudgetReachedDecision), "budgetReached")]
[JsonDerivedType(typeof(WaitDecision), "wait")]
[JsonDerivedType(typeof(FinishDecision), "finish")]
public abstract record Decision;

/// <summary>Start an attempt on an agent: of a task, or of a check of what a task's attempt came to.</summary>
/// <param name="Task">The task's id, or the name of a check (<see cref="Plans.StageName"/>).</param>
/// <param name="Attempt">From 1.</param>
/// <param name="Agent">The agent's id.</param>
public sealed record StartDecision(string Task, int Attempt, string Agent) : Decision
{
    /// <summary>The results it reads; filled in by <c>Advance</c>, which knows the ledger.</summary>
    public ImmutableArray<InputReference> Inputs { get; init; } = [];

    /// <summary>What earlier attempts failed for; of a task whose result was rejected, what for, and what failed since.</summary>
    public ImmutableArray<AttemptFinding> Findings { get; init; } = [];
}

/// <summary>Try again, not before a time: a task whose attempt failed or whose result was rejected, or a check that could not be carried out.</summary>
/// <param name="Task">The task's id, or the name of a check (<see cref="Plans.StageName"/>).</param>
/// <param name="Attempt">The attempt to come.</param>
/// <param name="NotBefore">When, at the earliest.</param>
/// <param name="Reason">Why the last attempt failed.</param>
public sealed record RetryDecision(string Task, int Attempt, DateTimeOffset NotBefore, string Reason) : Decision;

/// <summary>A task has failed for good.</summary>
/// <param name="Task">The task's id.</param>
/// <param name="Reason">Why.</param>
public sealed record FailDecision(string Task, string Reason) : Decision;

/// <summary>A task is not carried out.</summary>
/// <param name="Task">The task's id.</param>
/// <param name="Reason">Why.</param>
public sealed record SkipDecision(string Task, string Reason) : Decision;

/// <summary>A person is asked before a task starts.</summary>
/// <param name="Task">The task's id.</param>
/// <param name="Message">What is asked.</param>
/// <param name="Until">When the default answer holds; <see langword="null"/>: never.</param>
public sealed record AskDecision(string Task, string Message, DateTimeOffset? Until) : Decision;

/// <summary>The answer to a question: a person's, or the default after the time was over.</summary>
/// <param name="Task">The task's id.</param>
/// <param name="Approved">The answer.</param>
/// <param name="Reason">Whose, or why.</param>
public sealed record AnswerDecision(string Task, bool Approved, string Reason) : Decision;

/// <summary>The budget is used up: nothing new starts until it is raised.</summary>
/// <param name="Reason">Which part of it.</param>
public sealed record BudgetReachedDecision(string Reason) : Decision;

/// <summary>Ask again at this time, even if nothing has happened.</summary>
/// <param name="Until">When.</param>
public sealed record WaitDecision(DateTimeOffset Until) : Decision;

/// <summary>The run has ended.</summary>
/// <param name="Outcome">How.</param>
public sealed record FinishDecision(RunOutcome Outcome) : Decision;

/// <summary>How a run ended.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<RunOutcome>))]
public enum RunOutcome
{
    /// <summary>Every task was accepted.</summary>
    Succeeded,

    /// <summary>Some task failed or was skipped.</summary>
    Failed,

    /// <summary>A person cancelled it.</summary>
    Cancelled,
}

/// <summary>How a task ended.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<TaskOutcome>))]
public enum TaskOutcome
{
    /// <summary>Its result was read back, verified and accepted.</summary>
    Accepted,

    /// <summary>It failed for good.</summary>
    Failed,

    /// <summary>It was never carried out, or not again.</summary>
    Skipped,
}

/// <summary>An attempt that has ended, as far as the Scheduler needs to know.</summary>
/// <param name="Task">The task's id, or the name of a check (<see cref="Plans.StageName"/>).</param>
/// <param name="Attempt">The attempt, of the task or of the check.</param>
/// <param name="Failure">Why it failed; <see langword="null"/>: its result stands, and is accepted if the task has no checks.</param>
/// <param name="Usage">What it used up.</param>
public sealed record Ending(string Task, int Attempt, EndingFailure? Failure, AgentUsage Usage)
{
    /// <summary>Of a check that was carried out: what it came to. Without one a check says nothing, whether it failed or not.</summary>
    public Verdict? Verdict { get; init; }
}

/// <summary>A failure, as far as the Scheduler needs to know.</summary>
/// <param name="Kind">Decides whether another attempt can help.</param>
/// <param name="Message">At most 500 characters of what happened.</param>
/// <param name="RetryAfter">The provider asks to wait at least this long.</param>
public sealed record EndingFailure(FailureKind Kind, string Message, TimeSpan? RetryAfter);

/// <summary>What a person can decide about a run.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ControlKind>))]
public enum ControlKind
{
    /// <summary>Let a task start.</summary>
    Approve,

    /// <summary>Do not let a task start: it fails.</summary>
    Reject,

    /// <summary>End the run: agents at work are stopped, the rest is skipped.</summary>
    Cancel,

    /// <summary>Start nothing new; what is at work goes on to its end.</summary>
    Suspend,

    /// <summary>Go on after a suspend.</summary>
    Unsuspend,

    /// <summary>Set a new budget.</summary>
    RaiseBudget,

    /// <summary>Take a run up again that has ended: with every task that did not succeed, or with one task and all that depends on it.</summary>
    Retry,
}

/// <summary>What a person decided.</summary>
/// <param name="Kind">What.</param>
/// <param name="Task">About which task: for approve and reject; for retry, <see langword="null"/> means every task that did not succeed.</param>
/// <param name="Reason">Why, in the person's words; may be empty.</param>
public sealed record Control(ControlKind Kind, string? Task = null, string Reason = "")
{
    /// <summary>The new budget: for raise budget.</summary>
    public Plans.Budget? Budget { get; init; }
}
