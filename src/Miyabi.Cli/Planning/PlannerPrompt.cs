namespace Miyabi.Cli.Planning;

/// <summary>What a model is told that is to write a plan.</summary>
internal static class PlannerPrompt
{
    /// <summary>The form of the answer: the reader of plans says what is wrong with it better than a schema would.</summary>
    internal const string Schema = """{ "type": "object", "description": "the plan" }""";

    private const string Rules = """
        Write a plan for a society of agents. A plan is a JSON object, a directed acyclic graph of tasks; agents carry the tasks out in parallel as soon as what they depend on is done.
        An agent sees nothing but its task's prompt and the results (data and files) of the tasks that its task depends on. Put the plan into "data"; write no files.

        Form, with every field that you may use:
        {
          "name": "short-name",
          "version": 1,
          "description": "what comes of it, in a sentence or two",
          "agents": [ { "id": "CCG-1", "kind": "claude", "slots": 2 }, { "id": "CG-1", "kind": "codex", "slots": 2 } ],
          "policy": { "schedule": "ready", "maxParallel": 4, "onFailure": "continue" },
          "defaults": { "timeout": "PT10M", "retry": { "maxAttempts": 3, "backoff": "PT5S", "factor": 2 } },
          "tasks": [
            { "id": "plan", "title": "Plan it", "agent": "CCG-1", "prompt": "...", "outputSchema": { "type": "object", "properties": { "steps": { "type": "array", "items": { "type": "string" } } }, "required": [ "steps" ] } },
            { "id": "core", "title": "Implement the core", "agent": "CG-1", "dependsOn": [ "plan" ], "prompt": "...", "writes": [ "src/core/**" ], "review": { "agent": "CCG-1", "maxRounds": 2 } }
          ]
        }

        Rules:
        - Kinds: claude plans, tests, documents and reviews; codex implements. No other kinds, no commands, no webhooks, no inputs.
        - Ids are letters, digits, '.', '_' and '-', up to 64 characters, and differ by more than case. "dependsOn" names ids of tasks; no cycles.
        - "writes" are globs of the files that a task may produce, relative paths with forward slashes. Two tasks that may run at the same time must not overlap in them. A task that produces files needs them; one that does not has none.
        - A prompt is complete by itself: what to do, in which files, in which language and style, what to answer, and how one sees that it is done. It relies on the results of its dependencies by their task ids.
        - A result that other work stands on is reviewed: "review" by a claude agent that did not make it.
        - As many tasks as the goal needs and no more, rarely over 20, each worth an agent's ten minutes; as parallel as the work allows.

        """;

    /// <summary>The whole prompt for a goal.</summary>
    internal static string For(string goal) => $"{Rules}\nThe goal:\n{goal}\n";
}
