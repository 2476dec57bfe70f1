using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Miyabi.Core.Tests.Plans;

namespace Miyabi.Core.Tests.Orchestration;

/// <summary>Plans for runs in tests.</summary>
internal static class TestPlans
{
    internal static ImmutableDictionary<TKey, TValue> ToImmutable<TKey, TValue>(this Dictionary<TKey, TValue> map)
        where TKey : notnull => map.ToImmutableDictionary();

    internal static ImmutableSortedDictionary<string, string> ToSorted(this Dictionary<string, string> map) => map.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>One task, with fields as JSON.</summary>
    internal static string One(string fields = "") => Tasks($$"""{ "id": "one", "agent": "A"{{(fields.Length == 0 ? "" : ", " + fields)}} }""");

    /// <summary>Tasks as JSON, for a claude agent with many slots and a codex one.</summary>
    internal static string Tasks(params string[] tasks) => $$"""
        { "name": "p", "version": 1,
          "agents": [ { "id": "A", "kind": "claude", "slots": 100 }, { "id": "X", "kind": "codex", "slots": 100 } ],
          "policy": { "maxParallel": 100 },
          "tasks": [ {{string.Join(",\n", tasks)}} ] }
        """;

    /// <summary>So many tasks that wait for nothing.</summary>
    internal static string Wide(int tasks, int parallel = 100) => Plan(Enumerable.Range(0, tasks).Select(i => ($"t{i}", Array.Empty<string>())), parallel);

    /// <summary>A plan drawn from a seed.</summary>
    internal static string Random(int seed)
    {
        var random = new Random(seed);
        var count = random.Next(1, 25);
        return Plan(
            Enumerable.Range(0, count).Select(i =>
                ($"t{i}", Enumerable.Range(0, i).Where(_ => random.Next(i + 2) < 2).Select(d => $"t{d}").ToArray())),
            random.Next(1, 8));
    }

    internal static string Plan(IEnumerable<(string Id, string[] DependsOn)> tasks, int parallel)
    {
        var plan = SamplePlans.Parse(SamplePlans.Small);
        plan["agents"] = JsonNode.Parse("""[ { "id": "A", "kind": "claude", "slots": 200 }, { "id": "B", "kind": "claude" }, { "id": "X", "kind": "codex" } ]""");
        plan["policy"] = new JsonObject { ["maxParallel"] = parallel };
        plan["tasks"] = new JsonArray([.. tasks.Select((task, i) => (JsonNode)new JsonObject
        {
            ["id"] = task.Id,
            ["agent"] = i % 7 == 3 ? "X" : i % 5 == 2 ? "B" : "A",
            ["dependsOn"] = new JsonArray([.. task.DependsOn.Select(id => JsonValue.Create(id))]),
            ["writes"] = new JsonArray($"{task.Id}/**"),
        })]);
        return plan.ToJsonString();
    }
}
