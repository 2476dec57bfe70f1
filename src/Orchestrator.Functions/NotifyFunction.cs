using Agents.Functions;
using Microsoft.Azure.Functions.Worker;
using Miyabi.Core.Activities;
using Miyabi.Core.Orchestration;

namespace Orchestrator.Functions;

/// <summary>Tells what a step has to tell to those whom the plan notifies.</summary>
/// <param name="notify">Does it.</param>
/// <param name="limits">How long a function may take here.</param>
/// <param name="log">Logs how it fails.</param>
public sealed class NotifyFunction(Notify notify, FunctionLimits limits, ActivityLog log)
{
    /// <summary>At-least-once, like every activity: see <see cref="Notify"/>.</summary>
    [Function(ActivityNames.Notify)]
    public async Task<ActivityAnswer<NotifyAnswer>> RunAsync([ActivityTrigger] NotifyRequest request, CancellationToken cancellationToken)
    {
        using var limit = limits.Begin(cancellationToken);
        return await log.OfAsync(ActivityNames.Notify, request.Run, token => notify.RunAsync(request, token), limit.Token);
    }
}
