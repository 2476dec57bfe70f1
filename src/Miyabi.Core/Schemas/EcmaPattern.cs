using System.Text;
using System.Text.RegularExpressions;

namespace Miyabi.Core.Schemas;

/// <summary>Makes a .NET expression, which matches in time linear to the text, from one of ECMAScript, as JSON Schema has them.</summary>
/// <remarks>
/// Translated is what the two read differently: <c>$</c> (.NET lets a line feed follow), <c>.</c>, <c>\d</c> and <c>\w</c> (.NET takes
/// all of Unicode's),
/// <c>[</c> inside a class (.NET subtracts). Look-around and back-references take more than linear time, so they are not supported.
/// </remarks>
internal static class EcmaPattern
{
    /// <summary>The longest pattern, in characters.</summary>
    public const int MaxLength = 1000;

    /// <summary>For one match. Linear time times a large expression can still be long.</summary>
    public static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    /// <summary>The expression, or why there is none.</summary>
    public static (Regex? Regex, string? Why) Read(string pattern)
    {
        if (pattern.Length > MaxLength)
            return (null, $"is longer than {MaxLength} characters");
        var (translated, why) = Translate(pattern);
        if (translated is null)
            return (null, why);
        try
        {
            return (new Regex(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, MatchTimeout), null);
        }
        catch (ArgumentException e)
        {
            return (null, $"is no regular expression: {e.Message}");
        }
        catch (NotSupportedException)
        {
            return (null, "uses look-around, back-references or counts that cannot be matched in linear time");
        }
    }

    private static (string? Translated, string? Why) Translate(string pattern)
    {
        var result = new StringBuilder();
        var inClass = false;
        for (var i = 0; i < pattern.Length; i++)
        {
            var c = pattern[i];
            if (c == '\\')
            {
                if (++i == pattern.Length)
                    return (null, "ends in a backslash");
                if (Escape(pattern[i], inClass) is not { } escape)
                    return (null, $"has '\\{pattern[i]}'{(inClass ? " in a class" : "")}, which is not supported");
                result.Append(escape);
            }
            else if (inClass)
            {
                inClass = c != ']';
                result.Append(c == '[' ? "\\[" : c.ToString());
            }
            else if (c == '[')
            {
                if (pattern.AsSpan(i).StartsWith("[]") || pattern.AsSpan(i).StartsWith("[^]"))
                    return (null, "has an empty class");
                inClass = true;
                result.Append(c);
            }
            else if (c == '(' && pattern.AsSpan(i).StartsWith("(?") && !pattern.AsSpan(i).StartsWith("(?:") && !IsNamedGroup(pattern.AsSpan(i)))
            {
                return (null, "has a group that is not supported: only (...), (?:...) and (?<name>...) are");
            }
            else
            {
                result.Append(c switch { '$' => "\\z", '.' => "[^\\n\\r\\u2028\\u2029]", _ => c.ToString() });
            }
        }

        return (result.ToString(), null);
    }

    private static bool IsNamedGroup(ReadOnlySpan<char> rest) =>
        rest.Length > 3 && rest[2] == '<' && (char.IsAsciiLetter(rest[3]) || rest[3] is '_' or '$');

    private static string? Escape(char c, bool inClass) => c switch
    {
        'd' => inClass ? "0-9" : "[0-9]",
        'w' => inClass ? "A-Za-z0-9_" : "[A-Za-z0-9_]",
        'D' => inClass ? null : "[^0-9]",
        'W' => inClass ? null : "[^A-Za-z0-9_]",
        's' or 'S' or 't' or 'n' or 'r' or 'f' or 'v' or '0' or 'x' or 'u' or 'c' or 'p' or 'P' => $"\\{c}",
        'b' => "\\b",
        'B' => inClass ? null : "\\B",
        _ when char.IsAsciiLetterOrDigit(c) => null,
        _ => Regex.Escape(c.ToString()) is { Length: 2 } escaped ? escaped : $"\\{c}",
    };
}
