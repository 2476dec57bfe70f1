using System.Collections.Immutable;
using Miyabi.Cli.Contracts;
using Miyabi.Cli.View;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;

namespace Miyabi.Cli.Remote;

/// <summary>Shows a run that a function app carries out, till it ends or the person leaves: what <see cref="WatchSession"/> does with a store.</summary>
/// <param name="app">The app.</param>
/// <param name="id">The run's id.</param>
/// <param name="hint">What suggested commands need besides the id.</param>
internal sealed class RemoteWatch(RemoteApp app, string id, string hint)
{
    private static readonly TimeSpan AwayPause = TimeSpan.FromSeconds(2);

    private volatile RunView? run;
    private LivePicture? picture;
    private RunChanges? changes;
    private string lastLine = "";
    private bool isStalled;

    /// <summary>Prints each look as a line of JSON.</summary>
    internal bool Json { get; init; }

    /// <summary>Goes on waiting when only a person can set the run going again.</summary>
    internal bool Waits { get; init; } = true;

    /// <summary>Prints JSON once, at the end, as a command does that carries a run out.</summary>
    internal bool JsonAtEnd { get; init; }

    /// <summary>Tells everything, as a command does that began the run; else, what happens from here on.</summary>
    internal bool FromStart { get; init; }

    /// <summary>Follows the run.</summary>
    /// <returns>The exit code: 0 if the run succeeded, 1 if it ended otherwise or waits for a person, 130 if the person left before.</returns>
    internal async Task<int> FollowAsync(CancellationToken cancellationToken)
    {
        using var stop = new Interrupts(cancellationToken);
        try
        {
            run = await app.ReadRunAsync(id, stop.Token);
            await ShowAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            await PrintAtEndAsync();
            return Told(ExitCode.Interrupted, $"Left; run {id} goes on at {app.Address.Text}. See it again with: miyabi watch {id}{hint}");
        }

        catch (StoreException e) when (run is not null)
        {
            throw new StoreException(e.Fault, $"{e.Message}\nRun {id} does not depend on this command. See it again with: miyabi watch {id}{hint}", e);
        }

        await PrintAtEndAsync();
        if (!run.HasEnded)
            return Told(ExitCode.Failed, $"Run {id} waits for a person ({RunSession.WaitsFor(run)}); it goes on at {app.Address.Text} when that is done. See it again with: miyabi watch {id}{hint}");
        if (!Json && !JsonAtEnd)
            RunSummaryRenderer.RenderEnd(Terminal.Console, run, hint);
        return run.State == RunState.Succeeded ? ExitCode.Success : ExitCode.Failed;
    }

    private async Task ShowAsync(CancellationToken cancellationToken)
    {
        if (Json)
            PrintUnlessEnded(run!);
        var isShown = !Json && !JsonAtEnd && (FromStart || !run!.HasEnded);
        await using (picture = isShown && !run!.HasEnded && LivePicture.CanBeOn(Terminal.Console) ? new LivePicture(Terminal.Console, Look, TimeProvider.System, hint) : null)
        {
            if (isShown && picture is null)
            {
                changes = new RunChanges(Terminal.Console, FromStart ? RunChanges.Unbegun(run!) : run!, TimeProvider.System, hint);
                if (!FromStart)
                    Terminal.WriteLine(WatchSession.Standing(run!));
                changes.Tell(run!);
            }

            await FollowToEndAsync(cancellationToken);
        }

        if (Json)
            Print(run!);
    }

    private async Task FollowToEndAsync(CancellationToken cancellationToken)
    {
        string? cursor = null;
        long? away = null;
        for (var isOver = false; !isOver;)
        {
            try
            {
                var page = await app.WaitAsync(id, cursor, cancellationToken);
                cursor = page.Next ?? cursor;
                isOver = page.Ended;
                if (page.Items.Count >= RunHappenings.MaxItems)
                    continue; // what is long past is not looked at step by step
                run = await app.ReadRunAsync(id, cancellationToken);
                if (away is not null)
                    picture?.Notice(null);
                away = null;
                TellStall(page.Standing == RunStanding.Stalled);
            }
            catch (StoreException e) when (e.Fault == StoreFault.Unavailable && (away is not { } since || TimeProvider.System.GetElapsedTime(since) < RunFollower.Patience))
            {
                if (away is null)
                    Tell($"{e.Message} Tried again for up to {RunFollower.Patience.TotalMinutes:0} minutes.");
                away ??= TimeProvider.System.GetTimestamp();
                await Task.Delay(AwayPause, cancellationToken);
                continue;
            }

            changes?.Tell(run);
            if (Json)
                PrintUnlessEnded(run);
            if (!Waits && run.State is RunState.Suspended or RunState.BudgetReached or RunState.AwaitingApproval)
                return;
            // A page of events may come at once; the whole run is read again for it.
            if (!isOver)
                await Task.Delay(RunFollower.Pace, cancellationToken);
        }
    }

    private (RunView Run, ImmutableArray<string> Next) Look(int next)
    {
        var view = run!;
        return (view, view.HasEnded ? [] : [.. view.Tasks
            .Where(task => task.Phase is TaskPhase.Ready or TaskPhase.Pending or TaskPhase.Backoff or TaskPhase.Approval)
            .OrderBy(task => task.Phase == TaskPhase.Ready ? -1 : task.Wave).Take(next).Select(task => task.Id)]);
    }

    private void TellStall(bool stalls)
    {
        if (stalls && !isStalled)
            Tell($"What carried run {id} out has ended before the run did. Have it go on: miyabi resume {id}{hint}");
        else if (isStalled && !stalls)
            picture?.Notice(null);
        isStalled = stalls;
    }

    private void Tell(string text)
    {
        if (picture is { } shown)
            shown.Notice(text);
        else
            Told(0, text);
    }

    private Task PrintAtEndAsync() => JsonAtEnd && run is { } last ? Contract.WriteAsync(last) : Task.CompletedTask;

    // The last line, and no other, says that the run has ended.
    private void PrintUnlessEnded(RunView view)
    {
        if (!view.HasEnded)
            Print(view);
    }

    private void Print(RunView view)
    {
        var line = Contract.Line(view);
        if (line == lastLine)
            return;
        lastLine = line;
        Console.Out.WriteLine(line);
    }

    private static int Told(int code, string text)
    {
        Console.Error.WriteLine($"miyabi: {Printable.Text(text)}");
        return code;
    }
}
