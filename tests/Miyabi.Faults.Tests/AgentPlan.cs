using System.Globalization;
using System.Text.Json;
using Miyabi.Cli.Tests.EndToEnd;
using Miyabi.Testing.Agents;

namespace Miyabi.Faults.Tests;

/// <summary>A task of an <see cref="AgentPlan"/>.</summary>
internal sealed record AgentTask(string Id, params string[] DependsOn);

/// <summary>
/// A plan of shell programs that keep a log of their own, outside the store: what ran, and how often, is known from them alone.
/// </summary>
internal static class AgentPlan
{
    /// <summary>Waits for the file 'go' among the marks, at most five minutes: what an agent does that a test wants to find at work.</summary>
    public const string WaitForGo = "i=0; while [ ! -e \"$marks/go\" ] && [ $i -lt 6000 ]; do sleep 0.05; i=$((i + 1)); done";

    private const string Marks = "marks";

    /// <summary>Writes the plan to <c>plan.json</c>.</summary>
    /// <param name="sandbox">Where.</param>
    /// <param name="body">What each agent does between its first and its last line of the log; a shell script that knows <c>$marks</c> and <c>mark WORD</c>.</param>
    /// <param name="tasks">The tasks.</param>
    public static void Write(CliSandbox sandbox, string body, params AgentTask[] tasks) => Write(sandbox, body, "", tasks);

    /// <summary>The same with further fields for every task.</summary>
    public static void Write(CliSandbox sandbox, string body, string fields, params AgentTask[] tasks)
    {
        Directory.CreateDirectory(sandbox[Marks]);
        // Its input comes when its lease names it: what has begun is named.
        var script = $$"""
            cat > /dev/null; marks=$1; mark() { echo "$MIYABI_TASK.$MIYABI_ATTEMPT $1 $$" >> "$marks/log"; }
            mark began
            {{body}}
            mkdir -p "$MIYABI_TASK"; echo "made by $MIYABI_TASK" > "$MIYABI_TASK/file.txt"; mark ended; printf '{"task":"%s"}' "$MIYABI_TASK"
            """;
        sandbox.Write("plan.json", $$"""
            {
              "name": "faults", "version": 1,
              "inputs": { "marks": { "default": "{{Marks}}" } },
              "agents": [ { "id": "Shell", "kind": "command", "provider": "command", "slots": 4,
                "command": { "run": ["sh", "-c", {{JsonSerializer.Serialize(script)}}, "sh", "${input.marks}"] } } ],
              "defaults": { "retry": { "maxAttempts": 3, "backoff": "PT0.05S" }, "timeout": "PT10M" },
              "policy": { "maxParallel": 4, "schedule": "ready" },
              "tasks": [
                {{string.Join(",\n    ", tasks.Select(task => Task(task, fields)))}}
              ]
            }
            """);
    }

    /// <summary>Lets agents go on that <see cref="WaitForGo"/>.</summary>
    public static void Go(CliSandbox sandbox) => File.WriteAllText(sandbox[$"{Marks}/go"], "");

    /// <summary>The log: each line an attempt (<c>task.attempt</c>), what it says, and its process.</summary>
    public static List<(string Attempt, string Word, int Process)> Log(CliSandbox sandbox) =>
        [.. (File.Exists(sandbox[$"{Marks}/log"]) ? File.ReadAllLines(sandbox[$"{Marks}/log"]) : []).Select(line => line.Split(' '))
            .Select(parts => (parts[0], parts[1], int.Parse(parts[2], CultureInfo.InvariantCulture)))];

    /// <summary>How often each attempt was begun.</summary>
    public static Dictionary<string, int> Began(CliSandbox sandbox) => Log(sandbox).Where(line => line.Word == "began")
        .GroupBy(line => line.Attempt, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Count(), StringComparer.Ordinal);

    /// <summary>Waits until an attempt has begun, the n-th time, and says in which process.</summary>
    public static async Task<int> BegunAsync(CliSandbox sandbox, string attempt, int time = 1)
    {
        await Until.TrueAsync(() => Began(sandbox).GetValueOrDefault(attempt) >= time, $"{attempt} has begun");
        return Log(sandbox).Where(line => line == (attempt, "began", line.Process)).ElementAt(time - 1).Process;
    }

    private static string Task(AgentTask task, string fields) =>
        $$"""{ "id": "{{task.Id}}", "agent": "Shell", "dependsOn": {{JsonSerializer.Serialize(task.DependsOn)}}, {{fields}}"writes": ["{{task.Id}}/**"] }""";
}
