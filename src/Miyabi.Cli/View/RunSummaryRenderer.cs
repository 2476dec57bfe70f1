using Miyabi.Core.Agents;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Spectre.Console;

namespace Miyabi.Cli.View;

/// <summary>Shows where a run stands: for <c>status</c>, and in short when it has ended.</summary>
internal static class RunSummaryRenderer
{
    private const int MaxTasks = 200;

    /// <summary>Everything: the run, its tasks, its agents.</summary>
    internal static void Render(IAnsiConsole console, RunView view)
    {
        var look = Look.Of(console);
        var width = console.Profile.Width;
        var lines = Header(view, look, width);
        lines.Add(Line.Empty);
        lines.AddRange(Tasks(view, look, width));
        lines.Add(Line.Empty);
        lines.AddRange(Agents(view, look, width));
        Block.Write(console, lines);
    }

    /// <summary>The end of a run: what came of it, what did not end well and why, and what can be done next.</summary>
    /// <param name="console">Where.</param>
    /// <param name="view">The run.</param>
    /// <param name="store">What commands about this run need besides its id, with a blank before it; may be empty.</param>
    internal static void RenderEnd(IAnsiConsole console, RunView view, string store)
    {
        var look = Look.Of(console);
        var lines = new List<Line> { Line.Empty };
        var state = Look.State(view.State);
        lines.Add(Line.Of(
            "Run ", state, $" in {Look.Duration(view.EndedAt - view.StartedAt)}: "
            + $"{view.Counts.Accepted} of {view.Counts.Total} tasks accepted"
            + Part(view.Tasks.Count(task => task.ReusedFrom is not null), "of them reused")
            + Part(view.Counts.Failed, "failed") + Part(view.Counts.Skipped, "skipped") + "."));
        var bad = view.Tasks.Where(task => task.Phase is TaskPhase.Failed or TaskPhase.Skipped).ToList();
        lines.AddRange(Reasons(bad, look, console.Profile.Width));
        Block.Write(console, lines);
        List<(string What, string Command)> next = [("Results:", "results"), ("Proof:", "verify")];
        if (bad.Count > 0)
            next.Add(("Again:", "retry"));
        foreach (var (what, command) in next)
            console.Profile.Out.Writer.WriteLine($"  {what,-9} miyabi {command} {view.Run}{store}"); // never cut: it is there to be copied
        console.Profile.Out.Writer.Flush();
    }

    private static string Part(int count, string what) => count > 0 ? $", {count} {what}" : "";

    private static IEnumerable<Line> Reasons(List<TaskView> bad, Look look, int width)
    {
        const int Shown = 20;
        var grid = new Grid(look, new Column("", 6, 24), new Column("", 7), new Column("", 20));
        // What failed explains what was skipped.
        foreach (var task in bad.OrderByDescending(task => task.Phase == TaskPhase.Failed).Take(Shown))
            grid.Add(task.Id, Look.Phase(task.Phase), PlainText.Clean(task.Reason ?? ""));
        foreach (var line in grid.Lines(width - 2))
            yield return new Line([new Span("  ", Style.Plain), .. line.Spans]);
        if (bad.Count > Shown)
            yield return Line.Of(new Span($"  {look.Ellipsis} and {bad.Count - Shown} more", Look.Quiet));
    }

    private static List<Line> Header(RunView view, Look look, int width)
    {
        var tail = $" {Look.Percent(view.Progress)}";
        var style = view.Counts.Failed > 0 ? Look.Bad : view.Counts.Skipped > 0 ? Look.Warning : Look.Good;
        List<Line> lines =
        [
            Line.Of(new Span(PlainText.Clean(view.Plan), Look.Title)).WithRight(Look.State(view.State), width, look.Unicode),
            Line.Of(new Span($"run {view.Run}", Look.Quiet)),
            Line.Of([.. look.Bar(view.Progress, Math.Max(width - tail.Length, 1), style), tail]),
            Look.Counts(view.Counts),
            Line.Of(new Span(
                $"wave {view.Wave} of {view.Waves}, schedule {view.Schedule.ToString().ToLowerInvariant()}, "
                + $"at most {view.MaxParallel} at once, step {view.Step}", Look.Quiet)),
        ];
        if (view.StartedAt is { } started)
        {
            var ended = view.EndedAt is { } end ? $", ended {Time(end)} after {Look.Duration(end - started)}" : "";
            lines.Add(Line.Of(new Span($"started {Time(started)}{ended}", Look.Quiet)));
        }

        if (view.Usage is not { } usage || usage == AgentUsage.None)
            return lines;
        lines.Add(Line.Of(new Span(
            $"used {usage.InputTokens:N0} tokens in, {usage.OutputTokens:N0} out, {usage.CostUsd:0.00##} US dollars"
            + (usage.Unpriced ? ", and what has no known price" : ""), Look.Quiet)));
        if (usage.Incomplete)
            lines.Add(Line.Of(new Span("perhaps more was used, in calls that were broken off", Look.Quiet)));
        return lines;
    }

