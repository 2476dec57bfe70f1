using Microsoft.Azure.Functions.Worker;
using Miyabi.Core.Activities;
using Miyabi.Core.Orchestration;

namespace Agents.Functions;

/// <summary>Carries out one attempt.</summary>
/// <param name="runTask">Does it.</param>
/// <param name="limits">How long a function may take here.</param>
/// <param name="log">Logs how it fails.</param>
public sealed class RunTaskFunction(RunTask runTask, FunctionLimits limits, ActivityLog log)
{
    /// <summary>At-least-once, like every activity: see <see cref="RunTask"/>.</summary>
    [Function(ActivityNames.RunTask)]
    public async Task<ActivityAnswer<TaskEnding>> RunAsync([ActivityTrigger] RunTaskRequest request, CancellationToken cancellationToken)
    {
        using var limit = limits.Begin(cancellationToken);
        return await log.OfAsync(ActivityNames.RunTask, request.Run, token => runTask.RunAsync(request, token), limit.Token);
    }
}
