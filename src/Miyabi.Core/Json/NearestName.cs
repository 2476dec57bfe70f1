namespace Miyabi.Core.Json;

/// <summary>Finds the name that a person may have meant.</summary>
public static class NearestName
{
    private const int MaxLength = 64;

    /// <summary>The known name with the fewest edits (characters changed, added, left out or swapped) from a wrong one, ignoring case;
    /// <see langword="null"/> if none is near.</summary>
    public static string? Of(string wrong, IEnumerable<string> known)
    {
        if (wrong.Length is 0 or > MaxLength)
            return null;
        string? nearest = null;
        var limit = Math.Max(1, wrong.Length / 3) + 1;
        foreach (var name in known)
        {
            if (name.Length > MaxLength || Math.Abs(name.Length - wrong.Length) >= limit)
                continue;
            var distance = Distance(wrong, name, limit);
            if (distance < limit)
                (nearest, limit) = (name, distance);
        }

        return nearest;
    }

    /// <summary>The number of edits, or <paramref name="limit"/> if there are at least so many.</summary>
    private static int Distance(string one, string other, int limit)
    {
        Span<int> before = stackalloc int[MaxLength + 1];
        Span<int> last = stackalloc int[MaxLength + 1];
        Span<int> row = stackalloc int[MaxLength + 1];
        for (var j = 0; j <= other.Length; j++)
            last[j] = j;
        for (var i = 1; i <= one.Length; i++)
        {
            row[0] = i;
            var least = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var cost = Same(one[i - 1], other[j - 1]) ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + cost);
                if (i > 1 && j > 1 && Same(one[i - 1], other[j - 2]) && Same(one[i - 2], other[j - 1]))
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                least = Math.Min(least, row[j]);
            }

            if (least >= limit)
                return limit;
            var spare = before;
            before = last;
            last = row;
            row = spare;
        }

        return Math.Min(limit, last[other.Length]);
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