    private static string Time(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";

    private static List<Line> Tasks(RunView view, Look look, int width)
    {
        // A plan may have 10,000 tasks: then those come first that somebody must know about.
        var tasks = view.Tasks.Length <= MaxTasks ? view.Tasks : [.. view.Tasks.OrderBy(Urgency).Take(MaxTasks)];
        var grid = new Grid(
            look, new Column("Task", 8, 30), new Column("Phase", 8), new Column("Try", 3, Right: true), new Column("Agent", 6, 16),
                new Column("Took", 6, Right: true), new Column("", 16));
        foreach (var task in tasks)
        {
            grid.Add(
                task.Id,
                Look.Phase(task),
                task.Attempt > 0 ? $"{task.Attempt}" : "",
                task.Agent ?? "",
                task.StartedAt is { } started && task.EndedAt is { } ended ? Look.Duration(ended - started) : "",
                Note(task));
        }

        var lines = grid.Lines(width);
        if (tasks.Length < view.Tasks.Length)
            lines.Add(Line.Of(new Span($"{look.Ellipsis} and {view.Tasks.Length - tasks.Length} more; --json has all", Look.Quiet)));
        return lines;
    }

    private static Span Note(TaskView task) => task switch
    {
        { Phase: TaskPhase.Failed, Reason: { } reason } => new(PlainText.Clean(reason), Look.Bad),
        { Phase: TaskPhase.Skipped, Reason: { } reason } => new(PlainText.Clean(reason), Look.Warning),
        { Phase: TaskPhase.Backoff, NextAttemptAt: { } next, Reason: var reason } =>
            new($"after {next.UtcDateTime:HH:mm:ss} UTC: {PlainText.Clean(reason ?? "")}", Look.Warning),
        { Phase: TaskPhase.Approval, Message: { } message } => new(PlainText.Clean(message), Look.Warning),
        { Phase: TaskPhase.Running } => new($"{Look.Percent(task.Progress).TrimStart()} {PlainText.Clean(task.Message ?? task.Title)}",
            Style.Plain),
        { ReusedFrom: { } run } => new($"(taken from {run}) {PlainText.Clean(task.Title)}", Look.Quiet),
        _ => new(PlainText.Clean(task.Title), Look.Quiet),
    };

    private static int Urgency(TaskView task) => task.Phase switch
    {
        TaskPhase.Approval => 0,
        TaskPhase.Running => 1,
        TaskPhase.Failed => 2,
        TaskPhase.Backoff => 3,
        TaskPhase.Skipped => 4,
        TaskPhase.Ready => 5,
        TaskPhase.Pending => 6,
        _ => 7,
    };

    private static List<Line> Agents(RunView view, Look look, int width)
    {
        var usesUp = view.Usage != AgentUsage.None;
        Column[] used = usesUp ? [new Column("Tokens", 7, Right: true), new Column("US$", 5, Right: true)] : [];
        var grid = new Grid(
            look,
            [
                new Column("Agent", 8, 30), new Column("Kind", 7), new Column("Provider", 8, 16), new Column("Done", 4, Right: true), new Column("Failed", 6, Right: true),
                .. used, new Column("At work on", 10),
            ]);
        foreach (var agent in view.Agents)
        {
            var usage = agent.Usage ?? AgentUsage.None;
            Span[] spent = usesUp ? [$"{usage.InputTokens + usage.OutputTokens:N0}", usage.Unpriced ? "?" : $"{usage.CostUsd:0.00##}"] : [];
            grid.Add(
            [
                agent.Id,
                agent.Kind.ToString().ToLowerInvariant(),
                PlainText.Clean(agent.Provider),
                $"{agent.Accepted}",
                new Span($"{agent.FailedAttempts}", agent.FailedAttempts > 0 ? Look.Bad : Look.Quiet),
                .. spent,
                new Span(string.Join(", ", agent.Tasks), Look.Busy),
            ]);
        }

        return grid.Lines(width);
    }
}
