using Miyabi.Core.Scheduling;
using Spectre.Console;

namespace Miyabi.Cli.View;

/// <summary>Shows what a run of a plan would be like, for <c>plan</c>.</summary>
internal static class PlanRenderer
{
    private const int MaxLinesOfWave = 8;
    private const int MaxLinesOfPath = 6;

    internal static void Render(IAnsiConsole console, RunPlan plan, CriticalPath path, Forecast forecast)
    {
        var look = Look.Of(console);
        var width = console.Profile.Width;
        List<Line> lines =
        [
            Line.Of(new Span(PlainText.Clean(plan.Plan.Name), Look.Title)),
            .. PlainText.Wrap(PlainText.Clean(plan.Plan.Description), width).Where(text => text.Length > 0)
                .Select(text => Line.Of(new Span(text, Look.Quiet))),
            Line.Empty,
            Fact("Tasks", $"{plan.TaskCount} in {Many(plan.Waves.Length, "wave")}, for {Many(plan.Plan.Agents.Length, "agent")}"),
            Fact("Schedule", $"{plan.Schedule.ToString().ToLowerInvariant()}, at most {plan.MaxParallel} at once"),
            Fact("Expected", $"{Look.Duration(forecast.Makespan)}, if every task takes its estimate and succeeds"),
            Fact("At the peak", $"{Many(forecast.PeakParallelism, "task")} at once"),
            .. List("Critical", string.Join(look.Unicode ? " → " : " > ", path.Tasks), $"{Look.Duration(path.Length)}: ", look, width,
                MaxLinesOfPath),
            Line.Empty,
            Line.Of(new Span("Waves", Look.Title)),
        ];
        foreach (var (wave, number) in plan.Waves.Select((wave, number) => (wave, number)))
            lines.AddRange(List($"{number + 1}", string.Join(", ", wave.Select(task => plan.Plan.Tasks[task].Id)), "", look, width,
                MaxLinesOfWave, wave.Length));
        lines.Add(Line.Empty);
        lines.AddRange(Load(plan, forecast, look, width));
        Block.Write(console, lines);
    }

    private static Line Fact(string name, string value) => Line.Of(new Span($"{name,-12}", Look.Quiet), value);

    private static string Many(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    // A name, and a long text wrapped beside it.
    private static IEnumerable<Line> List(string name, string text, string before, Look look, int width, int maxLines, int count = 0)
    {
        var indent = count > 0 ? 7 : 12;
        var label = count > 0 ? $"  {name,3}  " : $"{name,-12}";
        var lines = PlainText.Wrap(before + text, width - indent).Take(maxLines + 1).ToList();
        for (var i = 0; i < Math.Min(lines.Count, maxLines); i++)
        {
            var more = i == maxLines - 1 && lines.Count > maxLines;
            var shown = more && count > 0 ? $"{look.Ellipsis} ({count} tasks; --json has all)" : more
                ? $"{look.Ellipsis} (--json has all)" : lines[i];
            yield return Line.Of(new Span(i == 0 ? label : new string(' ', indent), Look.Quiet), shown);
        }
    }

    private static List<Line> Load(RunPlan plan, Forecast forecast, Look look, int width)
    {
        var grid = new Grid(
            look, new Column("Agent", 8, 30), new Column("Kind", 7), new Column("Provider", 8, 16), new Column("Tasks", 5, Right: true),
                new Column("Busy", 6, Right: true), new Column("", 10));
        foreach (var (load, number) in forecast.Load.Select((load, number) => (load, number)))
        {
            var share = forecast.Makespan > TimeSpan.Zero ? load.Busy / forecast.Makespan / plan.Plan.Agents[number].Slots : 0;
            grid.AddRich(
                [load.Agent],
                [new Span(plan.Plan.Agents[number].Kind.ToString().ToLowerInvariant(), Look.Quiet)],
                [new Span(PlainText.Clean(plan.ProviderOf(number)), Look.Quiet)],
                [$"{load.Tasks}"],
                [Look.Duration(load.Busy)],
                look.Bar(share, 20, Look.Busy));
        }

        return grid.Lines(width);
    }
}
