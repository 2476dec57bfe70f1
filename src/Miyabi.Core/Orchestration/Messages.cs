using System.Collections.Immutable;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Orchestration;

/// <summary>What an orchestration starts with.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Owner">The number of the owner it works for.</param>
/// <param name="Step">The step to take next, from 1.</param>
public sealed record RunInput(string Run, int Owner, int Step)
{
    /// <summary>Attempts that have ended and are in no step yet.</summary>
    public ImmutableArray<TaskEnding> Endings { get; init; } = [];

    /// <summary>
    /// For an engine whose instance is the owner itself: 32 hex digits that the owner document is to have, made before the instance was started.
    /// <see langword="null"/>: whoever runs the engine has become the owner before.
    /// </summary>
    public string? Holder { get; init; }

    /// <summary>The W3C trace context of whoever started the run; <see langword="null"/>: none.</summary>
    public string? Trace { get; init; }
}

/// <summary>An attempt that has ended: no more is carried in messages, the ledger has the rest.</summary>
/// <param name="Task">The task's id.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Failed">It came to nothing, as far as its worker can tell. No evidence: it decides only how soon the next step is taken.</param>
public sealed record TaskEnding(string Task, int Attempt, bool Failed = false);

/// <summary>Asks what happens next.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Owner">On whose behalf.</param>
/// <param name="Step">The step to take.</param>
/// <param name="Endings">What has ended since the last.</param>
/// <param name="Opening">The orchestration has just begun: it has nothing at work, and asks for all that should be.</param>
/// <param name="Controls">There may be new control documents.</param>
public sealed record AdvanceRequest(string Run, int Owner, int Step, ImmutableArray<TaskEnding> Endings, bool Opening, bool Controls)
{
    /// <inheritdoc cref="RunInput.Holder"/>
    /// <remarks>With <see cref="Opening"/> alone.</remarks>
    public string? Holder { get; init; }

    /// <inheritdoc cref="RunInput.Trace"/>
    public string? Trace { get; init; }
}

/// <summary>What happens next.</summary>
/// <param name="Step">The step that was taken.</param>
/// <param name="Starts">Attempts to start.</param>
/// <param name="WaitUntil">Ask again then, even if nothing has happened.</param>
/// <param name="Outcome">How the run ended; <see langword="null"/> while it goes on.</param>
/// <param name="Superseded">A newer owner has taken the run over: stop, and leave it alone.</param>
/// <param name="Status">Where the run stands.</param>
public sealed record AdvanceAnswer(
    int Step, ImmutableArray<TaskStart> Starts, DateTimeOffset? WaitUntil, RunOutcome? Outcome, bool Superseded, RunStatus Status)
{
    /// <summary>
    /// The ending of one attempt starts nothing, unless it has failed: the next step can take in all that are at work together. So a wave costs one
    /// step, on an engine where each is dear.
    /// </summary>
    public bool Gathers { get; init; }

    /// <summary>The step has something to tell to those whom the plan notifies.</summary>
    public bool Tells { get; init; }
}

/// <summary>An attempt to start.</summary>
/// <param name="Task">The task's id.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Step">The step that decided on it.</param>
public sealed record TaskStart(string Task, int Attempt, int Step);

/// <summary>Asks for one attempt to be carried out.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Owner">On whose behalf.</param>
/// <param name="Step">The step that decided on it.</param>
/// <param name="Task">The task's id.</param>
/// <param name="Attempt">The attempt.</param>
public sealed record RunTaskRequest(string Run, int Owner, int Step, string Task, int Attempt)
{
    /// <inheritdoc cref="RunInput.Trace"/>
    public string? Trace { get; init; }
}

/// <summary>Asks for what a step has to tell to be told.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Step">The step.</param>
public sealed record NotifyRequest(string Run, int Step)
{
    /// <inheritdoc cref="RunInput.Trace"/>
    public string? Trace { get; init; }
}

/// <summary>What came of telling. Nothing depends on it.</summary>
/// <param name="Delivered">How many were told.</param>
/// <param name="Failed">How many could not be told.</param>
public sealed record NotifyAnswer(int Delivered, int Failed);

/// <summary>Where a run stands, in numbers.</summary>
public sealed record RunStatus(
    int Step, int Wave, int Waves, int Tasks, int Accepted, int Failed, int Skipped, int Running, int AwaitingApproval, bool Suspended, bool BudgetReached, bool RetryIsDue)
{
    /// <summary>Ids of tasks that wait for a person's answer, in the plan's order, the first <see cref="MaxWaitingFor"/> of them.</summary>
    public ImmutableArray<string> WaitingFor { get; init; } = [];

    /// <summary>The most ids in <see cref="WaitingFor"/>.</summary>
    public const int MaxWaitingFor = 20;

    /// <summary>Nothing is at work, and nothing will be before a person says so.</summary>
    public bool WaitsForPerson => Running == 0 && !RetryIsDue && (AwaitingApproval > 0 || Suspended || BudgetReached);
}

/// <summary>The signal that there are new control documents. It says nothing else: they are read from the ledger.</summary>
public sealed record ControlSignal;

/// <summary>How an orchestration ended.</summary>
/// <param name="Outcome">How the run ended; <see langword="null"/> if this orchestration left it to another.</param>
public sealed record RunEnd(RunOutcome? Outcome);
