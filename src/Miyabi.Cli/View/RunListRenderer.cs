using Miyabi.Core.Runs;
using Spectre.Console;

namespace Miyabi.Cli.View;

/// <summary>Shows the runs of a store, for <c>list</c>.</summary>
internal static class RunListRenderer
{
    internal static void Render(IAnsiConsole console, IReadOnlyCollection<RunSummary> runs)
    {
        var look = Look.Of(console);
        var width = console.Profile.Width;
        if (runs.Count == 0)
        {
            console.Write(new Block([Line.Of(new Span("There are no runs in this store.", Look.Quiet))], look.Unicode));
            return;
        }

        var grid = new Grid(
            look, new Column("Run", 20, 64), new Column("Plan", 8, 24), new Column("State", 9), new Column("Tasks", 5, Right: true), new Column("Started (UTC)", 16), new Column("Took", 6, Right: true));
        foreach (var run in runs)
        {
            grid.Add(
                PlainText.Clean(run.Run),
                PlainText.Clean(run.Plan),
                Look.State(run.State),
                run.Counts is { } counts ? $"{counts.Accepted}/{counts.Total}" : "",
                run.StartedAt is { } started ? $"{started.UtcDateTime:yyyy-MM-dd HH:mm}" : "",
                Look.Duration(run.EndedAt - run.StartedAt));
        }

        var lines = grid.Lines(width);
        foreach (var run in runs.Where(run => run.Reason is not null))
        {
            lines.Add(Line.Empty);
            lines.Add(Line.Of(new Span($"{PlainText.Clean(run.Run)} cannot be read:", Look.Bad)));
            lines.AddRange(PlainText.Wrap(PlainText.Clean(run.Reason!), width - 2).Select(text => Line.Of($"  {text}")));
        }

        console.Write(new Block(lines, look.Unicode));
    }
}
