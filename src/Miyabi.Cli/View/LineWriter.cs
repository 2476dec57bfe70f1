using Miyabi.Core.Runs;
using Spectre.Console;

namespace Miyabi.Cli.View;

/// <summary>Writes what happens in a run, a line each: the time, what, which task, who.</summary>
internal sealed class LineWriter
{
    private readonly IAnsiConsole console;
    private readonly TimeProvider clock;
    private readonly int taskWidth;
    private readonly int agentWidth;

    /// <summary>Writes nothing yet.</summary>
    /// <param name="console">Where.</param>
    /// <param name="run">Whose ids the columns are to fit.</param>
    /// <param name="clock">The time zone that times are told in.</param>
    internal LineWriter(IAnsiConsole console, RunView run, TimeProvider clock)
    {
        (this.console, this.clock) = (console, clock);
        taskWidth = Math.Min(run.Tasks.Max(task => task.Id.Length), 16);
        agentWidth = Math.Min(run.Agents.Max(agent => agent.Id.Length), 12);
    }

    /// <summary>Something of a task.</summary>
    internal void Tell(DateTimeOffset at, string what, string task, string agent, string text) =>
        Tell(at, $"{what,-13}  {task.PadRight(taskWidth)}  {agent.PadRight(agentWidth)}  {PlainText.Clean(text)}");

    /// <summary>Something of the run.</summary>
    internal void Tell(DateTimeOffset at, string text)
    {
        var time = TimeZoneInfo.ConvertTime(at, clock.LocalTimeZone);
        var line = PlainText.Cut($"{time:HH:mm:ss}  {PlainText.Clean(text)}", console.Profile.Width, Look.Of(console).Unicode).TrimEnd();
        // Not through Spectre: it would wrap, and there is nothing to style.
        console.Profile.Out.Writer.WriteLine(line);
        console.Profile.Out.Writer.Flush();
    }

    /// <summary>How the answer is given that a task waits for.</summary>
    internal void HowToAnswer(DateTimeOffset at, string run, string task, string store) =>
        Tell(at, $"{"",-13}  miyabi approve {run} {task}{store} (or reject)");

    /// <summary>The end of the run.</summary>
    internal void Finished(DateTimeOffset at, RunView run)
    {
        var counts = run.Counts;
        var what = $"{counts.Accepted} of {counts.Total} accepted, {counts.Failed} failed, {counts.Skipped} skipped";
        Tell(at, $"{"finished",-13}  {Look.State(run.State).Text}: {what}, {Look.Duration(run.EndedAt - run.StartedAt)}");
    }
}
