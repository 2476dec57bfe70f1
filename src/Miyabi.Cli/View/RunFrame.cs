using System.Collections.Immutable;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;

namespace Miyabi.Cli.View;

/// <summary>What the terminal shows of a run at one moment: lines that fit a width and a height.</summary>
/// <param name="look">How.</param>
/// <param name="width">Columns.</param>
/// <param name="height">Rows.</param>
/// <param name="store">What suggested commands need besides a run's id.</param>
internal sealed class RunFrame(Look look, int width, int height, string store = "")
{
    /// <summary>Draws.</summary>
    /// <param name="view">The run.</param>
    /// <param name="next">Ids of the tasks that are likely to start next, best first.</param>
    /// <param name="now">The time.</param>
    internal List<Line> Draw(RunView view, ImmutableArray<string> next, DateTimeOffset now)
    {
        var header = Header(view, now);
        var sections = Sections(view, next, now).Where(section => section.Rows.Count > 0).ToList();
        var room = height - header.Count;
        var share = Share(sections, room - sections.Count);
        var spare = room - sections.Count - share.Sum();
        var lines = header;
        for (var i = 0; i < sections.Count && share[i] > 0; i++)
        {
            // Blank lines where there is room for one above each section.
            if (spare >= sections.Count)
                lines.Add(Line.Empty);
            lines.Add(Line.Of(new Span(sections[i].Title, Look.Title)));
            lines.AddRange(Rows(sections[i], share[i]));
        }

        return [.. lines.Take(Math.Max(height, 1)).Select(line => line.Cut(width, look.Unicode))];
    }

    private List<Line> Header(RunView view, DateTimeOffset now)
    {
        var state = Look.State(view.State);
        var elapsed = Look.Duration((view.EndedAt ?? now) - view.StartedAt);
        var style = view switch
        {
            { State: RunState.Failed } or { Counts.Failed: > 0 } => Look.Bad,
            { State: RunState.Cancelled } or { Counts.Skipped: > 0 } => Look.Warning,
            _ => Look.Good,
        };
        var tail = $" {Look.Percent(view.Progress)}  {elapsed,6}";
        var counts = Look.Counts(view.Counts);
        var wave = view.Waves == 0 ? "" : $"wave {view.Wave} of {view.Waves}";
        if (counts.Width + 1 + wave.Length > width)
            wave = $"{view.Wave}/{view.Waves}";
        return
        [
            Line.Of(new Span(PlainText.Clean(view.Plan), Look.Title), new Span($"  {view.Run}", Look.Quiet))
                .WithRight(state, width, look.Unicode),
            Line.Of([.. look.Bar(view.Progress, Math.Max(width - tail.Length, 1), style), tail]),
            counts.WithRight(new Span(wave, Look.Quiet), width, look.Unicode),
        ];
    }

    private List<Section> Sections(RunView view, ImmutableArray<string> next, DateTimeOffset now)
    {
        var tasks = view.Tasks.ToDictionary(task => task.Id, StringComparer.Ordinal);
        var active = view.Tasks.Where(task => task.Phase == TaskPhase.Running).OrderBy(task => task.StartedAt).ToList();
        var asked = view.Tasks.Where(task => task.Phase == TaskPhase.Approval).ToList();
        var recent = view.Tasks.Where(task => task.HasEnded).OrderByDescending(task => task.EndedAt).Take(5).ToList();
        var waiting = view.Counts.Pending + view.Counts.AwaitingApproval;
        return
        [
            new("Agents", Agents(view, tasks), 3, int.MaxValue),
            new($"Waits for an answer: miyabi approve {view.Run} TASK{store} (or reject)", Grid(asked, task =>
                [Id(task), new Span(PlainText.Clean(task.Message ?? task.Title), Look.Warning)]), 1, 3),
            new("Active", Grid(active, task => Active(task, now)), 2, int.MaxValue),
            new("Recently completed", Grid(recent, Recent), 1, 5) { Hidden = view.Counts.Ended - recent.Count },
            new("Next up", Grid([.. next.Select(id => tasks[id])], task => Upcoming(task, now)), 1, 5)
            {
                Hidden = Math.Max(waiting - next.Length, 0),
            },
        ];
    }

    private Section.Row[] Agents(RunView view, Dictionary<string, TaskView> tasks)
    {
        var grid = new Grid(look, new Column("", 6, 20), new Column("", 6), new Column("", 4), new Column("", 10), new Column("", 5),
            new Column("", 8));
        // In the plan's order where all fit; busy ones first where not, so that what is left out is idle.
        var agents = view.Agents.Length <= height - 14 ? [.. view.Agents] : view.Agents.OrderByDescending(agent => agent.Busy).ToArray();
        foreach (var agent in agents)
        {
            var task = agent.Tasks.IsEmpty ? null : tasks[agent.Tasks[0]];
            var doing = task is null ? Done(agent) : $"{task.Id} {PlainText.Clean(task.Title)}";
            var more = agent.Tasks.Length > 1 ? $"+{agent.Tasks.Length - 1} " : "";
            grid.AddRich(
                [agent.Id],
                [new Span(agent.Kind.ToString().ToLowerInvariant(), Look.Quiet)],
                [agent.Busy ? new Span("busy", Look.Busy) : new Span("idle", Look.Quiet)],
                look.Bar(agent.Progress, 10, Look.Busy),
                // keeps the column: nothing may jump when the last one comes to its end
                [agent.Busy ? Look.Percent(agent.Progress) : "     "],
                [new Span(more + doing, agent.Busy ? Spectre.Console.Style.Plain : Look.Quiet)]);
        }

        return [.. grid.Lines(width - 2).Zip(agents, (line, agent) => new Section.Row(line, agent.Busy))];
    }

