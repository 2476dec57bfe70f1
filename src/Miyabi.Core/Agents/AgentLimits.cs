namespace Miyabi.Core.Agents;

/// <summary>What an attempt may put out. Beyond any of these the attempt is a failed one (<see cref="FailureKind.InvalidOutput"/>).</summary>
public static class AgentLimits
{
    /// <summary>The output as JSON: 16 MiB.</summary>
    public const int MaxOutputBytes = 16 * 1024 * 1024;

    /// <summary>Files of an attempt.</summary>
    public const int MaxFiles = 10_000;

    /// <summary>One file: 64 MiB.</summary>
    public const int MaxFileBytes = 64 * 1024 * 1024;

    /// <summary>All files of an attempt together: 256 MiB.</summary>
    public const long MaxTotalFileBytes = 256L * 1024 * 1024;

    /// <summary>A file's relative path, in UTF-8 bytes.</summary>
    public const int MaxPathBytes = 400;

    /// <summary>The end of standard error that is kept: 64 KiB.</summary>
    public const int MaxErrorTailBytes = 64 * 1024;

    /// <summary>A failure's message, in characters.</summary>
    public const int MaxMessageCharacters = 4_000;
}
