using System.Collections.Concurrent;
using Miyabi.Core.Orchestration;

namespace Miyabi.Testing.Orchestration;

/// <summary>An engine that keeps a history and re-runs the orchestration from its start at every event, as Durable Functions do.</summary>
/// <param name="orchestration">What to run.</param>
/// <param name="newWorker">Makes a process that carries activities out.</param>
/// <param name="clock">The time; it moves to the next timer when nothing is at work.</param>
public sealed class ReplayEngine(
    Func<IOrchestrationContext, RunInput, Task<RunEnd>> orchestration, Func<ReplayWorker> newWorker, ManualClock clock)
{
    private static readonly TimeSpan PollTime = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<string> raised = new();
    private readonly Dictionary<int, Task<string>> atWork = [];
    private readonly Lazy<ReplayWorker> worker = new(newWorker);
    private volatile TaskCompletionSource signal = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How activities reach their workers.</summary>
    public Delivery Delivery { get; init; }

    /// <summary>With a seed, endings are told in an order drawn from it, when everything that is at work has ended; else as they come.</summary>
    public int? Seed { get; init; }

    /// <summary>Events are lost.</summary>
    public bool SwallowsEvents { get; init; }

    /// <summary>Called when the orchestration waits for an event alone; it has somebody raise one.</summary>
    public Func<Task>? Idle { get; init; }

    /// <summary>Called after each turn with the last status.</summary>
    public Func<string, Task>? Turned { get; init; }

    /// <summary>The executions so far, one after the other.</summary>
    public List<ReplayHistory> Histories { get; } = [];

    /// <summary>An event for the orchestration; from any thread.</summary>
    public void Raise(string name)
    {
        if (SwallowsEvents)
            return;
        raised.Enqueue(name);
        signal.TrySetResult();
    }

    /// <summary>Runs to the end. Whatever ends it, nothing is at work afterwards.</summary>
    public async Task<RunEnd> RunAsync(RunInput input, CancellationToken cancellationToken = default)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var random = Seed is { } seed ? new Random(seed) : null;
        try
        {
            var json = ReplayJson.Message(input);
            while (true)
            {
                Histories.Add(new ReplayHistory(json));
                var outcome = await ExecuteAsync(Histories[^1], random, stop.Token);
                if (outcome.Error is { } error)
                    throw error;
                if (outcome.Next is not { } next)
                    return outcome.End!;
                json = ReplayJson.Message(next);
            }
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var task in atWork.Values)
                await task.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            atWork.Clear();
        }
    }

    private async Task<ReplayExecution.Outcome> ExecuteAsync(ReplayHistory history, Random? random, CancellationToken stop)
    {
        List<string> buffered = [];
        var dispatched = 0;
        while (true)
        {
            var outcome = ReplayExecution.Run(orchestration, history);
            for (; dispatched < history.Calls.Count; dispatched++)
            {
                if (history.Calls[dispatched].Kind == ReplayCallKind.Activity)
                    atWork[dispatched] = DeliverAsync(history.Calls[dispatched], stop);
            }

            if (outcome.Next is not null)
                CheckNothingPending(history);
            if (outcome.HasEnded)
                return outcome;
            if (Turned is not null && history.Calls.FindLast(call => call.Kind == ReplayCallKind.Status) is { } status)
                await Turned(status.Json);
            history.Answers.Add(await NextAsync(history, buffered, random, stop));
        }
    }

    private static void CheckNothingPending(ReplayHistory history)
    {
        foreach (var call in history.Open())
        {
            if (history.Calls[call].Kind != ReplayCallKind.EventWait)
                throw new ReplayException($"The orchestration continued as new while this was pending: {history.Calls[call]}.");
        }
    }

    private async Task<ReplayAnswer> NextAsync(ReplayHistory history, List<string> buffered, Random? random, CancellationToken stop)
    {
        while (true)
        {
            if (signal.Task.IsCompleted)
                signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            while (raised.TryDequeue(out var name))
                buffered.Add(name);
            var open = history.Open().ToList();
            foreach (var wait in open.Where(call => history.Calls[call].Kind == ReplayCallKind.EventWait))
            {
                if (buffered.Remove(history.Calls[wait].Name))
                    return new ReplayAnswer(wait, "{}");
            }

            if (Ended(random) is { } ended)
                return Take(ended);
            var timer = open.Where(call => history.Calls[call].Kind == ReplayCallKind.Timer).Select(call => (Call: call, At: FireAt(history, call)))
                .OrderBy(item => item.At).FirstOrDefault((Call: -1, At: default));
            if (timer.Call >= 0 && (atWork.Count == 0 || timer.At <= clock.GetUtcNow()))
            {
                clock.AdvanceTo(timer.At);
                return new ReplayAnswer(timer.Call, null);
            }

            // With a seed, for all of them: to go round as long as one has ended would keep busy the very thread that another one needs.
            if (atWork.Count == 0)
                await (Idle ?? throw new ReplayException("The orchestration waits for an event that nobody raises."))();
            else
                await Task.WhenAny(random is null ? Task.WhenAny(atWork.Values) : Task.WhenAll(atWork.Values), signal.Task);
            stop.ThrowIfCancellationRequested();
        }
    }

    private int? Ended(Random? random)
    {
        var ended = atWork.Where(item => item.Value.IsCompleted).Select(item => item.Key).Order().ToList();
        if (ended.Count == 0 || (random is not null && ended.Count < atWork.Count))
            return null;
        return ended[random?.Next(ended.Count) ?? 0];
    }

    private ReplayAnswer Take(int call)
    {
        atWork.Remove(call, out var task);
        return task!.IsCompletedSuccessfully
            ? new ReplayAnswer(call, task.Result)
            : new ReplayAnswer(call, null, task.Exception?.InnerException?.ToString() ?? "It was cancelled.");
    }

    private async Task<string> DeliverAsync(ReplayCall call, CancellationToken stop)
    {
        switch (Delivery)
        {
            case Delivery.Once:
                return await worker.Value.RunAsync(call.Name, call.Json, stop);
            case Delivery.TwiceAtOnce:
                return await BothAsync(newWorker().RunAsync(call.Name, call.Json, stop), newWorker().RunAsync(call.Name, call.Json, stop), call);
            default:
                var first = await (Delivery == Delivery.WorkerDies ? newWorker() : worker.Value).RunAsync(call.Name, call.Json, stop);
                var second = await newWorker().RunAsync(call.Name, call.Json, stop);
                return Same(first, second, call);
        }
    }

    // The duplicate looks for the outcome at times of its own: when the first has answered, they may come.
    private async Task<string> BothAsync(Task<string> one, Task<string> other, ReplayCall call)
    {
        await Task.WhenAny(one, other);
        while (!one.IsCompleted || !other.IsCompleted)
        {
            var now = clock.GetUtcNow();
            if (clock.NextDue is { } due && due <= now + PollTime)
                clock.AdvanceTo(due);
            await Task.WhenAny(Task.WhenAll(one, other), Task.Delay(1, CancellationToken.None));
        }

        return Same(await one, await other, call);
    }

    private static string Same(string first, string second, ReplayCall call) => first == second
        ? first
        : throw new ReplayException($"Delivered twice, {call} was answered with {first} and with {second}.");

    private static DateTimeOffset FireAt(ReplayHistory history, int call) =>
        DateTimeOffset.ParseExact(history.Calls[call].Json, "O", System.Globalization.CultureInfo.InvariantCulture);
}
