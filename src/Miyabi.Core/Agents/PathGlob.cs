namespace Miyabi.Core.Agents;

/// <summary>The globs of <c>writes</c>: <c>*</c> and <c>?</c> within a segment, <c>**</c> as a whole segment for any number of segments. Case counts.</summary>
public static class PathGlob
{
    /// <summary>Whether a relative path with forward slashes matches.</summary>
    public static bool IsMatch(string glob, string path) => throw new NotSupportedException("to come");

    /// <summary>Whether some path can match both. Exact for the supported syntax.</summary>
    public static bool Overlaps(string one, string other) => throw new NotSupportedException("to come");

    /// <summary>Why a text is no usable glob (absolute, <c>..</c>, backslash, empty segment...); <see langword="null"/> if it is one.</summary>
    public static string? WhyInvalid(string glob) => throw new NotSupportedException("to come");
}
