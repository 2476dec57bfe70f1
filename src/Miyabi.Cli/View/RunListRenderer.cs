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
            Block.Write(console, [Line.Of(new Span("There are no runs in this store.", Look.Quiet))]);
            return;
        }

        // An id is there to be copied: it is never cut, but has a line of its own where it would be.
        var longest = runs.Max(run => PlainText.Width(PlainText.Clean(run.Run)));
        var ownLine = longest > width - 46;
        // By default a run's id begins with the plan's name, which needs no telling twice.
        var named = runs.Any(run => !run.Run.StartsWith(run.Plan, StringComparison.Ordinal));
        var grid = new Grid(
            look, new Column("Run", ownLine ? 0 : longest), new Column("Plan", 8, 24), new Column("State", 9),
                new Column("Tasks", 5, Right: true), new Column("Started (UTC)", 16), new Column("Took", 6, Right: true));
        foreach (var run in runs)
        {
            grid.Add(
                ownLine ? "" : PlainText.Clean(run.Run),
                named ? PlainText.Clean(run.Plan) : "",
                Look.State(run.State),
                run.Counts is { } counts ? $"{counts.Accepted}/{counts.Total}" : "",
                run.StartedAt is { } started ? $"{started.UtcDateTime:yyyy-MM-dd HH:mm}" : "",
                Look.Duration(run.EndedAt - run.StartedAt));
        }

        var lines = grid.Lines(ownLine ? width - 2 : width);
        if (ownLine)
            lines = [.. runs.Zip(lines.Skip(1), (run, line) =>
                new[] { Line.Of(PlainText.Clean(run.Run)), new Line([new Span("  ", Style.Plain), .. line.Spans]) })
                    .SelectMany(pair => pair)];
        foreach (var run in runs.Where(run => run.Reason is not null))
        {
            lines.Add(Line.Empty);
            lines.Add(Line.Of(new Span($"{PlainText.Clean(run.Run)} cannot be read:", Look.Bad)));
            lines.AddRange(PlainText.Wrap(PlainText.Clean(run.Reason!), width - 2).Select(text => Line.Of($"  {text}")));
        }

        Block.Write(console, lines);
    }
}
