using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Miyabi.Core.Activities;
using Miyabi.Core.Orchestration;

namespace Orchestrator.Functions;

/// <summary>The orchestrator: carries a run out, an instance a run.</summary>
/// <remarks>
/// Its version is <c>defaultVersion</c> in host.json, matched strictly: an instance of another version is never replayed by this code. It fails, and the next
/// one goes on from the ledger. The version changes whenever the calls that <see cref="RunOrchestration"/> makes do.
/// </remarks>
public static class RunPlanFunction
{
    /// <summary>The orchestrator's name.</summary>
    public const string Name = "RunPlan";

    /// <summary>Deterministic, as every orchestrator must be: all that it does goes through its context.</summary>
    [Function(Name)]
    public static async Task<RunEnd> RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var input = context.GetInput<RunInput>() ?? throw new RunFaultException("The instance was started without an input.");
        try
        {
            return await RunOrchestration.RunAsync(new DurableContext(context), input);
        }
        catch (SupersededException)
        {
            return new RunEnd(null); // a newer owner carries the run out
        }
    }
}
