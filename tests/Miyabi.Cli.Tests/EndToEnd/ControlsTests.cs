using System.Diagnostics;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Directories;
using Miyabi.Storage.Keys;
using Miyabi.Testing.Agents;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>People decide about runs from other processes: while a runner is at work, and after it was killed.</summary>
public sealed class ControlsTests : IDisposable
{
    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [UnixFact]
    public async Task Cancel_OfARunAtWork_EndsAnAgentThatIgnoresSigterm()
    {
        WriteStubborn();
        var run = sandbox.Start(CliSandbox.Command("run", "stubborn.json", "--run-id", "r"));
        await Until.TrueAsync(() => File.Exists(sandbox["marks/pid"]), "the program has started");

        var sent = PublishedSchema.Check("control", await sandbox.SucceedAsync("cancel", "r", "--json", "--reason", "Enough."));

        await Until.TrueAsync(() => !IsAlive(), "the program is gone");
        Assert.Equal("cancel", sent.GetProperty("kind").GetString());
        Assert.Equal(Environment.MachineName, sent.GetProperty("carriedOutBy").GetString());
        var end = await run.EndAsync();
        Assert.True(end.Code == 1, end.ToString());
        Assert.Contains("cancel", end.Output);
        Assert.Contains("Enough.", end.Output);
        Assert.Equal("cancelled", await StateAsync());
        await ProvenAsync();
    }

    [UnixFact]
    public async Task Cancel_OfAnAbandonedRun_EndsItHereWithWhatTheDeadRunnerLeft_AndRetryCarriesItThrough()
    {
        WriteStubborn();
        await KillAtWorkAsync();
        Assert.True(IsAlive());

        var cancelled = await sandbox.SucceedAsync("cancel", "r");

        Assert.Contains("Nobody carried it out, so its last step was taken here. To take it up again: miyabi retry r", cancelled);
        await Until.TrueAsync(() => !IsAlive(), "the program is gone");
        Assert.Equal("cancelled", await StateAsync());
        await ProvenAsync();
        await RefusedAsync("has ended (cancelled)", "cancel", "r");

        File.WriteAllText(sandbox["marks/go"], "");
        var retried = await sandbox.SucceedAsync("retry", "r", "--reason", "Now it can.");
        Assert.Contains("retry", retried);
        Assert.Contains("(attempt 2)", retried);
        Assert.Equal("succeeded", await StateAsync());
        await ProvenAsync();
        await RefusedAsync("name it: miyabi retry r TASK", "retry", "r");
        await sandbox.SucceedAsync("retry", "r", "after");
        await ProvenAsync();
    }

    [UnixFact]
    public async Task Suspend_OfARunAtWork_HoldsWhatComesNextUntilUnsuspend()
    {
        CountingPlan.WriteWaiting(sandbox);
        var run = sandbox.Start(CliSandbox.Command("run", "waiting.json", "--run-id", "r"));
        await Until.TrueAsync(() => File.Exists(sandbox["marks/shell"]), "the program has started");

        PublishedSchema.Check("control", await sandbox.SucceedAsync("suspend", "r", "--json"));
        await Until.TrueAsync(() => Steps() > 1, "the runner has taken it");
        End("sleep");
        await Until.TrueAsync(() => Steps() > 2, "the first task has ended");
        Assert.Equal("suspended", await StateAsync());
        Assert.False(File.Exists(sandbox["marks/second.1"]));
        File.WriteAllText(sandbox["marks/go"], "");
        await RefusedAsync("is suspended already", "suspend", "r");

        Assert.Contains("takes it up within 2 s", await sandbox.SucceedAsync("unsuspend", "r"));

        var end = await run.EndAsync();
        Assert.True(end.Code == 0, end.ToString());
        Assert.Contains("go on", end.Output);
        await ProvenAsync();
    }

