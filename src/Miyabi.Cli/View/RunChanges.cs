using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Spectre.Console;

namespace Miyabi.Cli.View;

/// <summary>Tells a run line by line from what changes between two looks at it: as <see cref="PlainLines"/> does where steps are not at hand.</summary>
/// <remarks>What came and went between two looks is told by what is left of it: a task that was started and accepted has both lines.</remarks>
internal sealed class RunChanges
{
    private const int MaxSkipsTold = 20;

    private readonly LineWriter lines;
    private readonly TimeProvider clock;
    private readonly string store;
    private readonly List<(DateTimeOffset At, int Rank, Action<DateTimeOffset> Tell)> found = [];
    private RunView before;
    private int wave;

    /// <summary>Tells nothing yet.</summary>
    internal RunChanges(IAnsiConsole console, RunView first, TimeProvider clock, string store)
    {
        (before, this.clock, this.store) = (first, clock, store);
        lines = new LineWriter(console, first, clock);
        wave = first.Step == 0 ? 0 : first.Wave;
    }

    /// <summary>A run as it was before anything happened in it: what is told from there on is all of it.</summary>
    internal static RunView Unbegun(RunView run) => run with
    {
        Step = 0,
        State = RunState.Waiting,
        EndedAt = null,
        Tasks = [.. run.Tasks.Select(task => task with { Phase = TaskPhase.Pending, Attempt = 0 })],
    };

    /// <summary>Tells what is new. A view that is older than the last is none.</summary>
    internal void Tell(RunView run)
    {
        if (run.Step < before.Step || run.Tasks.Length != before.Tasks.Length)
            return;
        var now = run.EndedAt ?? clock.GetUtcNow();
        if (run.Generation > before.Generation)
        {
            wave = 0;
            Find(now, 0, at => lines.Tell(at, "retry", "", "", ""));
        }

        FindOfRun(run, now);
        var skips = 0;
        for (var i = 0; i < run.Tasks.Length; i++)
        {
            var (was, task) = (before.Tasks[i], run.Tasks[i]);
            if (was.Id != task.Id || (was.Phase == task.Phase && was.Attempt == task.Attempt && was.Stage == task.Stage && run.Generation == before.Generation))
                continue;
            if (task.Phase != TaskPhase.Skipped || ++skips <= MaxSkipsTold)
                FindOf(was, task, now);
        }

        if (skips > MaxSkipsTold)
            Find(now, 4, at => lines.Tell(at, "skipped", "", "", $"and {skips - MaxSkipsTold} more tasks"));
        if (run.HasEnded && !before.HasEnded)
            Find(now, 5, at => lines.Finished(at, run));
        // In the order in which it happened; what one step decided has one time.
        foreach (var (at, _, tell) in found.OrderBy(line => line.At).ThenBy(line => line.Rank))
            tell(at);
        found.Clear();
        before = run;
    }

    private void FindOfRun(RunView run, DateTimeOffset now)
    {
        if (run.State != before.State)
        {
            var (word, text) = (before.State, run.State) switch
            {
                (_, RunState.Cancelled) => ("cancel", ""),
                (_, RunState.Suspended) => ("suspend", ""),
                (_, RunState.BudgetReached) => ("budget", "Used up: nothing starts until it is raised."),
                (RunState.Suspended, _) => ("go on", ""),
                _ => (null, ""),
            };
            if (word is not null)
                Find(now, 1, at => lines.Tell(at, word, "", "", text));
        }

        if (run.Wave > wave && run.Schedule == Schedule.Waves && !run.HasEnded)
        {
            var starts = run.Tasks.Where(task => task.Wave == run.Wave && task.StartedAt is not null).Select(task => task.StartedAt!.Value).DefaultIfEmpty(now).Min();
            Find(starts, 2, at => lines.Tell(at, $"wave {run.Wave} of {run.Waves}"));
        }

        wave = run.Wave;
    }

    private void FindOf(TaskView was, TaskView task, DateTimeOffset now)
    {
        var agent = task.Attempt > 0 ? task.Agent ?? "" : ""; // who would have done it is not told of what nobody did
        if (task.Round > was.Round && task.Phase is not TaskPhase.Failed)
            Find(task.Phase == TaskPhase.Running ? task.StartedAt ?? now : now, 2, at => lines.Tell(at, "rejected", task.Id, "", task.Reason ?? ""));
        if (task is { Phase: TaskPhase.Running, Stage: TaskStage.Gate or TaskStage.Review })
        {
            Find(task.StartedAt ?? now, 3, at => lines.Tell(at, Look.Stage(task.Stage), task.Id, agent, $"attempt {task.Attempt}"));
            return;
        }

        var isNewAttempt = task.Attempt > was.Attempt || (was.Phase != TaskPhase.Running && was.Stage is null or TaskStage.Work);
        if (isNewAttempt && task.ReusedFrom is null && task.Phase is TaskPhase.Running or TaskPhase.Accepted && task.StartedAt is { } started)
            Find(started, 3, at => lines.Tell(at, "started", task.Id, agent, task.Attempt <= 1 ? task.Title : $"(attempt {task.Attempt}) {task.Title}"));
        var ended = task.EndedAt ?? now;
        switch (task.Phase)
        {
            case TaskPhase.Accepted when task.ReusedFrom is { } source:
                Find(ended, 1, at => lines.Tell(at, "reused", task.Id, agent, $"from {source}"));
                break;
            case TaskPhase.Accepted:
                // Behind its own start, where both are of one moment.
                Find(ended, isNewAttempt && task.StartedAt >= ended ? 4 : 0, at => lines.Tell(at, "accepted", task.Id, agent, Look.Duration(task.EndedAt - task.StartedAt)));
                break;
            case TaskPhase.Failed:
                Find(ended, 4, at => lines.Tell(at, "failed", task.Id, agent, task.Reason ?? ""));
                break;
            case TaskPhase.Skipped:
                Find(ended, 4, at => lines.Tell(at, "skipped", task.Id, agent, task.Reason ?? ""));
                break;
            case TaskPhase.Backoff:
                Find(now, 4, at => lines.Tell(at, $"retry in {Look.Duration(task.NextAttemptAt - at)}", task.Id, agent, task.Reason ?? ""));
                break;
            case TaskPhase.Approval:
                Find(now, 4, at =>
                {
                    lines.Tell(at, "approval?", task.Id, "", task.Message ?? "");
                    lines.HowToAnswer(at, before.Run, task.Id, store);
                });
                break;
        }

        if (was.Phase == TaskPhase.Approval && task.Phase is TaskPhase.Ready or TaskPhase.Running or TaskPhase.Accepted)
            Find(task.StartedAt ?? now, 2, at => lines.Tell(at, "approved", task.Id, "", ""));
    }

    private void Find(DateTimeOffset at, int rank, Action<DateTimeOffset> tell) => found.Add((at, rank, tell));
}
