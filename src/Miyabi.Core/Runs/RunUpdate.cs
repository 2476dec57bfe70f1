using System.Collections.Immutable;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Runs;

/// <summary>What is new of a run that is followed.</summary>
public sealed record RunUpdate
{
    /// <summary>Steps that were taken, in order; they follow on what was there before.</summary>
    public ImmutableArray<StepDocument> Steps { get; init; } = [];

    /// <summary>Events that were written.</summary>
    public ImmutableArray<RunEvent> Events { get; init; } = [];

    /// <summary>Who carries the run out from now on, or did; <see langword="null"/>: as before.</summary>
    public RunOwner? Owner { get; init; }

    /// <summary>Why the store cannot be read; it is tried again. Told once, until it can be read.</summary>
    public StoreException? Trouble { get; init; }

    /// <summary>Whether the trouble is over.</summary>
    public bool IsTroubleOver { get; init; }

    /// <summary>Whether the run has ended. Then this is the last update.</summary>
    public bool HasEnded { get; init; }

    internal bool IsEmpty => Steps.IsEmpty && Events.IsEmpty && Owner is null && Trouble is null && !IsTroubleOver && !HasEnded;
}