    [UnixFact]
    public async Task Suspend_OfAnAbandonedRun_HoldsTheResumedOne()
    {
        CountingPlan.WriteWaiting(sandbox);
        await KillAtWorkAsync("waiting.json", "marks/shell");
        File.WriteAllText(sandbox["marks/go"], "");

        Assert.Contains("Nobody carries it out now. To go on: miyabi resume r", await sandbox.SucceedAsync("suspend", "r"));

        var held = await sandbox.RunAsync("resume", "r", "--no-wait");
        Assert.True(held.Code == 1, held.ToString());
        Assert.Contains("it is suspended: miyabi unsuspend", held.Error);
        await sandbox.SucceedAsync("unsuspend", "r");
        await sandbox.SucceedAsync("resume", "r", "--no-wait");
        await ProvenAsync();
    }

    [Theory]
    [InlineData("approve", 0, "succeeded")]
    [InlineData("reject", 1, "failed")]
    public async Task Approval_OfARunThatNobodyCarriesOut_IsAnsweredAndResumed(string answer, int code, string state)
    {
        WriteGated();
        var waiting = await sandbox.RunAsync("run", "gated.json", "--speed", "1000", "--run-id", "r", "--no-wait");
        Assert.True(waiting.Code == 1, waiting.ToString());
        Assert.Contains("gate: miyabi approve", waiting.Error);
        await RefusedAsync("asks for no approval. These do: gate.", answer, "r", "plain");

        var sent = PublishedSchema.Check("control", await sandbox.SucceedAsync(answer, "r", "gate", "--json", "--reason", "\u001b[31mred\u001b[0m"));

        Assert.Equal("gate", sent.GetProperty("task").GetString());
        Assert.False(sent.TryGetProperty("carriedOutBy", out _));
        await RefusedAsync("already", answer, "r", "gate");
        var resumed = await sandbox.RunAsync("resume", "r", "--no-wait");
        Assert.True(resumed.Code == code, resumed.ToString());
        Assert.DoesNotContain('\u001b', resumed.Output);
        Assert.Equal(state, await StateAsync());
        await ProvenAsync();
    }

    [Theory]
    [InlineData("approve", 0)]
    [InlineData("reject", 1)]
    public async Task Approval_OfARunAtWork_IsTaken(string answer, int code)
    {
        WriteGated();
        var run = sandbox.Start(CliSandbox.Command("run", "gated.json", "--speed", "1000", "--run-id", "r"));
        await Until.TrueAsync(() => run.Output.Contains("miyabi approve r gate", StringComparison.Ordinal), "it asks");

        Assert.Contains("takes it up within 2 s", await sandbox.SucceedAsync(answer, "r", "gate"));

        var end = await run.EndAsync();
        Assert.True(end.Code == code, end.ToString());
        await ProvenAsync();
    }

    [Fact]
    public async Task RaiseBudget_OfARunThatWaits_LetsItGoOn()
    {
        sandbox.Write("dear.json", """
            { "name": "dear", "version": 1, "agents": [{ "id": "A", "kind": "claude", "provider": "simulated" }],
              "policy": { "budget": { "maxTokens": 15 } },
              "tasks": [ { "id": "one", "agent": "A", "simulated": { "tokens": 5 } }, { "id": "two", "agent": "A", "dependsOn": ["one"] } ] }
            """);
        var waiting = await sandbox.RunAsync("run", "dear.json", "--speed", "1000", "--run-id", "r", "--no-wait");
        Assert.True(waiting.Code == 1, waiting.ToString());
        Assert.Contains("its budget is used up: miyabi raise-budget", waiting.Error);
        await RefusedAsync("tokens are used already", "raise-budget", "r", "--max-tokens", "10");
        await RefusedAsync("give an ISO 8601 duration", "raise-budget", "r", "--max-time", "2h");
        await RefusedAsync("give a number more than 0", "raise-budget", "r", "--max-tokens", "-1");
        await RefusedAsync("--max-cost-usd, --max-tokens or --max-time, or several", "raise-budget", "r");

        var sent = PublishedSchema.Check("control", await sandbox.SucceedAsync("raise-budget", "r", "--max-tokens", "16", "--max-time", "PT5H", "--json"));

        Assert.Equal("raiseBudget", sent.GetProperty("kind").GetString());
        await sandbox.SucceedAsync("resume", "r", "--max-tokens", "1000000000", "--no-wait");
        await ProvenAsync();
    }

