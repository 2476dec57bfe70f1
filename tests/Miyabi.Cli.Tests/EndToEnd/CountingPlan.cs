using System.Globalization;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>A plan of real processes, each of which leaves a mark: so that what was carried out can be counted.</summary>
internal static class CountingPlan
{
    /// <summary>How many tasks it has.</summary>
    public const int Tasks = 9;

    /// <summary>A diamond of short programs in four waves; one of them fails at its first attempt. Each appends to its attempt's file in the marks' folder.</summary>
    public static void Write(CliSandbox sandbox)
    {
        Directory.CreateDirectory(sandbox["marks"]);
        const string script = """
            printf x >> "$1/$MIYABI_TASK.$MIYABI_ATTEMPT"; sleep 0.05
            while [ -e "$1.held/$MIYABI_TASK" ]; do sleep 0.05; done
            if [ "$MIYABI_TASK.$MIYABI_ATTEMPT" = c.1 ]; then echo 'not today' >&2; exit 7; fi
            mkdir -p "$MIYABI_TASK"; echo "made by $MIYABI_TASK" > "$MIYABI_TASK/file.txt"; printf '{"task":"%s"}' "$MIYABI_TASK"
            """;
        sandbox.Write("counting.json", Plan(script, "\"retry\": {\"maxAttempts\": 3, \"backoff\": \"PT0.05S\"},",
        [
            ("a", []), ("b", ["a"]), ("c", ["a"]), ("d", ["a"]), ("e", ["b"]), ("f", ["c", "d"]), ("g", ["d"]), ("h", ["e", "f", "g"]), ("i", ["h"]),
        ]));
    }

    /// <summary>Has a task's programs wait, their marks made, till it is released; at most the plan's ten minutes.</summary>
    public static void Hold(CliSandbox sandbox, string task)
    {
        Directory.CreateDirectory(sandbox["marks.held"]);
        File.WriteAllText(sandbox[$"marks.held/{task}"], "");
    }

    /// <summary>Lets a task's programs go on.</summary>
    public static void Release(CliSandbox sandbox, string task) => File.Delete(sandbox[$"marks.held/{task}"]);

    /// <summary>One task whose program says in the marks' folder which process it is, and goes on until it is ended or its sleep is; not at all once the file 'go' is there. When it has said so, its attempt's lease names it.</summary>
    public static void WriteWaiting(CliSandbox sandbox)
    {
        Directory.CreateDirectory(sandbox["marks"]);
        // Its input comes when the lease has been written.
        const string script = """
            cat > /dev/null; printf x >> "$1/$MIYABI_TASK.$MIYABI_ATTEMPT"
            if [ ! -e "$1/go" ]; then sleep 300 & echo $$ > "$1/shell.new"; echo $! > "$1/sleep"; mv "$1/shell.new" "$1/shell"; wait; fi
            printf '{"task":"%s"}' "$MIYABI_TASK"
            """;
        sandbox.Write("waiting.json", Plan(script, "", [("first", []), ("second", ["first"])]));
    }

    /// <summary>How often each attempt was carried out: <c>task.attempt</c> to times.</summary>
    public static Dictionary<string, int> Marks(CliSandbox sandbox) => Directory.EnumerateFiles(sandbox["marks"], "*.*")
        .ToDictionary(file => Path.GetFileName(file)!, file => (int)new FileInfo(file).Length, StringComparer.Ordinal);

    private static string Plan(string script, string defaults, (string Id, string[] DependsOn)[] tasks) => string.Create(CultureInfo.InvariantCulture, $$"""
        {
          "name": "counting", "version": 1,
          "inputs": { "marks": { "default": "marks" } },
          "agents": [ { "id": "Shell", "kind": "command", "provider": "command", "slots": 4,
            "command": { "run": ["sh", "-c", {{System.Text.Json.JsonSerializer.Serialize(script)}}, "sh", "${input.marks}"] } } ],
          "defaults": { {{defaults}} "timeout": "PT10M" },
          "policy": { "maxParallel": 4 },
          "tasks": [
            {{string.Join(",\n    ", tasks.Select(task => $$"""{ "id": "{{task.Id}}", "agent": "Shell", "dependsOn": {{System.Text.Json.JsonSerializer.Serialize(task.DependsOn)}}, "writes": ["{{task.Id}}/**"] }"""))}}
          ]
        }
        """);
}
