using System.Collections.Concurrent;
using Miyabi.Agents;
using Miyabi.Cli.Embedded;
using Miyabi.Core.Activities;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Runs;

namespace Miyabi.Cli.Tests.Remote;

/// <summary>An engine in this process: instances are runs of the orchestration, each the owner of its run, with no memory but the ledger.</summary>
internal sealed class EmbeddedEngine(OpenRuns runs, IBlobStore store, AgentProviders providers) : IRunEngine, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, (Task Task, EmbeddedContext Context)> instances = new(StringComparer.Ordinal);
    private readonly EventWriters events = new(store, "engine", TimeProvider.System);
    private readonly CancellationTokenSource stop = new();

    public Task<InstanceState> FindAsync(string instance, CancellationToken cancellationToken) => Task.FromResult(
        instances.TryGetValue(instance, out var found) ? found.Task.IsCompleted ? InstanceState.Ended : InstanceState.Running : InstanceState.Absent);

    public Task<bool> StartAsync(string instance, RunInput input, CancellationToken cancellationToken)
    {
        var advance = new Advance(runs, TimeProvider.System, events);
        var runTask = new RunTask(runs, name => providers.TryFind(name, out var provider, out _) ? provider : throw new InvalidOperationException(), TimeProvider.System, () => Guid.NewGuid().ToString("N"), events);
        var context = new EmbeddedContext(advance, runTask, TimeProvider.System, _ => { }, stop.Token);
        return Task.FromResult(instances.TryAdd(instance, (Task.Run(() => RunOrchestration.RunAsync(context, input), CancellationToken.None), context)));
    }

    public Task WakeAsync(string instance, CancellationToken cancellationToken)
    {
        if (instances.TryGetValue(instance, out var found))
            found.Context.Signal();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        foreach (var (task, context) in instances.Values)
        {
            await task.ContinueWith(_ => { }, TaskScheduler.Default);
            await context.DrainAsync();
        }

        await events.DisposeAsync();
        stop.Dispose();
    }
}
