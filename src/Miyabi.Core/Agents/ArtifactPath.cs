using System.Buffers;
using System.Text;

namespace Miyabi.Core.Agents;

/// <summary>The path of a produced file: relative, forward slashes, safe to lay out on any system.</summary>
public static class ArtifactPath
{
    /// <summary>The longest name of one file or folder that every common file system takes, in UTF-8 bytes.</summary>
    private const int MaxNameBytes = 255;

    private static readonly SearchValues<char> Forbidden = SearchValues.Create("<>:\"|?*\\/");

    // Superscript digits count too: Windows takes COM¹ for COM1.
    private static readonly HashSet<string> Devices = new(
        new[] { "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$" }
            .Concat("0123456789¹²³".SelectMany(digit => new[] { $"COM{digit}", $"LPT{digit}" })),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Why a path is not safe (absolute, <c>..</c>, <c>.</c>, control characters, backslash, colon, a reserved name, a
    /// trailing dot or space, too long...); <see langword="null"/> if it is.</summary>
    /// <remarks>At most <see cref="AgentLimits.MaxPathBytes"/> in UTF-8.</remarks>
    public static string? WhyUnsafe(string path) =>
        WhyUnsafeAsAWhole(path) ?? path.Split('/').Select(WhyUnsafeName).FirstOrDefault(why => why is not null);

    /// <summary>Whether a single name (no slash) is reserved or not allowed as a file name on some system, e.g. <c>CON</c>,
    /// <c>nul.txt</c>, <c>a.</c>.</summary>
    public static bool IsReservedName(string name) => !IsWellFormed(name) || WhyUnsafeName(name) is not null;

    /// <summary>What paths and globs have in common.</summary>
    internal static string? WhyUnsafeAsAWhole(string path)
    {
        if (path.Length == 0)
            return "it is empty";
        if (path.Length > AgentLimits.MaxPathBytes || Encoding.UTF8.GetByteCount(path) > AgentLimits.MaxPathBytes)
            return $"it is longer than {AgentLimits.MaxPathBytes} bytes";
        if (!IsWellFormed(path))
            return "it is not valid Unicode";
        if (path[0] == '/')
            return "it is absolute";
        if (path.Contains('\\'))
            return "it has a backslash; use forward slashes";
        return null;
    }

    /// <summary>Why a name of one file or folder is not safe.</summary>
    internal static string? WhyUnsafeName(string name) => name switch
    {
        "" => "it has an empty segment",
        "." or ".." => $"it has a segment '{name}'",
        _ when name.Any(IsHidden) => "it has a control character",
        _ when name.AsSpan().IndexOfAny(Forbidden) is >= 0 and var at => $"it has the character '{name[at]}', which some systems do not allow",
        _ when name[^1] is '.' or ' ' => "a segment ends in a dot or a space",
        _ when Encoding.UTF8.GetByteCount(name) > MaxNameBytes => $"it has a segment of more than {MaxNameBytes} bytes",
        _ when Devices.Contains(name.Split('.')[0].TrimEnd(' ')) => $"'{name}' is a reserved name on some systems",
        _ => null,
    };

    /// <summary>Control characters, and those that make a text look like another one: line separators and changes of direction.</summary>
    private static bool IsHidden(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }

        return true;
    }
}
