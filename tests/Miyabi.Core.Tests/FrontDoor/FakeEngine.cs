using System.Collections.Concurrent;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Orchestration;

namespace Miyabi.Core.Tests.FrontDoor;

/// <summary>An engine that knows what it was told and carries nothing out.</summary>
internal sealed class FakeEngine : IRunEngine
{
    private readonly ConcurrentDictionary<string, InstanceState> instances = new(StringComparer.Ordinal);

    internal bool IsAway { get; set; }

    internal List<(string Instance, RunInput Input)> Starts { get; } = [];

    internal List<string> Wakes { get; } = [];

    internal int Asked { get; private set; }

    internal void Set(string instance, InstanceState state) => instances[instance] = state;

    public Task<InstanceState> FindAsync(string instance, CancellationToken cancellationToken)
    {
        Check();
        Asked++;
        return Task.FromResult(instances.GetValueOrDefault(instance, InstanceState.Absent));
    }

    public Task<bool> StartAsync(string instance, RunInput input, CancellationToken cancellationToken)
    {
        Check();
        Starts.Add((instance, input));
        instances[instance] = InstanceState.Running;
        return Task.FromResult(true);
    }

    public Task WakeAsync(string instance, CancellationToken cancellationToken)
    {
        Check();
        Wakes.Add(instance);
        return Task.CompletedTask;
    }

    private void Check()
    {
        if (IsAway)
            throw new EngineException("It is away.");
    }
}
