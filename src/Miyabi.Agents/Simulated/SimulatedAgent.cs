using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Simulated;

/// <summary>Does what <see cref="SimulatedSettings"/> say, as if it worked.</summary>
/// <remarks>
/// Deterministic: output and files depend on the task alone, not on the clock, the speed, the run, the agent or the attempt.
/// An attempt that works takes <see cref="SimulatedSettings.Work"/> divided by <see cref="AgentRequest.Speed"/>, never less.
/// Refusals, rate limits and crashes come at once, before any work, and use nothing up.
/// </remarks>
/// <param name="time">Whose time the work takes.</param>
public sealed class SimulatedAgent(TimeProvider time) : IAgent
{
    private static readonly TimeSpan RateLimitWait = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The plan asks for <see cref="SimulatedFault.Crash"/> in this attempt.</exception>
    /// <exception cref="ArgumentException">The request's speed is not more than 0.</exception>
    public async Task<AgentResult> RunAsync(AgentRequest request, IProgress<AgentProgress> progress, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var settings = request.Task.Simulated ?? new SimulatedSettings();
        var fault = settings.Faults.ElementAtOrDefault(request.Attempt - 1);
        switch (fault)
        {
            case SimulatedFault.Refuse:
                return AgentResult.Failed(FailureKind.Refused, "A simulated refusal.");
            case SimulatedFault.RateLimit:
                return AgentResult.Failed(
                    FailureKind.RateLimited, "A simulated rate limit.", SimulatedWork.Scale(RateLimitWait, request.Speed));
            case SimulatedFault.Crash:
                throw new InvalidOperationException("A simulated crash.");
            case SimulatedFault.Hang:
                await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);
                break;
        }

        await SimulatedWork.DoAsync(SimulatedWork.Scale(settings.Work, request.Speed), time, progress, cancellationToken);
        return Ending(fault, request, settings) with { Usage = new(settings.Tokens, settings.Tokens, settings.CostUsd) };
    }

    private static AgentResult Ending(SimulatedFault fault, AgentRequest request, SimulatedSettings settings)
    {
        try
        {
            return fault switch
            {
                SimulatedFault.Fail => AgentResult.Failed(FailureKind.Failed, "A simulated failure."),
                SimulatedFault.Garbage => SimulatedContent.Garbage(request.Task),
                _ => SimulatedContent.Success(request, settings),
            };
        }
        catch (JsonException exception)
        {
            return AgentResult.Failed(
                FailureKind.InvalidOutput,
                $"The task's simulated output is not JSON: {exception.Message} Mend 'simulated.output' in the plan.");
        }
    }
}
