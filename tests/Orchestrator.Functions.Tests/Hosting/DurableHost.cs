using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Miyabi.Core.Orchestration;
using Miyabi.Testing.Orchestration;

namespace Orchestrator.Functions.Tests.Hosting;

/// <summary>How an activity's message reaches workers. At least once, always.</summary>
internal enum Deliveries
{
    /// <summary>Once.</summary>
    Once,

    /// <summary>To a worker that answers, and again to another: as after an answer that came too late.</summary>
    Twice,

    /// <summary>To a worker that dies before its answer is kept, then to another.</summary>
    WorkerDies,
}

/// <summary>A task hub and its host, in memory: keeps a history of each instance, and runs the orchestrator over it from the start at every episode.</summary>
/// <param name="newWorker">Makes a worker's process.</param>
/// <param name="clock">The time; it moves to the next timer when nothing else can go on.</param>
internal sealed class DurableHost(Func<HostWorker> newWorker, ManualClock clock) : DurableTaskClient("test")
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, HostInstance> instances = new(StringComparer.Ordinal);
    private readonly Lazy<HostWorker> worker = new(newWorker);
    private volatile TaskCompletionSource signal = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Deliveries Deliveries { get; init; }

    /// <summary>With a seed, endings are told one by one in an order drawn from it, when all that is at work has ended; else as they come.</summary>
    internal int? Seed { get; init; }

    /// <summary>The version of the orchestrator in the app that is deployed (<c>defaultVersion</c>); others are not run, but fail: Strict and Fail.</summary>
    internal string Version { get; set; } = "1";

    /// <summary>Called when an instance waits for an event alone; it has somebody raise one.</summary>
    internal Func<string, Task>? Idle { get; set; }

    /// <summary>Called after each episode with the instance and its status.</summary>
    internal Func<string, string?, Task>? Turned { get; set; }

    /// <summary>Every activity message so far, in the order of calls.</summary>
    internal List<(string Name, string Input)> Messages { get; } = [];

    /// <summary>The hub's instance.</summary>
    internal HostInstance this[string id]
    {
        get
        {
            lock (gate)
                return instances[id];
        }
    }

    /// <summary>Loses an instance's history.</summary>
    internal void Forget(string id)
    {
        lock (gate)
            instances.Remove(id);
    }

    /// <summary>Runs an instance until it has ended, or the token is set.</summary>
    internal async Task<HostInstance> RunAsync(string id, CancellationToken cancellationToken = default)
    {
        var instance = this[id];
        var random = Seed is { } seed ? new Random(seed) : null;
        while (instance.State is OrchestrationRuntimeStatus.Pending or OrchestrationRuntimeStatus.Running)
        {
            await GatherAsync(instance, random, cancellationToken);
            Turn(instance);
            if (Turned is not null)
                await Turned(id, instance.Status);
        }

        await Task.WhenAll(instance.AtWork.Values).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return instance;
    }

    public override Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName, object? input = null, StartOrchestrationOptions? options = null, CancellationToken cancellation = default)
    {
        Assert.Equal(RunPlanFunction.Name, orchestratorName.Name);
        var id = options?.InstanceId ?? Guid.NewGuid().ToString("N");
        lock (gate)
        {
            // As the real one does: while it runs, an error; afterwards it is run again, as if nothing had been.
            if (instances.TryGetValue(id, out var found) && found.State is OrchestrationRuntimeStatus.Pending or OrchestrationRuntimeStatus.Running)
                throw new InvalidOperationException($"An orchestration instance '{id}' is there already.");
            instances[id] = new HostInstance(id, Version, HostJson.Message(input));
        }

        return Task.FromResult(id);
    }

    public override Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        lock (gate)
        {
            if (instances.TryGetValue(instanceId, out var instance))
                instance.Inbox.Add(new HostEvent.EventRaised(eventName, HostJson.Message(eventPayload)));
        }

        signal.TrySetResult();
        return Task.CompletedTask;
    }

    public override Task<OrchestrationMetadata?> GetInstancesAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        lock (gate)
        {
            return Task.FromResult(instances.TryGetValue(instanceId, out var found)
                ? new OrchestrationMetadata(RunPlanFunction.Name, instanceId) { RuntimeStatus = found.State, SerializedCustomStatus = found.Status, SerializedOutput = found.Output }
                : null);
        }
    }

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null) => throw new NotSupportedException();

    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        throw new NotSupportedException();

    public override Task SuspendInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        throw new HostException("Nobody suspends instances: a suspended one would not hear of a cancel.");

    public override Task ResumeInstanceAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        throw new HostException("Nobody resumes instances.");

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // Waits until something has come for the instance, and puts it into its inbox.
    private async Task GatherAsync(HostInstance instance, Random? random, CancellationToken cancellationToken)
    {
        if (instance.State == OrchestrationRuntimeStatus.Pending)
            return;
        while (true)
        {
            signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            TakeEnded(instance, random);
            lock (gate)
            {
                if (instance.Inbox.Count > 0)
                    return;
            }

            if (instance.Timers.OrderBy(timer => timer.Value).Select(timer => (int?)timer.Key).FirstOrDefault() is { } next
                && (instance.AtWork.Count == 0 || instance.Timers[next] <= clock.GetUtcNow()))
            {
                clock.AdvanceTo(instance.Timers[next]);
                instance.Timers.Remove(next);
                instance.Inbox.Add(new HostEvent.TimerFired(next));
                return;
            }

            if (instance.AtWork.Count == 0)
                await (Idle ?? throw new HostException($"Instance {instance.Id} waits for an event that nobody raises."))(instance.Id);
            else
                await Task.WhenAny(random is null ? Task.WhenAny(instance.AtWork.Values) : Task.WhenAll(instance.AtWork.Values), signal.Task);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static void TakeEnded(HostInstance instance, Random? random)
    {
        var ended = instance.AtWork.Where(work => work.Value.IsCompleted).Select(work => work.Key).Order().ToList();
        if (random is not null)
            ended = ended.Count == 0 || ended.Count < instance.AtWork.Count ? [] : [ended[random.Next(ended.Count)]];
        foreach (var id in ended)
        {
            instance.AtWork.Remove(id, out var answer);
            instance.Inbox.Add(answer!.Result);
        }
    }

    private void Turn(HostInstance instance)
    {
        instance.State = OrchestrationRuntimeStatus.Running;
        if (instance.Version != Version)
        {
            (instance.State, instance.Error) = (OrchestrationRuntimeStatus.Failed, new HostException($"VersionMismatch: {instance.Version} is not {Version}."));
            return;
        }

        var old = instance.History.Count;
        instance.History.Add(new HostEvent.EpisodeStarted(clock.GetUtcNow()));
        lock (gate)
        {
            instance.History.AddRange(instance.Inbox);
            instance.Inbox.Clear();
        }

        var outcome = Episode.Run(RunPlanFunction.RunAsync, instance.Id, instance.Input, instance.History, old);
        instance.Status = outcome.Context.Status ?? instance.Status;
        foreach (var cancelled in outcome.Context.CancelledTimers)
            instance.Timers.Remove(cancelled);
        foreach (var call in outcome.Context.New)
        {
            instance.History.Add(call);
            if (call is HostEvent.TimerCreated timer && !outcome.Context.CancelledTimers.Contains(timer.Id))
                instance.Timers[timer.Id] = timer.FireAt;
            else if (call is HostEvent.TaskScheduled task)
                instance.AtWork[task.Id] = DeliverAsync(task);
        }

        instance.History.Add(new HostEvent.EpisodeCompleted());
        if (outcome.Context.Next is var (input, events) && outcome.Error is null && outcome.Result is not null)
            instance.ContinueAsNew(input, events);
        else if (outcome.Error is not null)
            (instance.State, instance.Error) = (OrchestrationRuntimeStatus.Failed, outcome.Error);
        else if (outcome.Result is not null)
            (instance.State, instance.Output) = (OrchestrationRuntimeStatus.Completed, outcome.Result);
        // An execution that continued as new begins at once.
        if (outcome.Context.Next is not null && instance.State == OrchestrationRuntimeStatus.Running)
            Turn(instance);
    }

    private async Task<HostEvent> DeliverAsync(HostEvent.TaskScheduled task)
    {
        lock (gate)
            Messages.Add((task.Name, task.Input));
        try
        {
            var first = await (Deliveries == Deliveries.WorkerDies ? newWorker() : worker.Value).RunAsync(task.Name, task.Input);
            if (Deliveries == Deliveries.Once)
                return new HostEvent.TaskCompleted(task.Id, first);
            var second = await newWorker().RunAsync(task.Name, task.Input);
            return first == second ? new HostEvent.TaskCompleted(task.Id, second) : throw new HostException($"{task} was answered with {first} and with {second}.");
        }
        catch (Exception e) when (e is not HostException)
        {
            return new HostEvent.TaskFailed(task.Id, $"{e.GetType().FullName}: {e.Message}");
        }
    }
}