    [Fact]
    public async Task AnyControl_OfWhatIsNotThere_ExitsWith2AndWritesNothing()
    {
        await FailedAsync();
        var before = FolderCopy.Snapshot(sandbox.Folder);
        foreach (var command in new[] { "cancel", "suspend", "unsuspend", "retry", "raise-budget", "approve", "reject" })
        {
            string[] rest = command switch
            {
                "raise-budget" => ["--max-tokens", "5"],
                "approve" or "reject" => ["bad"],
                _ => [],
            };
            Assert.Contains("miyabi list", (await UsageAsync([command, "nobody", .. rest])).Error);
            Assert.Contains("no run id", (await UsageAsync([command, "../r", .. rest])).Error);
            await UsageAsync([command, "r", .. rest, "--store", "nowhere"]);
            if (command != "retry")
                Assert.Contains("has ended (failed)", (await UsageAsync([command, "r", .. rest])).Error);
        }

        Assert.Contains("has no task 'bda'. Did you mean bad?", (await UsageAsync(["retry", "r", "bda"])).Error);
        Assert.Contains("at most 1000", (await UsageAsync(["retry", "r", "--reason", new string('x', 1_001)])).Error);
        Assert.Equal(before, FolderCopy.Snapshot(sandbox.Folder));
    }

    [Fact]
    public async Task Retry_WhileTheRunnerThatEndedTheRunStillHoldsIt_WaitsAndCarriesItOut()
    {
        await FailedAsync();
        using var keys = await InstallationKeys.OpenOrCreateAsync(sandbox["home"], default);
        var runs = new OpenRuns(new DirectoryBlobStore(sandbox[".miyabi"]), new Sealer(keys.Signer), new TrustList(keys.Trusted), TimeProvider.System);
        var holding = await Ownership.AcquireAsync(runs.LedgerOf("r"), new RunnerIdentity(new string('a', 32), "elsewhere", ""), _ => true, TimeProvider.System, default);

        var retry = sandbox.Start(CliSandbox.Command("retry", "r"));
        await Until.TrueAsync(() => File.Exists(sandbox[".miyabi/runs/r/control/1-retry.json"]), "the retry is written");
        await holding.DisposeAsync();

        var end = await retry.EndAsync();
        Assert.True(end.Code == 1, end.ToString());
        Assert.Contains("(attempt 2)", end.Output);
        Assert.True(File.Exists(sandbox[".miyabi/runs/r/manifest-2.json"]));
    }

    [Fact]
    public async Task ManyProcessesAtOnce_EveryControlGetsThroughOnce()
    {
        WriteGated();
        await sandbox.RunAsync("run", "gated.json", "--speed", "1000", "--run-id", "r", "--no-wait");

        string[][] commands = [["suspend", "r"], ["suspend", "r"], ["approve", "r", "gate"], ["reject", "r", "gate"], ["raise-budget", "r", "--max-tokens", "9000000"]];
        var results = await Task.WhenAll(commands.Select(command => sandbox.RunAsync(command)));

        Assert.All(results, result => Assert.True(result.Code is 0 or 2, result.ToString()));
        Assert.Equal(results.Count(result => result.Code == 0), Directory.GetFiles(sandbox[".miyabi/runs/r/control"]).Length);
        await sandbox.SucceedAsync("unsuspend", "r");
        Assert.InRange((await sandbox.RunAsync("resume", "r", "--no-wait")).Code, 0, 1);
        await ProvenAsync();
    }

    private async Task FailedAsync()
    {
        sandbox.Write("plan.json", """
            { "name": "fails", "version": 1, "agents": [{ "id": "A", "kind": "claude", "provider": "simulated" }],
              "tasks": [ { "id": "bad", "agent": "A", "retry": {"maxAttempts": 1}, "simulated": { "work": "PT1S", "faults": ["fail", "fail"] } },
                         { "id": "after", "agent": "A", "dependsOn": ["bad"] } ] }
            """);
        Assert.Equal(1, (await sandbox.RunAsync("run", "plan.json", "--speed", "1000", "--run-id", "r")).Code);
    }

