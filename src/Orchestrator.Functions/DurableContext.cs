using Agents.Functions;
using Microsoft.DurableTask;
using Miyabi.Core.Activities;
using Miyabi.Core.Orchestration;

namespace Orchestrator.Functions;

/// <summary>The orchestration's port on Durable Functions.</summary>
internal sealed class DurableContext(TaskOrchestrationContext context) : IOrchestrationContext
{
    // What leaves an activity as an exception is trouble that passes: a store that is away, a worker that is told to end. A day of it is borne: 5 s, 10 s, 20 s,
    // 40 s, then every minute.
    private static readonly TaskOptions Patience = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: 24 * 60,
        firstRetryInterval: TimeSpan.FromSeconds(5),
        backoffCoefficient: 2,
        maxRetryInterval: TimeSpan.FromMinutes(1)));

    public async Task<TAnswer> CallActivityAsync<TAnswer>(string name, object input)
    {
        var answer = await context.CallActivityAsync<ActivityAnswer<TAnswer>>(name, input, Patience);
        return answer switch
        {
            { Fault: null, Value: { } value } => value,
            { Superseded: true } => throw new SupersededException(context.InstanceId),
            _ => throw new RunFaultException(answer.Fault ?? $"The activity {name} gave no answer."),
        };
    }

    public Task CreateTimer(DateTimeOffset fireAt, CancellationToken cancellationToken) => context.CreateTimer(fireAt.UtcDateTime, cancellationToken);

    public Task<TEvent> WaitForEventAsync<TEvent>(string name) => context.WaitForExternalEvent<TEvent>(name);

    public void SetStatus(RunStatus status) => context.SetCustomStatus(status);

    public void ContinueAsNew(RunInput input) => context.ContinueAsNew(input);
}

/// <summary>A run cannot go on: what its documents say does not hold. Its instance ends with this; the run's ledger is as it was.</summary>
/// <param name="message">What is wrong.</param>
public sealed class RunFaultException(string message) : Exception(message);
