using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Notifications;

/// <summary>Something that a step has to tell.</summary>
/// <param name="Kind">What.</param>
public sealed record Notice(NoticeKind Kind)
{
    /// <summary>The task's id; <see langword="null"/> where the run as a whole is meant.</summary>
    public string? Task { get; init; }

    /// <summary>The attempt: that was accepted, that failed, or that is to come.</summary>
    public int? Attempt { get; init; }

    /// <summary>When the next attempt may start, or when the default answer holds.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The answer to a question.</summary>
    public bool? Approved { get; init; }

    /// <summary>How the run ended.</summary>
    public RunOutcome? Outcome { get; init; }

    /// <summary>The numbers of a run that ended; <see langword="null"/> if its manifest could not be read.</summary>
    public ManifestTotals? Totals { get; init; }

    /// <summary>Why, or what is asked: the words of agents, people or plans. Untrusted.</summary>
    public string? Text { get; init; }
}
