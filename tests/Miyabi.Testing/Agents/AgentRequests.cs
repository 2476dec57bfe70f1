using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Testing.Agents;

/// <summary>Requests for tests of agents.</summary>
public static class AgentRequests
{
    /// <summary>An attempt of a task for an agent of a kind; the rest is as the test says.</summary>
    public static AgentRequest Of(string taskId, AgentKind kind, Func<PlanTask, PlanTask>? change = null)
    {
        var task = new PlanTask { Id = taskId, Title = "Title of " + taskId, Agent = new AgentSelector("agent-1", kind) };
        return new AgentRequest
        {
            RunId = "run-1",
            Task = change is null ? task : change(task),
            Attempt = 1,
            Agent = new AgentSpec { Id = "agent-1", Kind = kind },
        };
    }

    /// <summary>The request with accepted results of two tasks, without files.</summary>
    public static AgentRequest WithInputs(this AgentRequest request, params string[] taskIds) => request with
    {
        Task = request.Task with { DependsOn = [.. taskIds] },
        Inputs = [.. taskIds.Select(id => new AgentInput(id, JsonElement.Parse("""{ "fine": true }"""), []))],
    };
}
