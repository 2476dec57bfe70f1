using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Ledger;

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
public sealed record ManifestTask(string Task, TaskOutcome Outcome, int Attempt, string? Agent, string? Payload, string? Reason)
{
    /// <summary>Digest of the accepted result document.</summary>
    public string? Result { get; init; }

    /// <summary>What the accepted result answers: see <see cref="ResultDocument.Key"/>.</summary>
    public string? Key { get; init; }
}

/// <summary>A document of the run.</summary>
/// <param name="Path">Below the run's folder.</param>
/// <param name="Sha256">Its digest.</param>
public sealed record ManifestEntry(string Path, string Sha256);
