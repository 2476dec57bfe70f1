namespace Miyabi.Core.Agents;

/// <summary>The path of a produced file: relative, forward slashes, safe to lay out on any system.</summary>
public static class ArtifactPath
{
    /// <summary>Why a path is not safe (absolute, <c>..</c>, <c>.</c>, control characters, backslash, colon, a reserved name, a trailing dot or space, too long...); <see langword="null"/> if it is.</summary>
    public static string? WhyUnsafe(string path) => throw new NotSupportedException("to come");

    /// <summary>Whether a single name (no slash) is reserved or not allowed as a file name on some system, e.g. <c>CON</c>, <c>nul.txt</c>, <c>a.</c>.</summary>
    public static bool IsReservedName(string name) => throw new NotSupportedException("to come");
}
