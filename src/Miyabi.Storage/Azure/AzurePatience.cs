namespace Miyabi.Storage.Azure;

/// <summary>How long a store in Azure is waited for.</summary>
/// <remarks>
/// A try that fails in a way that may pass (no connection, no answer in time, 408, 429, 500, 502, 503, 504) is made again after 0.4 s,
/// doubling up to 5 s, a fifth more or less by chance, or later if the service says so. The last may begin when the patience ends, so an
/// operation takes at most a wait and a try longer: some 110 s. The numbers are ours: a store that is away for 30 s must be survived, so
/// <see cref="Known"/> is three times that; who has typed a wrong address should not wait much longer than <see cref="First"/>.
/// </remarks>
internal sealed record AzurePatience
{
    /// <summary>How long tries are made while the store has never answered this process. Default: 10 s.</summary>
    internal TimeSpan First { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long tries are made once it has answered. Default: 90 s.</summary>
    internal TimeSpan Known { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>How long one try may take, beside <see cref="PerByte"/>. Default: 15 s; for a store that has never answered, at most <see cref="First"/>.</summary>
    internal TimeSpan Try { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How many seconds longer a try may take for each byte that it sends: 256 KiB/s, a slow line's speed.</summary>
    internal static readonly double PerByte = 1.0 / (256 * 1024);

    /// <summary>The first wait between tries.</summary>
    internal static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(0.4);

    /// <summary>The longest wait between tries: a store that is back is noticed within it.</summary>
    internal static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);
}
