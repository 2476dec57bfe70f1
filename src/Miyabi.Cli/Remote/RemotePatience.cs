namespace Miyabi.Cli.Remote;

/// <summary>How long a function app is waited for.</summary>
internal sealed record RemotePatience
{
    /// <summary>To be connected.</summary>
    internal TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For an answer to begin. An app that slept takes its time; a long poll takes 25 s.</summary>
    internal TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(90);

    /// <summary>For an answer to end, besides what its size explains.</summary>
    internal TimeSpan Content { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes a second that a line carries at least.</summary>
    internal double BytesPerSecond { get; init; } = 32 * 1024;

    /// <summary>How often a request is sent at most.</summary>
    internal int Tries { get; init; } = 4;

    /// <summary>Before the second try; doubled for each.</summary>
    internal TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest pause, whatever an answer's <c>Retry-After</c> says.</summary>
    internal TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(10);
}
