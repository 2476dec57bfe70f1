using System.Collections.Concurrent;
using Miyabi.Core.Orchestration;

namespace Miyabi.Testing.Orchestration;

/// <summary>Runs an orchestration from its start over a history, on one thread, as far as it comes.</summary>
public static class ReplayExecution
{
    /// <summary>What came of it.</summary>
    /// <param name="End">The return value, if it ended.</param>
    /// <param name="Next">The input to start anew with, if it continued as new.</param>
    /// <param name="Error">The exception it ended with.</param>
    public sealed record Outcome(RunEnd? End, RunInput? Next, Exception? Error)
    {
        /// <summary>It has come to its end.</summary>
        public bool HasEnded => End is not null || Error is not null;
    }

    /// <summary>Executes.</summary>
    /// <exception cref="ReplayException">It did other calls than those recorded, or awaits what its context did not make.</exception>
    public static Outcome Run(Func<IOrchestrationContext, RunInput, Task<RunEnd>> orchestration, ReplayHistory history)
    {
        var context = new ReplayContext(history);
        var thread = new SingleThread();
        history.Turns++;
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(thread);
        try
        {
            var input = ReplayJson.Read<RunInput>(history.Input)!;
            var run = orchestration(context, input);
            thread.RunAll();
            for (var answer = 0; answer < history.Answers.Count && !run.IsCompleted; answer++)
            {
                thread.Outside(context.Tell);
                thread.RunAll();
            }

            if (context.Wrong is { } wrong)
                throw wrong;
            if (!run.IsCompleted)
            {
                context.CheckEnd();
                Probe(context, thread);
                return new Outcome(null, null, null);
            }

            if (run.IsCompletedSuccessfully)
                context.CheckEnd();
            return new Outcome(run.IsCompletedSuccessfully ? run.Result : null, context.Next, run.Exception?.InnerException);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
            thread.Leave();
        }
    }

    // A task of the context that ends makes whoever awaits it go on. Nobody does: then it is something else that is awaited.
    private static void Probe(ReplayContext context, SingleThread thread)
    {
        thread.CheckForeign();
        if (!context.HasOpen)
            throw new ReplayException("The orchestration awaits something, and its context has nothing open: it awaits what the context did not make.");
        thread.Outside(context.Probe);
        if (!thread.HasWork)
            throw new ReplayException("The orchestration awaits something that its context did not make.");
        thread.RunAll();
    }

    /// <summary>Runs what is posted on the thread that asks, and notes what comes from elsewhere.</summary>
    private sealed class SingleThread : SynchronizationContext
    {
        private readonly int thread = Environment.CurrentManagedThreadId;
        private readonly ConcurrentQueue<(SendOrPostCallback Callback, object? State)> work = new();
        private volatile bool foreign;
        private volatile bool left;

        public bool HasWork => !work.IsEmpty;

        public override void Post(SendOrPostCallback d, object? state)
        {
            if (left)
                return;
            foreign |= Environment.CurrentManagedThreadId != thread;
            work.Enqueue((d, state));
        }

        public override void Send(SendOrPostCallback d, object? state) => throw new ReplayException("An orchestration sends nothing to its thread.");

        public override SynchronizationContext CreateCopy() => this;

        public void RunAll()
        {
            while (work.TryDequeue(out var next))
                next.Callback(next.State);
            CheckForeign();
        }

        public void CheckForeign()
        {
            if (foreign)
                throw new ReplayException("The orchestration was carried on from another thread: it awaits something that its context did not make.");
        }

        // So that whoever awaits what ends is posted, and seen, instead of being run in place.
        public void Outside(Action action)
        {
            SetSynchronizationContext(null);
            action();
            SetSynchronizationContext(this);
        }

        public void Leave() => left = true;
    }
}