    private static string Done(AgentView agent) => (agent.Accepted, agent.FailedAttempts) switch
    {
        (0, 0) => "",
        (var done, 0) => $"{done} done",
        (var done, var failed) => $"{done} done, {failed} failed",
    };

    private Section.Row[] Grid(List<TaskView> tasks, Func<TaskView, Span[]> cells)
    {
        if (tasks.Count == 0)
            return [];
        var rows = tasks.Select(cells).ToList();
        var grid = new Grid(look, [.. rows[0].Select((_, i) => new Column("", i == rows[0].Length - 1 ? 10 : 6))]);
        rows.ForEach(row => grid.Add(row));
        return [.. grid.Lines(width - 2).Select(line => new Section.Row(line, false))];
    }

    private static Span Id(TaskView task) => task.Id;

    private static Span[] Active(TaskView task, DateTimeOffset now)
    {
        var attempt = task.Stage is TaskStage.Gate or TaskStage.Review ? $"{Look.Stage(task.Stage)}, round {task.Round}"
            : task.Round > 1 ? $"round {task.Round}"
            : task.Attempt > 1 ? $"attempt {task.Attempt}"
            : "";
        // Of what was rejected, what is mended matters more than what is made.
        var about = task is { Stage: TaskStage.Work, Round: > 1, Reason: { } reason } ? reason : task.Title;
        var message = string.IsNullOrWhiteSpace(task.Message) ? about : task.Message;
        return [Id(task), new(task.Agent ?? "", Look.Busy), $"{Look.Duration(now - task.StartedAt),6}", new(attempt, Look.Warning),
            new(PlainText.Clean(message), Look.Quiet)];
    }

    private static Span[] Recent(TaskView task) =>
    [
        Id(task), Look.Phase(task), task.Agent ?? "",
            $"{(task.StartedAt is null ? "" : Look.Duration(task.EndedAt - task.StartedAt)),6}",
        new(PlainText.Clean(task.Phase == TaskPhase.Accepted ? task.Title : task.Reason ?? task.Title), Look.Quiet),
    ];

    private static Span[] Upcoming(TaskView task, DateTimeOffset now)
    {
        if (task.NextAttemptAt is not { } next)
            return [Id(task), new(task.Agent ?? "any idle", Look.Quiet), new(PlainText.Clean(task.Title), Look.Quiet)];
        var why = PlainText.Clean(task.Reason ?? task.Title);
        return [Id(task), "", new($"attempt {task.Attempt} in {Look.Duration(next - now)}: {why}", Look.Warning)];
    }

    /// <summary>Shares rows out: each section its least, then by turns one more, till all have what they want.</summary>
    private static int[] Share(List<Section> sections, int rows)
    {
        var share = new int[sections.Count];
        foreach (var target in new Func<Section, int>[] { section => section.Min, section => section.Wanted })
        {
            for (var given = true; given && rows > 0;)
            {
                given = false;
                for (var i = 0; i < share.Length && rows > 0; i++)
                {
                    if (share[i] >= Math.Min(target(sections[i]), sections[i].Wanted))
                        continue;
                    share[i]++;
                    rows--;
                    given = true;
                }
            }
        }

        return share;
    }

    private IEnumerable<Line> Rows(Section section, int rows)
    {
        var shown = section.Rows.Count <= rows && section.Hidden == 0 ? section.Rows.Count : Math.Min(rows - 1, section.Rows.Count);
        foreach (var row in section.Rows.Take(shown))
            yield return new Line([.. Line.Of("  ").Spans, .. row.Line.Spans]);
        var left = section.Rows.Count - shown + section.Hidden;
        if (left == 0)
            yield break;
        var busy = section.Rows.Skip(shown).Count(row => row.Busy);
        yield return Line.Of(new Span($"  {look.Ellipsis} and {left} more{(busy > 0 ? $", {busy} of them busy" : "")}", Look.Quiet));
    }

    /// <summary>A titled list of rows.</summary>
    /// <param name="Title">Its title.</param>
    /// <param name="Rows">All its rows.</param>
    /// <param name="Min">Rows it gets before any section gets what it wants.</param>
    /// <param name="Max">Rows it gets at most.</param>
    private sealed record Section(string Title, IReadOnlyList<Section.Row> Rows, int Min, int Max)
    {
        /// <summary>What is not among the rows, and counts as left out.</summary>
        internal int Hidden { get; init; }

        internal int Wanted => Math.Min(Rows.Count + (Hidden > 0 ? 1 : 0), Max);

        internal sealed record Row(Line Line, bool Busy);
    }
}
