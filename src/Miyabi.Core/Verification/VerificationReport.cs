using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Verification;

/// <summary>How a document is wrong.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<FindingKind>))]
public enum FindingKind
{
    /// <summary>It should be there and is not.</summary>
    Missing,

    /// <summary>It is not what was sealed, or not what other documents name.</summary>
    Altered,

    /// <summary>It changed places with another document of the run.</summary>
    Swapped,

    /// <summary>It was made for another run, task, attempt or number.</summary>
    Replayed,

    /// <summary>Its key is not trusted for it.</summary>
    UnknownKey,

    /// <summary>It does not follow from the documents before it.</summary>
    BrokenChain,

    /// <summary>Nothing in the run speaks of it.</summary>
    Unexpected,
}

/// <summary>A wrong document.</summary>
/// <param name="Path">Its name in the store.</param>
/// <param name="Kind">How it is wrong.</param>
/// <param name="Message">What was found.</param>
public sealed record Finding(string Path, FindingKind Kind, string Message);

/// <summary>What the verification of a run came to.</summary>
public sealed record VerificationReport
{
    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>Whether the run has ended. A run that goes on cannot be proven whole.</summary>
    public required bool HasEnded { get; init; }

    /// <summary>How it ended.</summary>
    public RunOutcome? Outcome { get; init; }

    /// <summary>Documents whose seal was checked.</summary>
    public required int Documents { get; init; }

    /// <summary>Artifacts whose content was checked.</summary>
    public required int Artifacts { get; init; }

    /// <summary>The root over content, of a run that has ended: worked out here, not taken from the manifest.</summary>
    public string? ContentRoot { get; init; }

    /// <summary>The root over all documents, of a run that has ended: worked out here, not taken from the manifest.</summary>
    public string? Root { get; init; }

    /// <summary>Ids of the keys that sealed the documents.</summary>
    public ImmutableArray<string> Keys { get; init; } = [];

    /// <summary>Everything that is wrong, by path.</summary>
    public required ImmutableArray<Finding> Findings { get; init; }

    /// <summary>The run has ended, and nothing is wrong.</summary>
    public bool IsProven => HasEnded && Findings.IsEmpty;
}