    private void WriteGated() => sandbox.Write("gated.json", """
        { "name": "gated", "version": 1, "agents": [{ "id": "A", "kind": "claude", "provider": "simulated" }],
          "tasks": [ { "id": "plain", "agent": "A" },
                     { "id": "gate", "agent": "A", "dependsOn": ["plain"], "approval": { "message": "Go?" } },
                     { "id": "after", "agent": "A", "dependsOn": ["gate"] } ] }
        """);

    // Until 'go' is there the first program can be ended by SIGKILL alone, and its second child too. Its input comes when its lease names it.
    private void WriteStubborn()
    {
        Directory.CreateDirectory(sandbox["marks"]);
        const string script = """
            trap '' TERM INT HUP; cat > /dev/null
            if [ "$MIYABI_TASK" = stubborn ] && [ ! -e "$1/go" ]; then echo $$ > "$1/pid.new"; mv "$1/pid.new" "$1/pid"; n=0; while [ $n -lt 1500 ]; do sleep 0.2; n=$((n+1)); done; fi
            printf '{"task":"%s"}' "$MIYABI_TASK"
            """;
        sandbox.Write("stubborn.json", $$"""
            { "name": "stubborn", "version": 1, "inputs": { "marks": { "default": "marks" } },
              "agents": [ { "id": "Shell", "kind": "command", "provider": "command",
                "command": { "run": ["sh", "-c", {{System.Text.Json.JsonSerializer.Serialize(script)}}, "sh", "${input.marks}"] } } ],
              "tasks": [ { "id": "stubborn", "agent": "Shell" }, { "id": "after", "agent": "Shell", "dependsOn": ["stubborn"] } ] }
            """);
    }

    private async Task KillAtWorkAsync(string plan = "stubborn.json", string mark = "marks/pid")
    {
        var run = sandbox.Start(CliSandbox.Command("run", plan, "--run-id", "r"));
        await Until.TrueAsync(() => File.Exists(sandbox[mark]), "the program has started, and its lease names it");
        run.Kill();
        await run.EndAsync();
    }

    private int Steps() => Directory.GetFiles(sandbox[".miyabi/runs/r/steps"]).Length;

    private void End(string mark)
    {
        using var kill = Process.Start("kill", [File.ReadAllText(sandbox[$"marks/{mark}"]).Trim()]);
        kill.WaitForExit();
    }

    // A killed process whose parent is gone may wait for the system to take note of it: it is there, and does nothing.
    private bool IsAlive()
    {
        using var ps = Process.Start(
            new ProcessStartInfo("ps", ["-o", "stat=", "-p", File.ReadAllText(sandbox["marks/pid"]).Trim()]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var state = ps.StandardOutput.ReadToEnd().Trim();
        ps.WaitForExit();
        return state.Length > 0 && state[0] != 'Z';
    }

    private async Task<string?> StateAsync() =>
        PublishedSchema.Check("run", await sandbox.SucceedAsync("status", "r", "--json")).GetProperty("state").GetString();

    private async Task ProvenAsync() =>
        Assert.True(PublishedSchema.Check("verify", await sandbox.SucceedAsync("verify", "r", "--json")).GetProperty("proven").GetBoolean());

    private async Task RefusedAsync(string says, params string[] command)
    {
        var before = FolderCopy.Snapshot(sandbox[".miyabi/runs/r/control"]);
        Assert.Contains(says, (await UsageAsync(command)).Error);
        Assert.Equal(before, FolderCopy.Snapshot(sandbox[".miyabi/runs/r/control"]));
    }

    private async Task<CliResult> UsageAsync(string[] command)
    {
        var result = await sandbox.RunAsync(command);
        Assert.True(result.Code == 2, $"miyabi {string.Join(' ', command)}: {result}");
        return result;
    }
}
