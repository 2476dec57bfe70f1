using System.Globalization;
using System.Text;

namespace Miyabi.Samples.RepoReport.Reporting;

/// <summary>Writes Markdown in which no name of a file or a person can be anything but a name.</summary>
internal sealed class Markdown
{
    private const string Special = "\\`*_[]<>~&$";

    private readonly StringBuilder _text = new();

    /// <summary>A heading of level 1 to 6, from text that is not Markdown.</summary>
    public void Heading(int level, string text) => Block($"{new string('#', level)} {Text(text)}");

    /// <summary>A paragraph or list that is Markdown already; nothing if it is empty.</summary>
    public void Block(string markdown)
    {
        if (markdown.Length > 0)
            _text.Append(markdown).Append("\n\n");
    }

    /// <summary>A list of lines that are Markdown already; nothing for none.</summary>
    public void List(IEnumerable<string> items)
    {
        var lines = string.Join('\n', items.Select(item => "- " + item));
        if (lines.Length > 0)
            Block(lines);
    }

    /// <summary>A table of cells that are Markdown already; the sentence instead when there is no row.</summary>
    /// <param name="headings">A heading that begins with <c>></c> has numbers below it, to the right.</param>
    /// <param name="rows">Cells in order.</param>
    /// <param name="none">What stands in place of an empty table.</param>
    public void Table(IReadOnlyList<string> headings, IEnumerable<string[]> rows, string none)
    {
        var lines = rows.Select(Row).ToList();
        if (lines.Count == 0)
        {
            Block(none);
            return;
        }

        var rule = Row([.. headings.Select(heading => heading.StartsWith('>') ? "---:" : "---")]);
        Block($"{Row([.. headings.Select(heading => heading.TrimStart('>'))])}\n{rule}\n{string.Join('\n', lines)}");
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString().TrimEnd('\n') + "\n";

    /// <summary>Text as it is, on one line.</summary>
    public static string Text(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '|')
                result.Append("&#124;"); // a backslash before it would not do after another backslash
            else if (rune.IsAscii && Special.Contains((char)rune.Value, StringComparison.Ordinal))
                result.Append('\\').Append((char)rune.Value);
            else
                result.Append(Visible(rune));
        }

        return result.ToString();
    }

    /// <summary>A path or a line of code.</summary>
    public static string Code(string text)
    {
        if (text.AsSpan().IndexOfAny('|', '`') >= 0 || text.Trim().Length != text.Length || text.Length == 0)
            return Text(text);
        return $"`{string.Concat(text.EnumerateRunes().Select(Visible))}`";
    }

    /// <summary>A number with separators of thousands.</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Bytes in the unit that suits them.</summary>
    public static string Size(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
        < 1024L * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024.0:0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024.0 / 1024.0:0.0} GiB"),
    };

    /// <summary>A part of a whole in percent.</summary>
    public static string Percent(long part, long whole) =>
        whole == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:0.0} %");

    /// <summary>A number and its noun, which takes an s unless there is one.</summary>
    public static string Count(long number, string noun, string? plural = null) =>
        $"{Number(number)} {(number == 1 ? noun : plural ?? noun + "s")}";

    private static string Row(string[] cells) => $"| {string.Join(" | ", cells)} |";

    /// <summary>Line ends would break a table; marks that turn the direction of writing would make a name look like another.</summary>
    private static string Visible(Rune rune) => rune.Value switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator ? $"\\u{rune.Value:X4}" : rune.ToString(),
    };
}
