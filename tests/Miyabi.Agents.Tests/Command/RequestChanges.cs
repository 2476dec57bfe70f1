using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Tests.Command;

internal static class RequestChanges
{
    public static AgentRequest WithTask(this AgentRequest request, Func<PlanTask, PlanTask> change) =>
        request with { Task = change(request.Task) };
}
