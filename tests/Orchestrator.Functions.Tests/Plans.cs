using System.Text.Json.Nodes;

namespace Orchestrator.Functions.Tests;

/// <summary>Plans for hosted runs.</summary>
internal static class Plans
{
    /// <summary>The reference plan: 15 agents, 15 tasks, 8 waves.</summary>
    internal static string Reference { get; } = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "webapp-framework.plan.json"));

    /// <summary>Two tasks, one behind them that a person must approve, and one behind that.</summary>
    internal const string Gated = """
        { "name": "gated", "version": 1,
          "agents": [ { "id": "A", "kind": "claude", "slots": 4 } ],
          "tasks": [
            { "id": "one", "agent": "A" }, { "id": "two", "agent": "A" },
            { "id": "gate", "agent": "A", "dependsOn": [ "one", "two" ], "approval": { "message": "Sure?" } },
            { "id": "last", "agent": "A", "dependsOn": [ "gate" ] } ] }
        """;

    /// <summary>Tasks one after the other.</summary>
    internal static string Chain(params string[] ids) => Of([.. ids.Select((id, i) => (id, i == 0 ? [] : new[] { ids[i - 1] }))], 5);

    /// <summary>Waves of so many tasks, each depending on two of the wave before.</summary>
    internal static string Waves(int waves, int width) => Of(
        [.. Enumerable.Range(0, waves).SelectMany(wave => Enumerable.Range(0, width).Select(task => (
            $"t{wave}-{task}", wave == 0 ? [] : new[] { $"t{wave - 1}-{task}", $"t{wave - 1}-{(task + 1) % width}" })))],
        Math.Min(width, 200));

    private static string Of((string Id, string[] DependsOn)[] tasks, int parallel) => new JsonObject
    {
        ["name"] = "made",
        ["version"] = 1,
        ["agents"] = new JsonArray(new JsonObject { ["id"] = "A", ["kind"] = "claude", ["slots"] = 200 }),
        ["policy"] = new JsonObject { ["maxParallel"] = parallel },
        ["tasks"] = new JsonArray([.. tasks.Select(task => (JsonNode)new JsonObject
        {
            ["id"] = task.Id,
            ["agent"] = "A",
            ["dependsOn"] = new JsonArray([.. task.DependsOn.Distinct().Select(id => JsonValue.Create(id))]),
        })]),
    }.ToJsonString();
}
