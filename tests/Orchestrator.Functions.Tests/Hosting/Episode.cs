using System.Collections.Concurrent;

namespace Orchestrator.Functions.Tests.Hosting;

/// <summary>Runs an orchestrator from its start over a history, on one thread, as far as it comes.</summary>
internal static class Episode
{
    /// <summary>What came of it.</summary>
    /// <param name="Context">The context it had.</param>
    /// <param name="Result">Its return value as JSON, if it has ended.</param>
    /// <param name="Error">The exception it ended with.</param>
    internal sealed record Outcome(HostContext Context, string? Result, Exception? Error);

    /// <summary>Runs it. <paramref name="old"/> of the events were there at the last episode.</summary>
    internal static Outcome Run<T>(Func<HostContext, Task<T>> orchestrator, string instance, string input, IReadOnlyList<HostEvent> history, int old)
    {
        var context = new HostContext(instance, input) { Replaying = old > 0 };
        var thread = new OneThread();
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(thread);
        try
        {
            Task<T>? run = null;
            for (var i = 0; i < history.Count; i++)
            {
                context.Replaying = i < old;
                context.Take(history[i]);
                // The time is known from the first event on; the orchestrator begins then.
                run ??= orchestrator(context);
                thread.RunAll();
                if (run.IsCompleted)
                    break;
            }

            return new Outcome(
                context,
                run is { IsCompletedSuccessfully: true } ? HostJson.Message(run.Result) : null,
                run?.Exception?.InnerException);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private sealed class OneThread : SynchronizationContext
    {
        private readonly int thread = Environment.CurrentManagedThreadId;
        private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> work = new();

        public override void Post(SendOrPostCallback d, object? state) => work.Enqueue(
            Environment.CurrentManagedThreadId == thread ? (d, state) : throw new HostException("The orchestrator was carried on from another thread."));

        public override SynchronizationContext CreateCopy() => this;

        public void RunAll()
        {
            while (work.TryDequeue(out var next))
                next.Callback(next.State);
        }
    }
}
