using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Orchestration;

namespace Orchestrator.Functions;

/// <summary>Durable Functions as the front door needs them.</summary>
/// <param name="client">The client of the task hub.</param>
public sealed class DurableRunEngine(DurableTaskClient client) : IRunEngine
{
    /// <inheritdoc/>
    public async Task<InstanceState> FindAsync(string instance, CancellationToken cancellationToken)
    {
        var found = await AskAsync("asked", () => client.GetInstanceAsync(instance, getInputsAndOutputs: false, cancellationToken));
        return found?.RuntimeStatus switch
        {
            null => InstanceState.Absent,
            OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated => InstanceState.Ended,
            _ => InstanceState.Running,
        };
    }

    /// <inheritdoc/>
    public async Task<bool> StartAsync(string instance, RunInput input, CancellationToken cancellationToken)
    {
        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync(RunPlanFunction.Name, input, new StartOrchestrationOptions(instance), cancellationToken);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Which exception says that it is there already depends on the back end. The instance itself does not.
            if (await FindAsync(instance, cancellationToken) == InstanceState.Running)
                return false;
            throw Trouble("started", e);
        }
    }

    /// <inheritdoc/>
    public async Task WakeAsync(string instance, CancellationToken cancellationToken)
    {
        if (await FindAsync(instance, cancellationToken) != InstanceState.Running)
            return;
        await AskAsync("woken", async () =>
        {
            await client.RaiseEventAsync(instance, ActivityNames.ControlEvent, new ControlSignal(), cancellationToken);
            return true;
        });
    }

    private static async Task<T> AskAsync<T>(string what, Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw Trouble(what, e);
        }
    }

    private static EngineException Trouble(string what, Exception e) =>
        new($"An instance could not be {what}: the Durable Functions host or its storage is away. Try again.", e);
}
