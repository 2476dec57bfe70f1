namespace Miyabi.Core.Ledger;

/// <summary>The names that a store takes.</summary>
public static class BlobName
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxLength = 512;

    /// <summary>Whether a name is of segments <c>[A-Za-z0-9._-]+</c> joined by single slashes, none of them made of dots alone, and not too long.</summary>
    public static bool IsValid(string name)
    {
        if (name.Length is 0 or > MaxLength)
            return false;
        var onlyDots = true;
        var length = 0;
        foreach (var c in name)
        {
            if (c == '/')
            {
                if (length == 0 || onlyDots)
                    return false;
                (length, onlyDots) = (0, true);
                continue;
            }

            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
                return false;
            length++;
            onlyDots &= c == '.';
        }

        return length > 0 && !onlyDots;
    }

    /// <summary>Whether a prefix is empty, or a valid name with a slash behind it.</summary>
    public static bool IsPrefix(string prefix) => prefix.Length == 0 || (prefix[^1] == '/' && IsValid(prefix[..^1]));

    /// <summary>Throws for a name that no store takes: a bug of the caller, who checks ids before they become names.</summary>
    public static void Check(string name)
    {
        if (!IsValid(name))
            throw new ArgumentException($"'{name}' is no blob name.", nameof(name));
    }
}
