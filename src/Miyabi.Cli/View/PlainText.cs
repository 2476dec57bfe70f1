using System.Globalization;
using System.Text;
using Spectre.Console.Rendering;

namespace Miyabi.Cli.View;

/// <summary>Text of others, made fit for a line of a terminal: what it measures, and no way to steer the terminal.</summary>
internal static class PlainText
{
    /// <summary>Without control characters, marks of direction and the like; every white space is one blank.</summary>
    internal static string Clean(string text)
    {
        if (text.All(c => c is >= ' ' and <= '~'))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (rune.Value is '\n' or '\r' or '\t'
                || category is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                clean.Append(' ');
            else if (!IsUnseen(category) && rune.Value != 0xFE0F) // asks for a wide emoji, which terminals measure differently
                clean.Append(rune.ToString());
        }

        return clean.ToString();
    }

    /// <summary>How many columns a clean text takes.</summary>
    internal static int Width(string text) => text.All(char.IsAscii) ? text.Length : text.EnumerateRunes().Sum(Width);

    /// <summary>As much of a clean text as fits, with a mark where something is left out.</summary>
    internal static string Cut(string text, int width, bool unicode)
    {
        if (width <= 0)
            return "";
        if (text.Length <= width && Width(text) <= width)
            return text;
        var mark = unicode ? "…" : width > 3 ? "..." : "";
        return Start(text, width - mark.Length) is { } start && start.Length < text.Length ? start.TrimEnd(' ') + mark : text;
    }

    /// <summary>A clean text in lines of at most a width; broken at blanks where there are any.</summary>
    internal static IEnumerable<string> Wrap(string text, int width)
    {
        var rest = text.Trim(' ');
        while (Width(rest) > width)
        {
            var start = Start(rest, width);
            if (start.Length == 0)
                break; // not even one character fits
            var blank = rest[start.Length] == ' ' ? start.Length : start.LastIndexOf(' ');
            var length = blank > 0 ? blank : start.Length;
            yield return rest[..length].TrimEnd(' ');
            rest = rest[length..].TrimStart(' ');
        }

        yield return rest;
    }

    private static string Start(string text, int width)
    {
        var (columns, length, runes) = (0, 0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            columns += Width(rune);
            // Marks that take no column could be put onto one character without end.
            if (columns > width || ++runes > 4 * width)
                break;
            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }

    private static int Width(Rune rune) => rune.IsAscii ? 1 : new Segment(rune.ToString()).CellCount();

    private static bool IsUnseen(UnicodeCategory category) =>
        category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned;
}
