using System.Globalization;
using Miyabi.Testing.Agents;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>A run in one process, followed by another.</summary>
public sealed class WatchTests : IDisposable
{
    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [UnixFact]
    public async Task Watch_OfARunAtWork_TellsItToTheEndWhichIsProvenThen()
    {
        using var runner = await StartHeldAsync("a");
        using var watch = sandbox.Start(CliSandbox.Command("watch", "r"));
        await Until.TrueAsync(() => watch.HasEnded || watch.Output.Contains('\n'), "the watch has begun");
        CountingPlan.Release(sandbox, "a");

        var watched = await watch.EndAsync();

        Assert.True(watched.Code == 0, watched.ToString());
        Assert.StartsWith("Run r is ", watched.Output);
        Assert.Matches("(?m)^[0-9:]{8}  accepted +i ", watched.Output);
        Assert.Contains("Run succeeded", watched.Output);
        Assert.Empty(watched.Error);
        await sandbox.SucceedAsync("verify", "r");
        Assert.Equal(0, (await runner.EndAsync()).Code);
    }

    [UnixFact]
    public async Task WatchJson_OfARunAtWork_PrintsALineForEachChange()
    {
        using var runner = await StartHeldAsync("a", "i");
        using var watch = sandbox.Start(CliSandbox.Command("watch", "r", "--json"));
        await Until.TrueAsync(() => watch.HasEnded || watch.Output.Contains('\n'), "the watch has begun");
        CountingPlan.Release(sandbox, "a");
        await Until.TrueAsync(() => watch.HasEnded || watch.Output.Count(c => c == '\n') > 1, "a change is told");
        CountingPlan.Release(sandbox, "i");

        var watched = await watch.EndAsync();

        Assert.True(watched.Code == 0, watched.ToString());
        var lines = watched.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 2, watched.Output);
        Assert.Equal(lines.Distinct(), lines);
        var runs = lines.Select(line => PublishedSchema.Check("run", line)).ToList();
        var steps = runs.Select(run => run.GetProperty("step").GetInt32()).ToList();
        Assert.Equal(steps.Order(), steps);
        Assert.Equal("succeeded", runs[^1].GetProperty("state").GetString());
        Assert.All(runs[..^1], run => Assert.False(run.GetProperty("hasEnded").GetBoolean()));
        Assert.Equal(0, (await runner.EndAsync()).Code);
    }

    [UnixFact]
    public async Task Watch_WhoseRunnerIsKilled_SaysSoAndFollowsWhoResumes()
    {
        using var runner = await StartWaitingAsync();
        using var watch = sandbox.Start(CliSandbox.Command("watch", "r"));
        await Until.TrueAsync(() => watch.Output.Contains("Run r is running"), "the watch has begun");

        runner.Kill();
        try
        {
            await Until.TrueAsync(() => watch.Error.Contains("Nobody carries run r out now. Go on with: miyabi resume r"), "nobody is said to be there");
        }
        finally
        {
            EndAgent();
        }

        Assert.False(watch.HasEnded);
        File.WriteAllText(sandbox["marks/go"], "");
        await sandbox.SucceedAsync("resume", "r");

        var watched = await watch.EndAsync();
        Assert.True(watched.Code == 0, watched.ToString());
        Assert.Matches("accepted +second", watched.Output);
        Assert.Contains("Run succeeded", watched.Output);
    }

    [UnixFact]
    public async Task Watch_Left_ExitsWith130AndTheRunGoesOn()
    {
        using var runner = await StartWaitingAsync();
        var before = FolderCopy.Snapshot(Path.Combine(sandbox[".miyabi"], "runs", "r", "steps"));
        using var watch = sandbox.Start(Interruptible("watch", "r"));
        await Until.TrueAsync(() => watch.Output.Contains("Run r is running"), "the watch has begun");

        watch.Signal("INT");
        var watched = await watch.EndAsync();

        Assert.True(watched.Code == 130, watched.ToString());
        Assert.Contains("Left; run r goes on. See it again with: miyabi watch r", watched.Error);
        Assert.False(runner.HasEnded);
        Assert.Equal(before, FolderCopy.Snapshot(Path.Combine(sandbox[".miyabi"], "runs", "r", "steps")));
        runner.Signal("INT");
        Assert.Equal(130, (await runner.EndAsync()).Code);

        // Given up now: who watches is told.
        using var again = sandbox.Start(Interruptible("watch", "r", "--json"));
        await Until.TrueAsync(() => again.Error.Contains("Nobody carries run r out now"), "nobody is said to be there");
        again.Signal("TERM");
        var left = await again.EndAsync();
        Assert.Equal(130, left.Code);
        Assert.Contains("Left. Nobody carries run r out; go on with: miyabi resume r", left.Error);
    }

    [Fact]
    public async Task Watch_OfAnEndedRun_ShowsItsEndAndWritesNothing()
    {
        await sandbox.SucceedAsync("run", Repository.Sample("hello"), "--speed", "1000", "--run-id", "r");
        File.Delete(Path.Combine(sandbox["home"], "signing-key.pem"));
        var before = FolderCopy.Snapshot(sandbox.Folder);

        var watched = await sandbox.RunAsync("watch", "r");

        Assert.True(watched.Code == 0, watched.ToString());
        Assert.StartsWith("\nRun succeeded in ", watched.Output);
        Assert.Contains("miyabi results r", watched.Output);
        Assert.Equal(before, FolderCopy.Snapshot(sandbox.Folder));
    }

    [Fact]
    public async Task Watch_OfARunThatFailed_ExitsWith1()
    {
        sandbox.Write("plan.json", """
            { "name": "fails", "version": 1, "agents": [{ "id": "A", "kind": "claude", "provider": "simulated" }],
              "tasks": [ { "id": "bad", "agent": "A", "retry": {"maxAttempts": 1}, "simulated": { "work": "PT0.01S", "faults": ["fail"] } } ] }
            """);
        Assert.Equal(1, (await sandbox.RunAsync("run", "plan.json", "--run-id", "r", "--store", "a store")).Code);

        var watched = await sandbox.RunAsync("watch", "r", "--store", "a store");

        Assert.True(watched.Code == 1, watched.ToString());
        Assert.Contains("Run failed", watched.Output);
        Assert.Contains("miyabi verify r --store ", watched.Output);
    }

    [Theory]
    [InlineData("none", 2, "There is no run 'none' in this store.")]
    [InlineData("../x", 2, "'../x' is no run id.")]
    public async Task Watch_OfNoRun_SaysSo(string run, int code, string message)
    {
        var watched = await sandbox.RunAsync("watch", run);
        Assert.Equal(code, watched.Code);
        Assert.Contains(message, watched.Error);
        Assert.Equal(["tmp"], Directory.EnumerateFileSystemEntries(sandbox.Folder).Select(Path.GetFileName));
    }

    [TerminalFact]
    public async Task Watch_OnATerminal_ShowsThePictureAndEndsClean()
    {
        sandbox.Variables["TERM"] = "xterm-256color";
        using var runner = await StartHeldAsync("a", "i");
        var command = string.Join(' ', CliSandbox.Command("watch", "r").Select(part => $"'{part}'"));

        using var watch = sandbox.Start(["/usr/bin/script", "-qec", $"stty cols 80 rows 40; {command}", "/dev/null"]);
        await Until.TrueAsync(() => watch.HasEnded || watch.Output.Contains("Active"), "the picture is there");
        CountingPlan.Release(sandbox, "a");
        await Until.TrueAsync(() => watch.HasEnded || watch.Output.Contains("Recently completed"), "the picture has changed");
        CountingPlan.Release(sandbox, "i");
        var screen = await watch.EndAsync();

        Assert.True(screen.Code == 0, screen.ToString());
        Assert.Contains("Recently completed", screen.Output);
        Assert.Contains("100 %", screen.Output);
        Assert.True(screen.Output.LastIndexOf("\u001b[?25h", StringComparison.Ordinal) > screen.Output.LastIndexOf("\u001b[?25l", StringComparison.Ordinal));
        Assert.Equal(0, (await runner.EndAsync()).Code);
    }

    private static IReadOnlyList<string> Interruptible(params string[] arguments) =>
        OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", .. CliSandbox.Command(arguments)] : CliSandbox.Command(arguments);

    // A run whose first task is at work, and goes on when it is released.
    private async Task<CliProcess> StartHeldAsync(params string[] tasks)
    {
        CountingPlan.Write(sandbox);
        foreach (var task in tasks)
            CountingPlan.Hold(sandbox, task);
        var runner = sandbox.Start(CliSandbox.Command("run", "counting.json", "--run-id", "r"));
        await Until.TrueAsync(() => runner.HasEnded || CountingPlan.Marks(sandbox).ContainsKey("a.1"), "the first task is at work");
        return runner;
    }

    private async Task<CliProcess> StartWaitingAsync()
    {
        CountingPlan.WriteWaiting(sandbox);
        var runner = sandbox.Start(Interruptible("run", "waiting.json", "--run-id", "r"));
        await Until.TrueAsync(() => File.Exists(sandbox["marks/shell"]), "the program has started");
        return runner;
    }

    // What a killed runner leaves behind is another test's matter; here it must only not outlive this one.
    private void EndAgent()
    {
        foreach (var name in new[] { "shell", "sleep" })
        {
            if (!File.Exists(sandbox[$"marks/{name}"]))
                continue;
            var process = int.Parse(File.ReadAllText(sandbox[$"marks/{name}"]), CultureInfo.InvariantCulture);
            using var kill = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("kill", ["-9", $"{process}"]) { UseShellExecute = false, RedirectStandardError = true })!;
            kill.WaitForExit();
        }
    }
}
