using System.Collections.Concurrent;
using System.Collections.Immutable;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Spectre.Console;

namespace Miyabi.Cli.View;

/// <summary>Shows a run while it is carried out: a live picture on a terminal, a plain line for each event elsewhere.</summary>
internal sealed class LiveView : IRunObserver, IAsyncDisposable
{
    private readonly RunProjection projection;
    private readonly PlainLines? plain;
    private readonly LivePicture? picture;
    private readonly ConcurrentQueue<StepDocument> steps = new();
    private readonly ConcurrentQueue<RunEvent> happened = new();

    private LiveView(IAnsiConsole console, RunProjection projection, TimeProvider clock, string store)
    {
        this.projection = projection;
        if (LivePicture.CanBeOn(console))
            picture = new LivePicture(console, Look, clock, store);
        else
            plain = new PlainLines(console, projection, clock, store);
    }

    /// <summary>Begins to show a run. Dispose of it before anything else is written to the console.</summary>
    /// <param name="console">Where.</param>
    /// <param name="projection">The run as far as it is; the view feeds it with all that it is told.</param>
    /// <param name="clock">The time, and the time zone it is told in.</param>
    /// <param name="store">What suggested commands need besides a run's id.</param>
    internal static LiveView Start(IAnsiConsole console, RunProjection projection, TimeProvider clock, string store = "") => new(console, projection, clock, store);

    /// <summary>Whether it is a picture, which has room for a notice.</summary>
    internal bool IsPicture => picture is not null;

    /// <summary>Shows a text below the picture from now on; <see langword="null"/>: none any more.</summary>
    internal void Notice(string? text) => picture?.Notice(text);

    public void Stepped(StepDocument step)
    {
        // Whoever takes steps, or carries out attempts, must not wait for a picture of them: what they tell is taken in when the next one is drawn.
        if (plain is null)
            steps.Enqueue(step);
        else
            plain.Stepped(step);
    }

    public void Happened(string run, RunEvent happening)
    {
        if (run != projection.Plan.RunId)
            return;
        if (plain is null)
        {
            happened.Enqueue(happening);
            return;
        }

        projection.Apply(happening);
        plain.Happened(happening);
    }

    /// <summary>Shows the last picture, and leaves it there.</summary>
    public ValueTask DisposeAsync() => picture?.DisposeAsync() ?? ValueTask.CompletedTask;

    private (RunView Run, ImmutableArray<string> Next) Look(int next)
    {
        while (steps.TryDequeue(out var step))
            projection.Apply(step);
        while (happened.TryDequeue(out var happening))
            projection.Apply(happening);
        return (projection.View(), projection.Next(next));
    }
}
