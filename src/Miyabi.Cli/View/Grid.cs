namespace Miyabi.Cli.View;

/// <summary>A column of a grid.</summary>
/// <param name="Header">Its title; may be empty.</param>
/// <param name="Min">It is not made narrower than this, or than what is in it.</param>
/// <param name="Max">Nor wider.</param>
/// <param name="Right">Aligned to the right.</param>
internal sealed record Column(string Header, int Min, int Max = int.MaxValue, bool Right = false);

/// <summary>Cells in columns, within a width: columns give way, widest first, and cells are cut.</summary>
internal sealed class Grid(Look look, params Column[] columns)
{
    private const int Gap = 2;

    private readonly List<Span[][]> rows = [];

    /// <summary>Adds a row: a cell for each column.</summary>
    internal void Add(params Span[] cells) => rows.Add([.. cells.Select(cell => new[] { cell })]);

    /// <summary>Adds a row with cells of several pieces.</summary>
    internal void AddRich(params Span[][] cells) => rows.Add(cells);

    /// <summary>The rows as lines, with the header if there is one; columns with nothing in them are left out.</summary>
    internal List<Line> Lines(int width)
    {
        var hasHeader = columns.Any(column => column.Header.Length > 0);
        var natural = columns.Select((column, i) => rows.Select(row => WidthOf(row[i])).DefaultIfEmpty().Max()).ToArray();
        var widths = columns.Select((column, i) => natural[i] == 0 ? 0
            : Math.Min(Math.Max(natural[i], column.Header.Length), column.Max)).ToArray();
        Shrink(widths, width - (Gap * (widths.Count(w => w > 0) - 1)));
        List<Line> lines = [];
        if (hasHeader)
            lines.Add(LineOf([.. columns.Select(column => new[] { new Span(column.Header, Look.Quiet) })], widths));
        lines.AddRange(rows.Select(row => LineOf(row, widths)));
        return lines;
    }

    private void Shrink(int[] widths, int room)
    {
        while (widths.Sum() > room)
        {
            var widest = Enumerable.Range(0, widths.Length).MaxBy(i => widths[i] - Math.Min(columns[i].Min, widths[i]));
            if (widths[widest] <= columns[widest].Min)
                return;
            widths[widest]--;
        }
    }

    private Line LineOf(Span[][] row, int[] widths)
    {
        List<Span> spans = [];
        for (var i = 0; i < columns.Length; i++)
        {
            if (widths[i] == 0)
                continue;
            if (spans.Count > 0)
                spans.Add(new string(' ', Gap));
            var cell = Line.Of(row[i]).Cut(widths[i], look.Unicode);
            var padding = new string(' ', Math.Max(widths[i] - cell.Width, 0));
            if (columns[i].Right)
                spans.Add(padding);
            spans.AddRange(cell.Spans);
            if (!columns[i].Right)
                spans.Add(padding);
        }

        while (spans.Count > 0 && string.IsNullOrWhiteSpace(spans[^1].Text))
            spans.RemoveAt(spans.Count - 1);
        return Line.Of([.. spans]);
    }

    private static int WidthOf(Span[] cell) => cell.Sum(span => PlainText.Width(span.Text));
}
