namespace Miyabi.Core.Agents;

/// <summary>A glob, or a path, taken apart into segments of code points, so that many can be compared with each other.</summary>
internal sealed class GlobPattern
{
    private const int AnyNumber = -1;
    private const int AnyOne = -2;

    private static readonly int[] AnySegments = [AnyNumber, AnyNumber];

    private readonly int[][] _segments;

    private GlobPattern(string text, bool wildcards) =>
        _segments = [.. text.Split('/').Select(segment => wildcards && segment == "**" ? AnySegments : Tokens(segment, wildcards))];

    /// <summary>Whether some segment has no characters, which no path has.</summary>
    public bool HasEmptySegment => _segments.Any(segment => segment.Length == 0);

    /// <summary>A glob, with its wildcards.</summary>
    public static GlobPattern OfGlob(string glob) => new(glob, wildcards: true);

    /// <summary>A path: every character stands for itself.</summary>
    public static GlobPattern OfPath(string path) => new(path, wildcards: false);

    /// <summary>The start that every matching path has: what stands before the first wildcard.</summary>
    public static string LiteralStart(string glob)
    {
        var wildcard = glob.AsSpan().IndexOfAny('*', '?');
        if (wildcard < 0)
            return glob;

        // The slash before '**' goes too, as 'core/**' matches 'core'.
        return glob.AsSpan(wildcard).StartsWith("**") ? glob[..wildcard].TrimEnd('/') : glob[..wildcard];
    }

    /// <summary>The end that every matching path has: what stands behind the last wildcard.</summary>
    public static string LiteralEnd(string glob)
    {
        // The slash behind '**' goes too, as '**/a' matches 'a'.
        var end = glob[(glob.AsSpan().LastIndexOfAny('*', '?') + 1)..];
        return end.Length == glob.Length ? glob : end.TrimStart('/');
    }

    /// <summary>Whether some path matches both.</summary>
    public static bool Overlap(GlobPattern one, GlobPattern other) =>
        CanMeet(one._segments, other._segments, segment => ReferenceEquals(segment, AnySegments), SegmentsOverlap);

    private static bool SegmentsOverlap(int[] one, int[] other) =>
        CanMeet(one, other, token => token == AnyNumber, (a, b) => a == b || a == AnyOne || b == AnyOne);

    private static int[] Tokens(string segment, bool wildcards) =>
    [
        .. segment.EnumerateRunes().Select(rune => rune.Value switch
        {
            '*' when wildcards => AnyNumber,
            '?' when wildcards => AnyOne,
            var value => value,
        }),
    ];

    /// <summary>
    /// Whether two sequences with wildcards have a sequence in common: from the pair of starts, which pairs of places can be reached
    /// by reading the same thing in both? A wildcard may end, or take the other's next item.
    /// </summary>
    private static bool CanMeet<T>(T[] one, T[] other, Func<T, bool> isAny, Func<T, T, bool> meet)
    {
        var row = new bool[other.Length + 1];
        var next = new bool[other.Length + 1];
        row[0] = true;
        for (var i = 0; i <= one.Length; i++)
        {
            var any = i < one.Length && isAny(one[i]);
            var reached = false;
            Array.Clear(next);
            for (var j = 0; j <= other.Length; j++)
            {
                if (!row[j])
                    continue;
                reached = true;
                var otherAny = j < other.Length && isAny(other[j]);
                if (j < other.Length && (any || otherAny))
                    row[j + 1] = true;
                if (i < one.Length && (any || otherAny))
                    next[j] = true;
                if (i < one.Length && j < other.Length && !any && !otherAny && meet(one[i], other[j]))
                    next[j + 1] = true;
            }

            if (!reached)
                return false;
            if (i < one.Length)
                (row, next) = (next, row);
        }

        return row[other.Length];
    }
}
