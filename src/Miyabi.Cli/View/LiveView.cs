using System.Collections.Concurrent;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Spectre.Console;

namespace Miyabi.Cli.View;

/// <summary>Shows a run while it is carried out: a live picture on a terminal, a plain line for each event elsewhere.</summary>
internal sealed class LiveView : IRunObserver, IAsyncDisposable
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(150);
    private const int NextShown = 5;

    // At most 4 % of a processor for pictures, however many tasks are in them.
    private const int RestsPerPicture = 24;

    // A picture may have waited for a terminal that was held, or a process that was stopped: that says nothing of the next.
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(10);

    private readonly IAnsiConsole console;
    private readonly RunProjection projection;
    private readonly TimeProvider clock;
    private readonly string store;
    private readonly PlainLines? plain;
    private readonly ConcurrentQueue<StepDocument> steps = new();
    private readonly ConcurrentQueue<RunEvent> happened = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Task drawing;
    private volatile string? notice;
    private int disposed;

    private LiveView(IAnsiConsole console, RunProjection projection, TimeProvider clock, string store)
    {
        (this.console, this.projection, this.clock, this.store) = (console, projection, clock, store);
        plain = IsLive(console) ? null : new PlainLines(console, projection, clock, store);
        drawing = plain is null ? DrawAsync() : Task.CompletedTask;
    }

    /// <summary>Begins to show a run. Dispose of it before anything else is written to the console.</summary>
    /// <param name="console">Where.</param>
    /// <param name="projection">The run as far as it is; the view feeds it with all that it is told.</param>
    /// <param name="clock">The time, and the time zone it is told in.</param>
    /// <param name="store">What suggested commands need besides a run's id.</param>
    internal static LiveView Start(IAnsiConsole console, RunProjection projection, TimeProvider clock, string store = "") => new(console, projection, clock, store);

    /// <summary>Whether a console can show a picture that changes.</summary>
    internal static bool IsLive(IAnsiConsole console) =>
        console.Profile.Out.IsTerminal && console.Profile.Capabilities is { Ansi: true, Interactive: true };

    /// <summary>Whether it is a picture, which has room for a notice.</summary>
    internal bool IsPicture => plain is null;

    /// <summary>Shows a text below the picture from now on; <see langword="null"/>: none any more.</summary>
    internal void Notice(string? text) => notice = text;

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
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        await stop.CancelAsync();
        await drawing;
        stop.Dispose();
        if (plain is null)
            Block.Write(console, Lines());
    }

    // Cleared at the end: it keeps the height of its highest picture, and the last one is to stay without a gap below it.
    private Task DrawAsync() => console.Live(Picture()).AutoClear(true).Overflow(VerticalOverflow.Crop)
        .Cropping(VerticalOverflowCropping.Bottom).StartAsync(async live =>
    {
        try
        {
            while (true)
            {
                var began = clock.GetTimestamp();
                live.UpdateTarget(Picture());
                var rest = RestsPerPicture * clock.GetElapsedTime(began);
                await Task.Delay(rest < Refresh ? Refresh : rest < LongestRest ? rest : LongestRest, clock, stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The run has ended, or is interrupted.
        }
    });

    private Block Picture() => new(Lines(), Look.Of(console).Unicode);

    private List<Line> Lines()
    {
        while (steps.TryDequeue(out var step))
            projection.Apply(step);
        while (happened.TryDequeue(out var happening))
            projection.Apply(happening);
        // The last row and column are left alone: a terminal scrolls or wraps when they are written.
        var (width, height) = (Math.Max(console.Profile.Width - 1, 20), Math.Max(console.Profile.Height - 1, 4));
        List<Line> below = notice is { } text
            ? [.. PlainText.Wrap(PlainText.Clean(text), width).Take(Math.Max(height - 4, 0)).Select(line => Line.Of(new Span(line, Look.Warning)))]
            : [];
        var frame = new RunFrame(Look.Of(console), width, height - below.Count, store);
        return [.. frame.Draw(projection.View(), projection.Next(NextShown), clock.GetUtcNow()), .. below];
    }
}
