namespace Miyabi.Agents.Models;

/// <summary>How many calls a provider and its model get from one process, and how long is waited when they are too many.</summary>
public sealed record ModelLimits
{
    /// <summary>Calls at once, 1 to 1,000. Default: 8. Reached step by step: the first calls go two at a time, and each that is answered lets one more.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>Calls in any 60 s, 1 or more. Default: <see langword="null"/>, as many as there are.</summary>
    public int? RequestsPerMinute { get; init; }

    /// <summary>
    /// Tokens in any 60 s, in and out, 1 or more; before a call its size is estimated. Default: <see langword="null"/>, as many as there are. A call that is larger
    /// on its own goes when there was none for 60 s.
    /// </summary>
    public long? TokensPerMinute { get; init; }

    /// <summary>
    /// How long an attempt that was turned away as one too many goes on waiting for its turn, in all, more than 0. Default: 10 min. Then it has failed, and the
    /// task's retry policy decides. Its timeout counts too.
    /// </summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The longest wait that a provider may ask for, more than 0; one that asks for more is asked again after this. Default: 2 min.</summary>
    public TimeSpan RetryAfterCap { get; init; } = TimeSpan.FromMinutes(2);
}
