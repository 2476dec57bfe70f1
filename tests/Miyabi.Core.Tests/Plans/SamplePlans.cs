using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Tests.Plans;

/// <summary>Valid plans for tests, and plans made to measure.</summary>
public static class SamplePlans
{
    public const string Small = """
        {
          "name": "small", "version": 1,
          "agents": [ { "id": "A", "kind": "claude" } ],
          "tasks": [ { "id": "one", "agent": "A" } ]
        }
        """;

    /// <summary>Every field of the format.</summary>
    public const string Full = """
        {
          "$schema": "../schemas/plan.schema.json",
          "name": "full", "version": 1, "description": "Every field.\nOn two lines.",
          "agents": [
            { "id": "CCG-1", "kind": "claude", "provider": "simulated", "slots": 2 },
            { "id": "CG-1", "kind": "codex", "model": "gpt-5.3-codex" },
            { "id": "sh", "kind": "command", "command": {
              "run": ["git", "-C", "${input.repo}"], "arguments": ["--", "${plan.dir}/x", "${workspace}", "$HOME", "{}"], "output": "text",
              "environment": { "LANG": "C", "EMPTY": "" }, "passEnvironment": ["PATH", "_x1"] } }
          ],
          "inputs": { "repo": { "description": "A repository.", "default": ".." }, "other": {} },
          "defaults": { "timeout": "PT2M", "retry": { "maxAttempts": 4, "backoff": "PT1S", "factor": 1.5, "maxBackoff": "PT1M" }, "estimate": "PT30S" },
          "policy": { "schedule": "ready", "maxParallel": 200, "onFailure": "stop", "providerCaps": { "simulated": 3, "command": 200 },
            "budget": { "maxCostUsd": 0.01, "maxTokens": 1e6 } },
          "notify": [
            { "url": "https://example.com:8443/hooks/miyabi?x=1&y=%20", "secret": "CHAT_HOOK" },
            { "url": "http://[::1]:8080/", "secret": "local", "events": ["run.ended", "task.accepted"] } ],
          "tasks": [
            { "id": "plan", "title": "Plan it", "agent": "CCG-1", "priority": -1000, "prompt": "Plan — ünïcode 😀.",
              "outputSchema": { "type": "object", "required": ["steps"], "properties": { "steps": { "type": "array" } } },
              "writes": ["plan/**"], "timeout": "PT1S", "estimate": "PT0S",
              "approval": { "message": "Go?", "timeout": "P1D", "default": "approve" },
              "simulated": { "work": "PT8S", "files": ["plan/a.md", "plan/b/c.md"],
                "faults": ["none", "fail", "refuse", "rateLimit", "hang", "garbage", "crash"],
                "output": { "steps": [1, null, "x"] }, "tokens": 12, "costUsd": 0.25 } },
            { "id": "build", "agent": { "kind": "codex" }, "dependsOn": ["plan"], "writes": ["core/**", "*.md"],
              "retry": { "maxAttempts": 1 }, "simulated": { "work": "PT12S", "output": null }, "model": "ft:gpt-5.3/team~1" },
            { "id": "check", "agent": "sh", "dependsOn": ["build", "plan"], "priority": 5.0, "writes": ["core/**"],
              "approval": { "message": "Really?" },
              "command": { "arguments": ["status", "${input.other}"], "output": "json" } }
          ]
        }
        """;

    /// <summary>Every field of a gate and a review.</summary>
    public const string Checked = """
        {
          "name": "checked", "version": 1,
          "agents": [ { "id": "C", "kind": "claude" }, { "id": "X", "kind": "codex" }, { "id": "Y", "kind": "codex" }, { "id": "G", "kind": "command" } ],
          "defaults": { "timeout": "PT2M", "retry": { "maxAttempts": 4 }, "estimate": "PT30S" },
          "tasks": [
            { "id": "a", "agent": "X", "writes": ["a/**"],
              "gate": { "agent": "G", "command": { "run": ["dotnet", "test"], "output": "text" }, "maxRounds": 10, "timeout": "PT1M", "retry": { "maxAttempts": 1 },
                "estimate": "PT5S", "simulated": { "work": "PT1S", "faults": ["fail"] } },
              "review": { "agent": { "kind": "codex" }, "prompt": "Mind the tests.", "command": { "run": ["x"] }, "maxRounds": 1, "timeout": "PT1M", "retry": { "maxAttempts": 2 },
                "estimate": "PT5S", "simulated": { "output": { "verdict": "reject", "findings": ["x"] } } } },
            { "id": "b", "agent": "X", "gate": {}, "review": {} } ]
        }
        """;

