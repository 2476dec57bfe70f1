namespace Miyabi.Core.Runs;

/// <summary>Who carries a run out, as far as its documents tell.</summary>
/// <param name="Number">The owner's number; 0: nobody has begun yet.</param>
/// <param name="Host">For people: its machine; empty where it is not known. Untrusted text.</param>
/// <param name="Until">Until when its lease holds; <see langword="null"/> without an owner.</param>
/// <param name="IsAtWork">Whether the lease holds and its holder is not known to be dead.</param>
public sealed record RunOwner(int Number, string Host, DateTimeOffset? Until, bool IsAtWork)
{
    /// <summary>The engine's instance that is the owner; <see langword="null"/>: a process is.</summary>
    public string? Instance { get; init; }

    /// <summary>A run that nobody has begun to carry out.</summary>
    public static RunOwner None { get; } = new(0, "", null, false);
}
