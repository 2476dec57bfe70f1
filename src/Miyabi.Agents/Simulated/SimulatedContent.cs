using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Simulated;

/// <summary>What a simulated attempt puts out: made from the task alone.</summary>
internal static class SimulatedContent
{
    /// <exception cref="JsonException">The plan's own output is not JSON.</exception>
    public static AgentResult Success(AgentRequest request, SimulatedSettings settings) => new()
    {
        Output = settings.Output is { } output ? JsonElement.Parse(output) : Output(request, settings),
        Files = [.. settings.Files.Select(path => File(request.Task, path))],
    };

    /// <summary>An output that nobody asked for, and a file that no <c>writes</c> allow.</summary>
    public static AgentResult Garbage(PlanTask task) => new()
    {
        Output = JsonElement.Parse("\"%%% not what was asked for %%%\""),
        Files = [File(task, "../garbage.txt")],
    };

    private static JsonElement Output(AgentRequest request, SimulatedSettings settings)
    {
        var output = new JsonObject
        {
            ["summary"] = Summary(request.Task),
            ["files"] = Strings(settings.Files),
            ["inputs"] = Strings([.. request.Inputs.Select(input => input.TaskId)]),
        };
        return JsonElement.Parse(output.ToJsonString());
    }

    private static string Summary(PlanTask task) => task.Title == task.Id ? task.Id : $"{task.Id}: {task.Title}";

    private static JsonArray Strings(ImmutableArray<string> texts) => [.. texts.Select(text => (JsonNode)text)];

    private static AgentFile File(PlanTask task, string path) =>
        new(path, Encoding.UTF8.GetBytes($"{path}\nMade by the simulated agent for {task.Id}: {task.Title}\n"));
}
