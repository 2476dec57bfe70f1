using System.Collections.Immutable;
using Miyabi.Core.Runs;
using Spectre.Console;

namespace Miyabi.Cli.View;

/// <summary>Draws a run on a terminal again and again, until it is disposed of.</summary>
internal sealed class LivePicture : IAsyncDisposable
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(150);
    private const int NextShown = 5;

    // At most 4 % of a processor for pictures, however many tasks are in them.
    private const int RestsPerPicture = 24;

    // A picture may have waited for a terminal that was held, or a process that was stopped: that says nothing of the next.
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(10);

    private readonly IAnsiConsole console;
    private readonly Func<int, (RunView Run, ImmutableArray<string> Next)> look;
    private readonly TimeProvider clock;
    private readonly string store;
    private readonly CancellationTokenSource stop = new();
    private readonly Task drawing;
    private volatile string? notice;
    private int disposed;

    /// <summary>Begins to draw. Dispose of it before anything else is written to the console.</summary>
    /// <param name="console">Where: one that <see cref="CanBeOn"/>.</param>
    /// <param name="look">How the run stands, and as many of the tasks that are likely to start next, best first.</param>
    /// <param name="clock">The time, and the time zone it is told in.</param>
    /// <param name="store">What suggested commands need besides a run's id.</param>
    internal LivePicture(IAnsiConsole console, Func<int, (RunView Run, ImmutableArray<string> Next)> look, TimeProvider clock, string store)
    {
        (this.console, this.look, this.clock, this.store) = (console, look, clock, store);
        drawing = DrawAsync();
    }

    /// <summary>Whether a console can show a picture that changes.</summary>
    internal static bool CanBeOn(IAnsiConsole console) =>
        console.Profile.Out.IsTerminal && console.Profile.Capabilities is { Ansi: true, Interactive: true };

    /// <summary>Shows a text below the picture from now on; <see langword="null"/>: none any more.</summary>
    internal void Notice(string? text) => notice = text;

    /// <summary>Shows the last picture, and leaves it there.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        await stop.CancelAsync();
        await drawing;
        stop.Dispose();
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
        var (run, next) = look(NextShown);
        // The last row and column are left alone: a terminal scrolls or wraps when they are written.
        var (width, height) = (Math.Max(console.Profile.Width - 1, 20), Math.Max(console.Profile.Height - 1, 4));
        List<Line> below = notice is { } text
            ? [.. PlainText.Wrap(PlainText.Clean(text), width).Take(Math.Max(height - 4, 0)).Select(line => Line.Of(new Span(line, Look.Warning)))]
            : [];
        var frame = new RunFrame(Look.Of(console), width, height - below.Count, store);
        return [.. frame.Draw(run, next, clock.GetUtcNow()), .. below];
    }
}
