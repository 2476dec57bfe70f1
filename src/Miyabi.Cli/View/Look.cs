using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Spectre.Console;

namespace Miyabi.Cli.View;

/// <summary>How things look: colours, words, bars. One place, so that every view speaks the same.</summary>
/// <param name="Unicode">The output can show more than ASCII.</param>
internal sealed record Look(bool Unicode)
{
    internal static readonly Style Title = new(decoration: Decoration.Bold);
    internal static readonly Style Quiet = new(Color.Grey);
    internal static readonly Style Good = new(Color.Green);
    internal static readonly Style Busy = new(Color.DeepSkyBlue1);
    internal static readonly Style Warning = new(Color.Yellow);
    internal static readonly Style Bad = new(Color.Red);

    internal string Ellipsis => Unicode ? "…" : "...";

    internal string Dash => Unicode ? "–" : "-";

    /// <summary>What a console can show.</summary>
    internal static Look Of(IAnsiConsole console) =>
        new(console.Profile.Encoding.WebName.StartsWith("utf", StringComparison.OrdinalIgnoreCase));

    /// <summary>A bar: the done part and the rest.</summary>
    internal Span[] Bar(double fraction, int width, Style style)
    {
        var done = fraction >= 1 ? width : Math.Clamp((int)(fraction * width), 0, width - 1);
        return [new(new string(Unicode ? '━' : '#', done), style), new(new string(Unicode ? '─' : '-', width - done), Quiet)];
    }

    /// <summary>Rounded down: 100 % is said of what is done only.</summary>
    internal static string Percent(double fraction) => $"{(int)(Math.Clamp(fraction, 0, 1) * 100),3} %";

    /// <summary>A duration for people: 4.2s, 3m05s, 1h02m.</summary>
    internal static string Duration(TimeSpan? duration) => duration switch
    {
        null => "",
        { Ticks: < 0 } => "0.0s",
        { TotalSeconds: < 59.95 } d => $"{d.TotalSeconds:0.0}s",
        { TotalHours: < 1 } d => $"{(int)d.TotalMinutes}m{d.Seconds:00}s",
        { } d => $"{(long)d.TotalHours}h{d.Minutes:00}m",
    };

    internal static Span State(RunState state) => state switch
    {
        RunState.Waiting => new("waiting", Quiet),
        RunState.Running => new("running", Busy),
        RunState.AwaitingApproval => new("awaiting approval", Warning),
        RunState.Suspended => new("suspended", Warning),
        RunState.BudgetReached => new("budget reached", Warning),
        RunState.Succeeded => new("succeeded", Good),
        RunState.Failed => new("failed", Bad),
        RunState.Cancelled => new("cancelled", Warning),
        _ => new("unreadable", Bad),
    };

    /// <summary>What is done to a task's result: 'gate' or 'reviewing'; 'running' for the work itself.</summary>
    internal static string Stage(TaskStage? stage) => stage switch
    {
        TaskStage.Gate => "gate",
        TaskStage.Review => "reviewing",
        _ => "running",
    };

    /// <summary>Where a task stands: the phase, or what is done to its result meanwhile.</summary>
    internal static Span Phase(TaskView task) => task is { Phase: TaskPhase.Running, Stage: TaskStage.Gate or TaskStage.Review }
        ? new(Stage(task.Stage), Busy)
        : Phase(task.Phase);

    internal static Span Phase(TaskPhase phase) => phase switch
    {
        TaskPhase.Pending => new("pending", Quiet),
        TaskPhase.Approval => new("approval", Warning),
        TaskPhase.Ready => new("ready", Style.Plain),
        TaskPhase.Running => new("running", Busy),
        TaskPhase.Backoff => new("retrying", Warning),
        TaskPhase.Accepted => new("accepted", Good),
        TaskPhase.Failed => new("failed", Bad),
        _ => new("skipped", Warning),
    };

    /// <summary>The counts as a line: '8 completed  2 in progress ...'.</summary>
    internal static Line Counts(RunCounts counts)
    {
        List<Span> spans =
        [
            new($"{counts.Accepted} completed", counts.Accepted > 0 ? Good : Quiet),
            new($"  {counts.Running} in progress", counts.Running > 0 ? Busy : Quiet),
            new($"  {counts.Pending} pending", Quiet),
            new($"  {counts.Failed} failed", counts.Failed > 0 ? Bad : Quiet),
            new($"  {counts.Skipped} skipped", counts.Skipped > 0 ? Warning : Quiet),
        ];
        if (counts.AwaitingApproval > 0)
            spans.Add(new($"  {counts.AwaitingApproval} to approve", Warning));
        return Line.Of([.. spans]);
    }
}
