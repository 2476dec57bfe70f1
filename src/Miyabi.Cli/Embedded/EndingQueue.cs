using Miyabi.Core.Orchestration;

namespace Miyabi.Cli.Embedded;

/// <summary>Tells an orchestration of attempts that have ended: of all at once that ended since it was last told.</summary>
/// <remarks>
/// A delivery waits its turn behind whatever else the thread pool has to do. So an idle machine tells each ending at once, and a busy one tells several
/// together, which one step then takes in.
/// </remarks>
/// <param name="queue">Has a delivery done when its turn has come; <see langword="null"/>: by the thread pool.</param>
internal sealed class EndingQueue(Action<Action>? queue = null)
{
    private readonly Action<Action> queue =
        queue ?? (delivery => ThreadPool.UnsafeQueueUserWorkItem(deliver => deliver(), delivery, preferLocal: false));

    private readonly Lock gate = new();
    private List<Action> ended = [];

    /// <summary>A task that ends as the activity does, when its turn has come.</summary>
    internal Task<TaskEnding> Deliver(Task<TaskEnding> activity)
    {
        // Whoever waits for several goes on by the pool, not within the delivery: mostly all that are delivered together are there by then, and
        // one that is not is taken in by the next step.
        var answer = new TaskCompletionSource<TaskEnding>(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = activity.ContinueWith(
            finished => Add(() => answer.SetFromTask(finished)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return answer.Task;
    }

    private void Add(Action ending)
    {
        lock (gate)
        {
            ended.Add(ending);
            if (ended.Count > 1)
                return; // a delivery is on its way
        }

        queue(Deliver);
    }

    private void Deliver()
    {
        List<Action> now;
        lock (gate)
            (now, ended) = (ended, []);
        foreach (var ending in now)
            ending();
    }
}
