namespace Miyabi.Cli.Tests.EndToEnd;

public sealed class ReuseTests : IDisposable
{
    private const string Plan = """
        { "name": "p", "version": 1,
          "agents": [ { "id": "A", "kind": "claude", "provider": "simulated", "slots": 3 }, { "id": "C", "kind": "command", "provider": "command" } ],
          "tasks": [
            { "id": "a", "agent": "A", "prompt": "first", "writes": [ "a/*" ], "simulated": { "work": "PT0S", "files": [ "a/x" ] } },
            { "id": "b", "agent": "A", "prompt": "second", "dependsOn": [ "a" ], "simulated": { "work": "PT0S" } },
            { "id": "c", "agent": "C", "dependsOn": [ "a" ], "command": { "run": [ "/bin/sh", "-c", "echo made; echo c >> \"$0\"", "MARKS" ], "output": "text" } },
            { "id": "d", "agent": "A", "prompt": "last", "dependsOn": [ "b" ], "simulated": { "work": "PT0S" } } ] }
        """;

    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [UnixFact]
    public async Task Run_ReuseAfterAnEdit_CarriesOutTheEditedTaskAndWhatDependsOnIt()
    {
        var plan = Plan.Replace("MARKS", sandbox["marks"], StringComparison.Ordinal);
        sandbox.Write("plan.json", plan);
        await sandbox.SucceedAsync("run", "plan.json", "--run-id", "one");
        sandbox.Write("plan.json", plan.Replace("second", "another", StringComparison.Ordinal));

        var view = PublishedSchema.Check("run", await sandbox.SucceedAsync("run", "plan.json", "--run-id", "two", "--reuse", "--json"));

        Assert.Equal(
            ["a:one", "b:", "c:one", "d:"],
            view.GetProperty("tasks").EnumerateArray().Select(task =>
                $"{task.GetProperty("id").GetString()}:{(task.TryGetProperty("reusedFrom", out var from) ? from.GetString() : "")}"));
        Assert.Equal("c\n", await File.ReadAllTextAsync(sandbox["marks"]));
        Assert.Contains("(taken from one) a", await sandbox.SucceedAsync("status", "two"));
        await sandbox.SucceedAsync("verify", "two");
        await sandbox.SucceedAsync("export", "two", "--to", "out");
        Assert.True(File.Exists(sandbox["out/a/x"]));
    }
}