    /// <summary>The reference system's own queue: 15 tasks, and what its run left in the fields.</summary>
    public static string ReferenceQueue { get; } = Queue(
    [
        ("CCG-1", "planning", "Analyze requirements and create implementation plan", [], 8),
        ("CG-1", "core", "Implement core/ (5 files)", [1], 12),
        ("CG-2", "http", "Implement http/ (4 files)", [1], 12),
        ("CG-3", "routing", "Implement routing/ (3 files)", [1], 12),
        ("CG-4", "utils", "Implement utils/ (4 files)", [1], 12),
        ("CG-5", "templating", "Implement templating/ (3 files)", [2, 3], 12),
        ("CG-6", "database", "Implement database/ (4 files)", [4, 5], 12),
        ("CG-7", "auth", "Implement auth/ (3 files)", [6], 12),
        ("CG-8", "validation", "Implement validation/ (3 files)", [6], 12),
        ("CG-9", "testing", "Implement testing/ and cli/ (5 files)", [7, 8, 9], 12),
        ("CCG-2", "tests", "Create test suite (4 test files)", [10], 8),
        ("CCG-3", "docs", "Generate documentation (4 docs)", [10], 8),
        ("CCG-4", "config", "Create configuration files (8 files)", [10], 8),
        ("CCG-5", "review", "Final review and integration", [11, 12, 13], 8),
        ("CCG-6", "verify", "Run all tests and verify 100 % pass rate", [14], 8),
    ]);

    public static IReadOnlyDictionary<string, string> Valid { get; } = new Dictionary<string, string>
    {
        ["small"] = Small,
        ["full"] = Full,
        ["checked"] = Checked,
        ["many"] = Many(40, 3).ToJsonString(),
    };

    public static PlanReading Read(string json) => PlanReader.Read(Encoding.UTF8.GetBytes(json));

    public static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    /// <summary>So many tasks, each with a folder of its own, each waiting for the few before it.</summary>
    public static JsonObject Many(int tasks, int dependencies)
    {
        var plan = Parse(Small);
        plan["tasks"] = new JsonArray([.. Enumerable.Range(0, tasks).Select(i => (JsonNode)new JsonObject
        {
            ["id"] = $"t{i}",
            ["agent"] = "A",
            ["dependsOn"] = new JsonArray([.. Enumerable.Range(Math.Max(0, i - dependencies), Math.Min(i, dependencies)).Select(d => JsonValue.Create($"t{d}"))]),
            ["writes"] = new JsonArray($"out/t{i}/**", $"t{i}.md"),
        })]);
        return plan;
    }

    /// <summary>A plan of tasks given as <c>id: dependencies</c>.</summary>
    public static string Graph(params string[] tasks) => PlanOf(tasks.Select(task => task.Split(':')).Select(parts => (JsonNode)new JsonObject
    {
        ["id"] = parts[0],
        ["agent"] = "A",
        ["dependsOn"] = new JsonArray([.. parts.ElementAtOrDefault(1)?.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => JsonValue.Create(id)) ?? []]),
    }));

    /// <summary>The small plan with other tasks, one on a line: task i stands in line i + 6.</summary>
    public static string PlanOf(IEnumerable<JsonNode> tasks) => $$"""
        {
          "name": "p", "version": 1,
          "agents": [ { "id": "A", "kind": "claude" }, { "id": "X", "kind": "codex" } ],
          "inputs": { "repo": {} },
          "tasks": [
        {{string.Join(",\n", tasks.Select(task => task.ToJsonString()))}}
        ] }
        """;

    /// <summary>All that a plan says, as text: records with arrays don't compare by what is in them.</summary>
    public static string Text(Plan plan) => JsonSerializer.Serialize(plan);

    private static string Queue((string Agent, string Module, string Description, int[] DependsOn, int Seconds)[] tasks) => new JsonObject
    {
        ["version"] = "1.0",
        ["created_at"] = "2025-10-08T12:00:00Z",
        ["tasks"] = new JsonArray([.. tasks.Select((task, i) => (JsonNode)new JsonObject
        {
            ["task_id"] = $"Task-{i + 1}",
            ["agent"] = task.Agent,
            ["description"] = task.Description,
            ["dependencies"] = new JsonArray([.. task.DependsOn.Select(d => JsonValue.Create($"Task-{d}"))]),
            ["status"] = new[] { "COMPLETED", "FAILED", "IN_PROGRESS", "READY", "PENDING" }[Math.Min(i, 4)],
            ["priority"] = i + 1,
            ["estimated_time"] = task.Seconds,
            ["module"] = task.Module,
            ["completed_by"] = "somebody",
        })]),
    }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
}
