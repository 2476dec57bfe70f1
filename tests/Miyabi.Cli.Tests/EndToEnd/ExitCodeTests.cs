using System.Text.RegularExpressions;
using Miyabi.Testing.Agents;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>How runs that do not go through end: tasks that fail, and people who interrupt.</summary>
public sealed partial class ExitCodeTests : IDisposable
{
    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public async Task Run_WithAFailingTask_ExitsWith1AndSaysWhatWasSkipped()
    {
        sandbox.Write("plan.json", """
            { "name": "fails", "version": 1, "agents": [{ "id": "A", "kind": "claude", "provider": "simulated" }],
              "tasks": [ { "id": "bad", "agent": "A", "retry": {"maxAttempts": 1}, "simulated": { "work": "PT1S", "faults": ["fail"] } },
                         { "id": "after", "agent": "A", "dependsOn": ["bad"] } ] }
            """);

        var result = await sandbox.RunAsync("run", "plan.json", "--speed", "1000", "--run-id", "r");

        Assert.True(result.Code == 1, result.ToString());
        Assert.Contains("bad", result.Output);
        var run = PublishedSchema.Check("run", await sandbox.SucceedAsync("status", "r", "--json"));
        Assert.Equal("failed", run.GetProperty("state").GetString());
        Assert.Equal(["failed", "skipped"], run.GetProperty("tasks").EnumerateArray().Select(task => task.GetProperty("phase").GetString()));
        // A run that failed is proven like any other: it is what was sealed.
        Assert.Equal("failed", PublishedSchema.Check("verify", await sandbox.SucceedAsync("verify", "r", "--json")).GetProperty("outcome").GetString());
        Assert.Equal("failed", PublishedSchema.Check("results", await sandbox.SucceedAsync("results", "r", "--json")).GetProperty("results")[0].GetProperty("outcome").GetString());
    }

    [UnixFact]
    public async Task Run_WhoseProgramFails_KeepsItsExitCodeAndLastWords()
    {
        CountingPlan.Write(sandbox);

        await sandbox.SucceedAsync("run", "counting.json", "--run-id", "r");

        var first = await File.ReadAllTextAsync(Path.Combine(sandbox[".miyabi"], "runs", "r", "results", "c_result.json"));
        Assert.Contains("\"exitCode\": 7", first);
        Assert.Contains("not today", first);
        Assert.Equal(CountingPlan.Tasks + 1, CountingPlan.Marks(sandbox).Count);
    }

    [UnixFact]
    public async Task Run_Interrupted_ExitsWith130LeavesNoProcessAndTellsHowToResume()
    {
        CountingPlan.WriteWaiting(sandbox);
        var process = StartInterruptible("run", "waiting.json", "--run-id", "r", "--store", "a store");
        await Until.TrueAsync(() => File.Exists(sandbox["marks/shell"]), "the program has started");

        process.Signal("INT");
        var result = await process.EndAsync();

        Assert.True(result.Code == 130, result.ToString());
        foreach (var name in new[] { "shell", "sleep" })
            Assert.False(IsAtWork(await File.ReadAllTextAsync(sandbox[$"marks/{name}"])), $"{name} still runs");
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(sandbox["a store"], "runs", "r"), "*_result.json", SearchOption.AllDirectories));

        // The very line that is suggested, given to a shell.
        File.WriteAllText(sandbox["marks/go"], "");
        var command = ResumeCommand().Match(result.Error).Value;
        var dotnet = string.Join(' ', CliSandbox.Command().Select(part => $"'{part}'"));
        var resumed = await sandbox.Start(["sh", "-c", $"miyabi() {{ {dotnet} \"$@\"; }}; {command}"]).EndAsync();

        Assert.True(resumed.Code == 0, $"{command}: {resumed}");
        var verified = PublishedSchema.Check("verify", await sandbox.SucceedAsync("verify", "r", "--json", "--store", "a store"));
        Assert.True(verified.GetProperty("proven").GetBoolean());
        var run = PublishedSchema.Check("run", await sandbox.SucceedAsync("status", "r", "--json", "--store", "a store"));
        Assert.All(run.GetProperty("tasks").EnumerateArray(), task => Assert.Equal("accepted", task.GetProperty("phase").GetString()));
    }

    [UnixFact]
    public async Task Run_Terminated_StopsLikeAnInterruptedOne()
    {
        CountingPlan.WriteWaiting(sandbox);
        var process = StartInterruptible("run", "waiting.json", "--run-id", "r", "--json");
        await Until.TrueAsync(() => File.Exists(sandbox["marks/shell"]), "the program has started");

        process.Signal("TERM");
        var result = await process.EndAsync();

        Assert.True(result.Code == 130, result.ToString());
        Assert.Equal("running", PublishedSchema.Check("run", result.Output).GetProperty("state").GetString());
        Assert.False(IsAtWork(await File.ReadAllTextAsync(sandbox["marks/shell"])));
    }

    [UnixFact]
    public async Task Resume_OfARunThatIsAtWork_ExitsWith3()
    {
        CountingPlan.WriteWaiting(sandbox);
        var process = StartInterruptible("run", "waiting.json", "--run-id", "r");
        await Until.TrueAsync(() => File.Exists(sandbox["marks/shell"]), "the program has started");

        var second = await sandbox.RunAsync("resume", "r");

        Assert.True(second.Code == 3, second.ToString());
        process.Signal("INT");
        Assert.Equal(130, (await process.EndAsync()).Code);
    }

    // Who runs the tests in the background of a shell ignores SIGINT, and what they start would inherit that.
    private CliProcess StartInterruptible(params string[] arguments) => sandbox.Start(
        OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", .. CliSandbox.Command(arguments)] : CliSandbox.Command(arguments));

    // A killed process whose parent is gone may wait for the system to take note of it: it is there, and does nothing.
    private static bool IsAtWork(string process)
    {
        using var ps = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("ps", ["-o", "stat=", "-p", process.Trim()]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var state = ps.StandardOutput.ReadToEnd().Trim();
        ps.WaitForExit();
        return state.Length > 0 && state[0] != 'Z';
    }

    [GeneratedRegex(@"miyabi resume [^\n]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ResumeCommand();
}
