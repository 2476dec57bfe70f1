using Miyabi.Cli.Contracts;
using Miyabi.Cli.Embedded;
using Miyabi.Cli.View;
using Miyabi.Core.Runs;

namespace Miyabi.Cli;

/// <summary>Shows a run that somebody else carries out, till it ends or the person leaves.</summary>
/// <param name="installation">For reading.</param>
/// <param name="id">The run's id.</param>
/// <param name="store">What suggested commands need besides the id.</param>
internal sealed class WatchSession(Installation installation, string id, string store)
{
    private LiveView? view;
    private string lastLine = "";
    private bool isLeftAlone;

    /// <summary>Follows the run.</summary>
    /// <returns>The exit code: 0 if the run succeeded, 1 if it ended otherwise, 130 if the person left before.</returns>
    internal async Task<int> FollowAsync(bool json, CancellationToken cancellationToken)
    {
        using var stop = new Interrupts(cancellationToken);
        try
        {
            var follower = await RunFollower.OpenAsync(installation.Runs, installation.Store, id, ProcessIdentity.IsDead, TimeProvider.System, stop.Token);
            await ShowAsync(follower, json, stop.Token);
            var end = follower.Projection.View();
            if (!json)
                RunSummaryRenderer.RenderEnd(Terminal.Console, end, store);
            return end.State == RunState.Succeeded ? ExitCode.Success : ExitCode.Failed;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync(isLeftAlone
                ? $"miyabi: Left. Nobody carries run {id} out; go on with: miyabi resume {id}{store}"
                : $"miyabi: Left; run {id} goes on. See it again with: miyabi watch {id}{store}");
            return ExitCode.Interrupted;
        }
    }

    private async Task ShowAsync(RunFollower follower, bool json, CancellationToken cancellationToken)
    {
        if (json)
            PrintUnlessEnded(follower.Projection.View());
        // A run that has ended has nothing to show but its end.
        await using (view = json || follower.Projection.View().HasEnded ? null : LiveView.Start(Terminal.Console, follower.Projection, TimeProvider.System, store))
        {
            if (view is { IsPicture: false })
                Terminal.WriteLine(Standing(follower.Projection.View()));
            try
            {
                await foreach (var update in follower.FollowAsync(cancellationToken))
                {
                    Take(update, follower.Projection);
                    if (json)
                        PrintUnlessEnded(follower.Projection.View());
                }

                if (json)
                    Print(follower.Projection.View());
            }
            finally
            {
                view?.Notice(null); // the last picture stays; what it said is no news any more
            }
        }
    }

    // Lines tell what happens from here on; where that is, must be said.
    internal static string Standing(RunView run) =>
        $"Run {run.Run} is {Look.State(run.State).Text}: {run.Counts.Accepted} of {run.Counts.Total} tasks accepted, {run.Counts.Running} at work.";

    private void Take(RunUpdate update, RunProjection projection)
    {
        foreach (var happening in update.Events)
            Observe(happening, projection);
        foreach (var step in update.Steps)
        {
            if (view is null)
                projection.Apply(step);
            else
                view.Stepped(step);
        }

        if (update.Trouble is { } trouble)
            Tell($"{trouble.Message} Tried again for up to {RunFollower.Patience.TotalMinutes:0} minutes.");
        else if (update.Owner is { } owner)
            Tell(owner);
        else if (isLeftAlone && update.IsTroubleOver)
            view?.Notice(LeftAlone("now"));
        else if (!isLeftAlone)
            view?.Notice(null);
    }

    private void Observe(RunEvent happening, RunProjection projection)
    {
        if (view is null)
            projection.Apply(happening);
        else
            view.Happened(id, happening);
    }

    private void Tell(RunOwner owner)
    {
        var wasLeftAlone = isLeftAlone;
        isLeftAlone = owner is { IsAtWork: false, Instance: null }; // an instance waits for people without a lease
        if (isLeftAlone)
            Tell(LeftAlone(owner.Number == 0 ? "yet" : "now"));
        else if (wasLeftAlone)
            Tell($"Run {id} is carried out again{(owner.Host.Length == 0 ? "" : $" on {owner.Host}")}.");
    }

    private string LeftAlone(string when) => $"Nobody carries run {id} out {when}. Go on with: miyabi resume {id}{store}";

    private void Tell(string text)
    {
        if (view is { IsPicture: true })
            view.Notice(text);
        else
            Console.Error.WriteLine($"miyabi: {Printable.Text(text)}");
    }

    // The last line, and no other, says that the run has ended: events and the manifest may come after the step that ended it.
    private void PrintUnlessEnded(RunView run)
    {
        if (!run.HasEnded)
            Print(run);
    }

    private void Print(RunView run)
    {
        var line = Contract.Line(run);
        if (line == lastLine)
            return;
        lastLine = line;
        Console.Out.WriteLine(line);
    }
}
