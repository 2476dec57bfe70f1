using System.Text.Json;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>A program's result before a program's gate and a simulated reviewer.</summary>
public sealed class CheckTests : IDisposable
{
    // The maker reads its findings from its instruction, as any command can.
    private const string Plan = """
        { "name": "p", "version": 1,
          "agents": [ { "id": "M", "kind": "command", "provider": "command" }, { "id": "G", "kind": "command", "provider": "command" }, { "id": "R", "kind": "claude", "provider": "simulated" } ],
          "tasks": [
            { "id": "make", "agent": "M", "writes": [ "out/*" ],
              "command": { "run": [ "/bin/sh", "-c", "mkdir out; if grep -q 'x is red'; then echo good > out/x; else echo bad > out/x; fi" ], "output": "text" },
              "gate": { "agent": "G", "command": { "run": [ "/bin/sh", "-c", "echo tested; grep -q good inputs/make/out/x || { echo 'x is red' >&2; exit 1; }" ] }, "maxRounds": ROUNDS },
              "review": { "simulated": { "work": "PT0S", "output": { "verdict": "accept", "findings": [] } } } },
            { "id": "use", "agent": "G", "dependsOn": [ "make" ], "command": { "run": [ "/bin/cat", "inputs/make/out/x" ], "output": "text" } } ] }
        """;

    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [UnixFact]
    public async Task Run_GateFailsThenPasses_TheResultIsReviewedAndCounts()
    {
        sandbox.Write("plan.json", Plan.Replace("ROUNDS", "3", StringComparison.Ordinal));

        var told = await sandbox.SucceedAsync("run", "plan.json", "--run-id", "r");

        Assert.Matches(@"gate +make +G +attempt 1", told);
        Assert.Matches(@"rejected +make +M +Gate 1 of 3 rejected it", told);
        Assert.Matches(@"reviewing +make +R +attempt 2", told);
        Assert.Matches(@"accepted +make +M", told);
        var make = Task(PublishedSchema.Check("run", await sandbox.SucceedAsync("status", "r", "--json")));
        Assert.Equal(("accepted", "review", 2, 2), (make.GetProperty("phase").GetString(), make.GetProperty("stage").GetString(), make.GetProperty("round").GetInt32(), make.GetProperty("attempt").GetInt32()));
        Assert.Contains("proven", await sandbox.SucceedAsync("verify", "r"));
        Assert.Contains("rejected by make~gate-1", await sandbox.SucceedAsync("results", "r", "make"));
        Assert.Contains("tested", await sandbox.SucceedAsync("results", "r", "make~gate-1"));
        await sandbox.SucceedAsync("export", "r", "--to", "out");
        Assert.Equal("good\n", await File.ReadAllTextAsync(sandbox["out/out/x"]));
    }

    [UnixFact]
    public async Task Run_GateNeverPasses_TheTaskFailsAndNothingIsExported()
    {
        sandbox.Write("plan.json", Plan.Replace("ROUNDS", "1", StringComparison.Ordinal));

        var result = await sandbox.RunAsync("run", "plan.json", "--run-id", "r");

        Assert.Equal(1, result.Code);
        Assert.Contains("Gate 1 of 1 rejected it: sh exited with 1: x is red", result.Output, StringComparison.Ordinal);
        Assert.Matches("make +1 +M +not accepted", await sandbox.SucceedAsync("results", "r"));
        await sandbox.SucceedAsync("export", "r", "--to", "out");
        Assert.Empty(Directory.EnumerateFileSystemEntries(sandbox["out"]));
    }

    private static JsonElement Task(JsonElement run) => run.GetProperty("tasks").EnumerateArray().First(task => task.GetProperty("id").GetString() == "make");
}
