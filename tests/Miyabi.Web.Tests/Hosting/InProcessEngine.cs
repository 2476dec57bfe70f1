using System.Collections.Concurrent;
using System.Threading.Channels;
using Miyabi.Core.Activities;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Orchestration;

namespace Miyabi.Web.Tests.Hosting;

/// <summary>An engine in this process: it carries out what it is asked to with real activities, and a test can take it away or make it forget.</summary>
internal sealed class InProcessEngine(Func<(Advance Advance, RunTask RunTask)> worker, TimeProvider clock) : IRunEngine, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Instance> instances = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stop = new();

    /// <summary>Whether the engine is away.</summary>
    internal bool IsAway { get; set; }

    /// <summary>Instances are known as running, and do nothing.</summary>
    internal bool Holds { get; set; }

    /// <summary>What it was asked to start, in order.</summary>
    internal ConcurrentQueue<(string Instance, RunInput Input)> Starts { get; } = new();

    /// <summary>Whom it was asked to wake, in order.</summary>
    internal ConcurrentQueue<string> Wakes { get; } = new();

    /// <summary>Loses what it knew of an instance.</summary>
    internal void Forget(string instance) => instances.TryRemove(instance, out _);

    /// <summary>Has an instance end, however it stood.</summary>
    internal void End(string instance) => instances[instance] = new Instance { Ended = Task.CompletedTask };

    public Task<InstanceState> FindAsync(string instance, CancellationToken cancellationToken)
    {
        Check();
        return Task.FromResult(!instances.TryGetValue(instance, out var found) ? InstanceState.Absent : found.Ended.IsCompleted ? InstanceState.Ended : InstanceState.Running);
    }

    public Task<bool> StartAsync(string instance, RunInput input, CancellationToken cancellationToken)
    {
        Check();
        var made = new Instance();
        lock (instances)
        {
            if (instances.TryGetValue(instance, out var there) && !there.Ended.IsCompleted)
                return Task.FromResult(false);
            Starts.Enqueue((instance, input));
            instances[instance] = made;
            if (!Holds)
                made.Ended = Task.Run(() => CarryOutAsync(made, input), CancellationToken.None);
        }

        return Task.FromResult(true);
    }

    public Task WakeAsync(string instance, CancellationToken cancellationToken)
    {
        Check();
        Wakes.Enqueue(instance);
        if (instances.TryGetValue(instance, out var found))
            found.Controls.Writer.TryWrite(new ControlSignal());
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        foreach (var instance in instances.Values.Where(instance => instance.Ended != Instance.Never))
            await instance.Ended.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        stop.Dispose();
    }

    private async Task CarryOutAsync(Instance instance, RunInput input)
    {
        var (advance, runTask) = worker();
        RunInput? next = input;
        while (next is not null)
        {
            var context = new Context(instance, advance, runTask, clock, stop.Token);
            await RunOrchestration.RunAsync(context, next);
            next = context.Next;
        }
    }

    private void Check()
    {
        if (IsAway)
            throw new EngineException("secret-hub is away.");
    }

    private sealed class Instance
    {
        internal static readonly Task Never = new TaskCompletionSource().Task;

        internal Channel<ControlSignal> Controls { get; } = Channel.CreateUnbounded<ControlSignal>();

        internal Task Ended { get; set; } = Never;
    }

    private sealed class Context(Instance instance, Advance advance, RunTask runTask, TimeProvider clock, CancellationToken stop) : IOrchestrationContext
    {
        internal RunInput? Next { get; private set; }

        public async Task<TAnswer> CallActivityAsync<TAnswer>(string name, object input) => input switch
        {
            AdvanceRequest request => (TAnswer)(object)await Task.Run(() => advance.RunAsync(request, stop), stop),
            RunTaskRequest request => (TAnswer)(object)await Task.Run(() => runTask.RunAsync(request, stop), stop),
            _ => throw new ArgumentException(name, nameof(name)),
        };

        public async Task CreateTimer(DateTimeOffset fireAt, CancellationToken cancellationToken)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stop);
            if (fireAt - clock.GetUtcNow() is { Ticks: > 0 } wait)
                await Task.Delay(wait, clock, either.Token);
        }

        public async Task<TEvent> WaitForEventAsync<TEvent>(string name) => (TEvent)(object)await instance.Controls.Reader.ReadAsync(stop);

        public void SetStatus(RunStatus status)
        {
        }

        public void ContinueAsNew(RunInput input) => Next = input;
    }
}
