using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Verification;

namespace Miyabi.Core.Transfer;

/// <summary>One of the two stores of a copy.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<CopySide>))]
public enum CopySide
{
    /// <summary>Where the run was.</summary>
    Source,

    /// <summary>Where it was copied to.</summary>
    Target,
}

/// <summary>What copying a run came to.</summary>
public sealed record CopyReport
{
    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>Whether the run had ended, in the source. If not, the copy is the run as it stood at one moment.</summary>
    public required bool HasEnded { get; init; }

    /// <summary>How it had ended.</summary>
    public RunOutcome? Outcome { get; init; }

    /// <summary>Documents and artifacts that were written to the target.</summary>
    public int Copied { get; init; }

    /// <summary>Documents and artifacts that the target had already, with the same bytes.</summary>
    public int AlreadyThere { get; init; }

    /// <summary>Files of events that were written to the target: no evidence, and none is missed.</summary>
    public int Events { get; init; }

    /// <summary>The root over content, of a run that had ended.</summary>
    public string? ContentRoot { get; init; }

    /// <summary>The root over all documents, worked out in the source; only of a run that had ended.</summary>
    public string? SourceRoot { get; init; }

    /// <summary>The same, worked out in the target from what was read back there.</summary>
    public string? TargetRoot { get; init; }

    /// <summary>Where something is wrong. In the source: nothing was written. In the target: what is wrong there is as it was.</summary>
    public CopySide? WrongIn { get; init; }

    /// <summary>Everything that is wrong there, by path.</summary>
    public ImmutableArray<Finding> Findings { get; init; } = [];

    /// <summary>The target has the run whole, as far as it had gone, and everything there was verified.</summary>
    public bool IsCopied => Findings.IsEmpty;
}

/// <summary>The two stores of a copy are one.</summary>
public sealed class SameStoreException(string run)
    : Exception($"Run '{run}' is in that store already: it is the one to copy from. Name another store.");
