using Miyabi.Core.Orchestration;

namespace Miyabi.Cli.Embedded;

/// <summary>Tells an orchestration of attempts that have ended: of all at once that ended since it was last told.</summary>
/// <remarks>
/// A delivery waits its turn behind whatever else the thread pool has to do. So an idle machine tells each ending at once, and a busy one tells several
/// together, which one step then takes in.
/// </remarks>
internal sealed class EndingQueue
{
    private readonly Lock gate = new();
    private List<Action> ended = [];

    /// <summary>A task that ends as the activity does, when its turn has come.</summary>
    internal Task<TaskEnding> Deliver(Task<TaskEnding> activity)
    {
        // Whoever waits for several goes on when this returns to the pool: by then all that are delivered together are there.
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

        ThreadPool.UnsafeQueueUserWorkItem(queue => queue.Deliver(), this, preferLocal: false);
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
