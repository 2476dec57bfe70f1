namespace Miyabi.Cli.Doctor;

/// <summary>What kind of thing was left behind.</summary>
internal enum LeftoverKind
{
    /// <summary>The folder of a command agent's attempt that nobody uses.</summary>
    Workspace,

    /// <summary>A lapsed lease of a run that has ended.</summary>
    Lease,

    /// <summary>A document that did not stand up to verification and was put aside.</summary>
    Quarantined,

    /// <summary>A file of a write that was cut short.</summary>
    Write,

    /// <summary>The folder of a rehearsal that was cut short.</summary>
    Rehearsal,
}

/// <summary>What became of it.</summary>
internal enum LeftoverState
{
    /// <summary>It is there, and <c>--clean</c> would remove it.</summary>
    Found,

    /// <summary>It was removed.</summary>
    Removed,

    /// <summary>It is there, and still of use.</summary>
    Kept,

    /// <summary>It could not be removed.</summary>
    Failed,
}

/// <summary>Something that was left behind.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Run">Whose; <see langword="null"/> for what is no run's.</param>
/// <param name="Name">Its path or name; others may have chosen it.</param>
/// <param name="Since">When it was last changed; <see langword="null"/> where that is not known.</param>
/// <param name="Bytes">What it takes up.</param>
/// <param name="KeptFor">Why it is kept; <see langword="null"/>: it need not be.</param>
/// <param name="Remove">Removes it, after seeing again that nobody needs it. Answers whether it is gone.</param>
internal sealed record Leftover(
    LeftoverKind Kind, string? Run, string Name, DateTimeOffset? Since, long Bytes, string? KeptFor, Func<CancellationToken, Task<bool>> Remove)
{
    /// <summary>What became of it.</summary>
    internal LeftoverState State { get; init; } = KeptFor is null ? LeftoverState.Found : LeftoverState.Kept;
}

/// <summary>A run whose leftovers could not be told from what is needed, or another place that could not be looked at.</summary>
/// <param name="Place">The run's name, or the place.</param>
/// <param name="Reason">Why.</param>
/// <param name="Cure">What to do.</param>
internal sealed record Unreadable(string Place, string Reason, string Cure);

/// <summary>Looks for leftovers in one kind of place.</summary>
internal interface ILeftovers
{
    /// <summary>Finds them. Removes nothing.</summary>
    /// <param name="unreadable">Is told what cannot be looked at; the rest is found all the same.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    Task<IReadOnlyList<Leftover>> FindAsync(Action<Unreadable> unreadable, CancellationToken cancellationToken);
}
