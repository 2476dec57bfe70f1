using System.Text.Json;
using System.Text.Json.Nodes;

namespace Miyabi.Cli.Planning;

/// <summary>A plan to begin with, for whoever has no model at hand: plan, implement, test, document, with a review.</summary>
internal static class PlanTemplate
{
    /// <summary>The plan as JSON, for a goal of at most <see cref="MaxGoalCharacters"/> characters.</summary>
    internal static JsonElement For(string goal) => JsonSerializer.SerializeToElement(new JsonObject
    {
        ["name"] = "new-plan",
        ["version"] = 1,
        ["description"] = "Made from a template: change it to what the work really needs.",
        ["agents"] = new JsonArray(Agent("CCG-1", "claude"), Agent("CCG-2", "claude"), Agent("CG-1", "codex")),
        ["policy"] = new JsonObject { ["schedule"] = "ready", ["maxParallel"] = 3 },
        ["defaults"] = new JsonObject { ["timeout"] = "PT10M", ["retry"] = new JsonObject { ["maxAttempts"] = 3, ["backoff"] = "PT5S", ["factor"] = 2 } },
        ["tasks"] = new JsonArray(
            Task("plan", "Plan the work", "CCG-1", [], $"Plan how to reach this goal: name the parts, their files below src/, and how one sees that each is done.\n\nThe goal:\n{goal}", null),
            Reviewed(Task("implement", "Implement it", "CG-1", ["plan"], $"Implement what was planned, in files below src/.\n\nThe goal:\n{goal}", "src/**")),
            Task("test", "Test it", "CCG-2", ["implement"], "Write tests, in files below tests/, for what was implemented: each must fail if what it tests is taken away.", "tests/**"),
            Task("document", "Document it", "CCG-1", ["implement"], "Write README.md for what was implemented: what it is, how to use it, its limits.", "README.md")),
    });

    /// <summary>The longest goal.</summary>
    internal const int MaxGoalCharacters = 20_000;

    private static JsonObject Agent(string id, string kind) => new() { ["id"] = id, ["kind"] = kind };

    private static JsonObject Task(string id, string title, string agent, string[] dependsOn, string prompt, string? writes)
    {
        var task = new JsonObject { ["id"] = id, ["title"] = title, ["agent"] = agent };
        if (dependsOn.Length > 0)
            task["dependsOn"] = new JsonArray([.. dependsOn.Select(name => JsonValue.Create(name))]);
        task["prompt"] = prompt;
        if (writes is not null)
            task["writes"] = new JsonArray(writes);
        return task;
    }

    private static JsonObject Reviewed(JsonObject task)
    {
        task["review"] = new JsonObject { ["agent"] = "CCG-2", ["maxRounds"] = 2 };
        return task;
    }
}
