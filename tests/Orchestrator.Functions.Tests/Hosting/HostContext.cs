using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Orchestrator.Functions.Tests.Hosting;

/// <summary>An orchestrator's context over a history: what is recorded is answered, what is new is noted.</summary>
/// <remarks>Behaves where it matters as was seen on a real host: an event goes to the last wait, a cancelled one included; what is pending when it continues as new is lost.</remarks>
internal sealed class HostContext(string instance, string input) : TaskOrchestrationContext
{
    private readonly Dictionary<int, HostEvent> called = [];
    private readonly Dictionary<int, Action<HostEvent>> open = [];
    private readonly Dictionary<string, Stack<TaskCompletionSource<string>>> waits = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<HostEvent.EventRaised> buffered = [];
    private DateTimeOffset now;
    private int ids;

    public override TaskName Name => new(RunPlanFunction.Name);

    public override string InstanceId => instance;

    public override ParentOrchestrationInstance? Parent => null;

    public override DateTime CurrentUtcDateTime => now.UtcDateTime;

    public override bool IsReplaying => Replaying;

    /// <summary>Whether what goes on now is recorded already.</summary>
    internal bool Replaying { get; set; }

    /// <summary>The last status shown, as JSON.</summary>
    internal string? Status { get; private set; }

    /// <summary>The input to start anew with, and the events that go with it.</summary>
    internal (string Input, List<HostEvent.EventRaised> Events)? Next { get; private set; }

    /// <summary>Timers that it does not wait for any more.</summary>
    internal HashSet<int> CancelledTimers { get; } = [];

    /// <summary>What it called that is in no history yet, in order.</summary>
    internal IEnumerable<HostEvent> New => called.OrderBy(call => call.Key).Select(call => call.Value);

    protected override ILoggerFactory LoggerFactory => NullLoggerFactory.Instance;

    public override T GetInput<T>() => HostJson.Read<T>(input)!;

    public override async Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        var json = HostJson.Message(input);
        var policy = options?.Retry?.Policy;
        var wait = policy?.FirstRetryInterval ?? default;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return HostJson.Read<TResult>(await ScheduleAsync(name, json))!;
            }
            catch (ActivityFailedException e)
            {
                if (policy is null || attempt >= policy.MaxNumberOfAttempts)
                    throw new TaskFailedException(name.Name, ids, e);
            }

            await CreateTimer(CurrentUtcDateTime + wait, default);
            wait = wait * policy.BackoffCoefficient < policy.MaxRetryInterval ? wait * policy.BackoffCoefficient : policy.MaxRetryInterval;
        }
    }

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        var (id, source) = (ids++, new TaskCompletionSource());
        called[id] = new HostEvent.TimerCreated(id, new DateTimeOffset(fireAt));
        open[id] = _ => source.TrySetResult();
        cancellationToken.Register(() =>
        {
            if (source.TrySetCanceled(cancellationToken))
                CancelledTimers.Add(id);
        });
        return source.Task;
    }

    public override async Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        var source = new TaskCompletionSource<string>();
        if (!waits.TryGetValue(eventName, out var stack))
            waits[eventName] = stack = new Stack<TaskCompletionSource<string>>();
        stack.Push(source);
        cancellationToken.Register(() => source.TrySetCanceled(cancellationToken));
        if (buffered.Find(raised => string.Equals(raised.Name, eventName, StringComparison.OrdinalIgnoreCase)) is { } early)
        {
            buffered.Remove(early);
            Raise(early);
        }

        return HostJson.Read<T>(await source.Task)!;
    }

    public override void SetCustomStatus(object? customStatus) => Status = HostJson.Status(customStatus);

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        Next = (HostJson.Message(newInput), preserveUnprocessedEvents ? [.. buffered] : []);

    public override void SendEvent(string instanceId, string eventName, object payload) => throw new HostException("The orchestrator sends no events.");

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null) =>
        throw new HostException("The orchestrator has no sub-orchestrations.");

    public override Guid NewGuid() => throw new HostException("The orchestrator makes no ids.");

    /// <summary>Takes an event of the history.</summary>
    internal void Take(HostEvent happened)
    {
        switch (happened)
        {
            case HostEvent.EpisodeStarted started:
                now = started.At;
                break;
            case HostEvent.TaskScheduled scheduled:
                CheckSame(scheduled.Id, scheduled);
                break;
            case HostEvent.TimerCreated timer:
                CheckSame(timer.Id, timer);
                break;
            case HostEvent.TaskCompleted completed:
                Answer(completed.Id, completed);
                break;
            case HostEvent.TaskFailed failed:
                Answer(failed.Id, failed);
                break;
            case HostEvent.TimerFired fired:
                Answer(fired.Id, fired);
                break;
            case HostEvent.EventRaised raised:
                Raise(raised);
                break;
        }
    }

    private Task<string> ScheduleAsync(TaskName name, string json)
    {
        var (id, source) = (ids++, new TaskCompletionSource<string>());
        called[id] = new HostEvent.TaskScheduled(id, name.Name, json);
        open[id] = answer =>
        {
            if (answer is HostEvent.TaskCompleted completed)
                source.SetResult(completed.Result);
            else
                source.SetException(new ActivityFailedException(((HostEvent.TaskFailed)answer).Error));
        };
        return source.Task;
    }

    private void CheckSame(int id, HostEvent recorded)
    {
        if (!called.Remove(id, out var call) || call != recorded)
            throw new HostException($"Non-deterministic: recorded is {recorded}, called was {call?.ToString() ?? "nothing"}.");
    }

    private void Answer(int id, HostEvent answer)
    {
        if (open.Remove(id, out var tell))
            tell(answer);
    }

    private void Raise(HostEvent.EventRaised raised)
    {
        if (waits.TryGetValue(raised.Name, out var stack) && stack.TryPop(out var last))
            last.TrySetResult(raised.Payload); // where it was cancelled, the event is lost
        else
            buffered.Add(raised);
    }

    private sealed class ActivityFailedException(string message) : Exception(message);
}
