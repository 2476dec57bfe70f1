using Agents.Functions;
using Microsoft.Azure.Functions.Worker;
using Miyabi.Core.Activities;
using Miyabi.Core.Orchestration;

namespace Orchestrator.Functions;

/// <summary>Verifies what has ended and decides what happens next.</summary>
/// <param name="advance">Does it.</param>
/// <param name="limits">How long a function may take here.</param>
/// <param name="log">Logs how it fails.</param>
public sealed class AdvanceFunction(Advance advance, FunctionLimits limits, ActivityLog log)
{
    /// <summary>At-least-once, like every activity: see <see cref="Advance"/>.</summary>
    [Function(ActivityNames.Advance)]
    public async Task<ActivityAnswer<AdvanceAnswer>> RunAsync([ActivityTrigger] AdvanceRequest request, CancellationToken cancellationToken)
    {
        using var limit = limits.Begin(cancellationToken);
        var answer = await log.OfAsync(ActivityNames.Advance, request.Run, token => advance.RunAsync(request, token), limit.Token);
        if (answer.Value is { } step)
            log.Stepped(request, step);
        return answer;
    }
}
