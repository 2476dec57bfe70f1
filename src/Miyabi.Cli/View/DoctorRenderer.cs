using Miyabi.Cli.Doctor;
using Spectre.Console;

namespace Miyabi.Cli.View;

/// <summary>Shows what <c>doctor</c> found.</summary>
internal static class DoctorRenderer
{
    private const int MaxLeftovers = 100;

    /// <summary>Writes it.</summary>
    /// <param name="console">Where.</param>
    /// <param name="diagnosis">What was found.</param>
    /// <param name="store">What suggested commands need to find the same store, with a blank before it; may be empty.</param>
    internal static void Render(IAnsiConsole console, Diagnosis diagnosis, string store)
    {
        var look = Look.Of(console);
        var width = console.Profile.Width;
        var lines = Checks(diagnosis, width);
        lines.Add(Line.Empty);
        lines.Add(Verdict(diagnosis));
        var command = diagnosis.Leftovers.Any(found => found.State == LeftoverState.Found) ? $"miyabi doctor --clean{store}" : null;
        if (!diagnosis.Leftovers.IsEmpty)
            lines.AddRange(Leftovers(diagnosis, look, width));
        foreach (var unreadable in diagnosis.Unreadable)
        {
            lines.Add(Line.Empty);
            lines.AddRange(PlainText.Wrap(PlainText.Clean($"{unreadable.Place} cannot be looked at:"), width).Select(text => Line.Of(new Span(text, Look.Warning))));
            lines.AddRange(Wrapped($"{unreadable.Reason} {unreadable.Cure}", 2, width, Style.Plain));
        }

        if (command is null)
        {
            Block.Write(console, lines);
            return;
        }

        Block.Write(console, [.. lines, Line.Empty]);
        console.Profile.Out.Writer.WriteLine($"Remove them: {command}"); // never cut: it is there to be copied
        console.Profile.Out.Writer.Flush();
    }

    private static List<Line> Checks(Diagnosis diagnosis, int width)
    {
        const int StateWidth = 9;
        var nameWidth = diagnosis.Checks.Select(check => check.Name.Length).Append(5).Max() + 2;
        var indent = nameWidth + StateWidth;
        List<Line> lines = [Line.Of(new Span($"{"Check".PadRight(nameWidth)}{"State",-StateWidth}Found", Look.Quiet))];
        foreach (var check in diagnosis.Checks)
        {
            var found = PlainText.Wrap(PlainText.Clean(check.Found), Math.Max(width - indent, 20)).ToList();
            lines.Add(Line.Of(check.Name.PadRight(nameWidth), State(check.State, StateWidth), found[0]));
            lines.AddRange(found.Skip(1).Select(text => Line.Of(new string(' ', indent), text)));
            if (check.Cure is { } cure)
                lines.AddRange(Wrapped($"Cure: {cure}", indent, width, Look.Title));
        }

        return lines;
    }

    private static IEnumerable<Line> Wrapped(string text, int indent, int width, Style style) =>
        PlainText.Wrap(PlainText.Clean(text), Math.Max(width - indent, 20)).Select(line => Line.Of(new string(' ', indent), new Span(line, style)));

    private static Span State(CheckState state, int width) => state switch
    {
        CheckState.Ok => new("ok".PadRight(width), Look.Good),
        CheckState.Warning => new("warning".PadRight(width), Look.Warning),
        _ => new("missing".PadRight(width), Look.Bad),
    };

    private static Line Verdict(Diagnosis diagnosis)
    {
        var missing = diagnosis.Checks.Count(check => check.State == CheckState.Missing);
        var warnings = diagnosis.Checks.Count(check => check.State == CheckState.Warning);
        var also = warnings > 0 ? $" {Counted(warnings, "warning")}." : "";
        return missing > 0
            ? Line.Of(new Span($"{Counted(missing, "thing")} that a run needs {(missing == 1 ? "is" : "are")} missing.", Look.Bad), also)
            : Line.Of(new Span("All that a run needs is there.", Look.Good), also);
    }

    private static IEnumerable<Line> Leftovers(Diagnosis diagnosis, Look look, int width)
    {
        var grid = new Grid(
            look, new Column("Leftover", 11), new Column("Run", 6, 24), new Column("Name", 10), new Column("Age", 4, Right: true), new Column("Size", 8, Right: true),
                new Column("", 7));
        foreach (var found in diagnosis.Leftovers.Take(MaxLeftovers))
        {
            grid.Add(
                Word(found.Kind),
                PlainText.Clean(found.Run ?? look.Dash),
                PlainText.Clean(found.Name),
                Age(diagnosis.At - found.Since),
                Size.Of(found.Bytes),
                Became(found.State));
        }

        yield return Line.Empty;
        foreach (var line in grid.Lines(width))
            yield return line;
        if (diagnosis.Leftovers.Length > MaxLeftovers)
            yield return Line.Of(new Span($"{look.Ellipsis} and {diagnosis.Leftovers.Length - MaxLeftovers} more; --json has all", Look.Quiet));
        yield return Line.Empty;
        foreach (var (state, text) in Totals)
        {
            var those = diagnosis.Leftovers.Where(found => found.State == state).ToList();
            if (those.Count > 0)
                yield return Line.Of($"{Counted(those.Count, "leftover")} ({Size.Of(those.Sum(found => found.Bytes))}) {text}");
        }
    }

    private static readonly (LeftoverState State, string Text)[] Totals =
    [
        (LeftoverState.Found, "can be removed."),
        (LeftoverState.Removed, "removed."),
        (LeftoverState.Kept, "kept: still in use, of a run at work, or of one that cannot be read."),
        (LeftoverState.Failed, "could not be removed; they are in use by now, or this user may not."),
    ];

    private static string Word(LeftoverKind kind) => kind switch
    {
        LeftoverKind.Write => "write",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static Span Became(LeftoverState state) => state switch
    {
        LeftoverState.Found => new Span("", Style.Plain),
        LeftoverState.Removed => new("removed", Look.Good),
        LeftoverState.Kept => new("kept", Look.Quiet),
        _ => new("failed", Look.Bad),
    };

    private static string Age(TimeSpan? age) => age switch
    {
        null => "",
        { TotalDays: >= 2 } days => $"{(int)days.TotalDays}d",
        { } shorter => Look.Duration(shorter),
    };

    private static string Counted(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";
}
