namespace Miyabi.Core.Agents;

/// <summary>The globs of <c>writes</c>: <c>*</c> and <c>?</c> within a segment, <c>**</c> as a whole segment for any number of
/// segments. Case counts.</summary>
/// <remarks>
/// "Any number" includes none: <c>core/**</c> matches <c>core</c> too. <c>*</c> stands for any number of characters, <c>?</c> for
/// exactly one.
/// Every other character stands for itself, brackets and braces too. Time is at most the product of both lengths.
/// </remarks>
public static class PathGlob
{
    /// <summary>Whether a relative path with forward slashes matches.</summary>
    public static bool IsMatch(string glob, string path)
    {
        var file = GlobPattern.OfPath(path);
        return !file.HasEmptySegment && GlobPattern.Overlap(GlobPattern.OfGlob(glob), file);
    }

    /// <summary>Whether some path can match both. Exact for the supported syntax.</summary>
    public static bool Overlaps(string one, string other) => GlobPattern.Overlap(GlobPattern.OfGlob(one), GlobPattern.OfGlob(other));

    /// <summary>Why a text is no usable glob (absolute, <c>..</c>, backslash, empty segment...); <see langword="null"/> if it is
    /// one.</summary>
    public static string? WhyInvalid(string glob) =>
        ArtifactPath.WhyUnsafeAsAWhole(glob) ?? glob.Split('/').Select(WhyInvalidSegment).FirstOrDefault(why => why is not null);

    private static string? WhyInvalidSegment(string segment)
    {
        if (segment == "**")
            return null;
        if (segment.Contains("**"))
            return "'**' must be a segment of its own";

        // '_' is in no reserved name, so what is still wrong is wrong with every name that the segment matches.
        return ArtifactPath.WhyUnsafeName(segment.Replace('*', '_').Replace('?', '_'));
    }
}
