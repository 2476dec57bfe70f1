using Miyabi.Cli.Tests.EndToEnd;
using Miyabi.Testing.Agents;

namespace Miyabi.Cli.Tests.Remote;

/// <summary>People decide about an app's runs with the same words, and the app does what follows.</summary>
public sealed class RemoteControlTests(FunctionApp app) : IClassFixture<FunctionApp>
{
    private readonly CliSandbox sandbox = app.Sandbox;

    [Fact]
    public async Task Approve_AtAnApp_LetsTheRunGoOn()
    {
        await StartAsync("a");
        var waits = await app.RunAsync("run", Plan(), "--run-id", "a", "--no-wait");
        Assert.Equal(1, waits.Code);
        Assert.Contains("Run a waits for a person (ask: miyabi approve)", waits.Error);

        var approved = await app.SucceedAsync("approve", "a", "ask", "--reason", "fine");
        Assert.Equal("Approved task ask of run a; sealed as control/1-approve.json.\nIts function app takes it up.\n", approved);
        Assert.Equal(0, (await app.RunAsync("watch", "a")).Code);

        var again = await app.RunAsync("approve", "a", "ask");
        Assert.Equal(2, again.Code);
        Assert.Contains("has ended", again.Error);
    }

    [Fact]
    public async Task Decisions_AtAnApp_AreTheContract()
    {
        await StartAsync("j");

        var suspended = PublishedSchema.Check("control", await app.SucceedAsync("suspend", "j", "--json"));
        Assert.Equal("suspend", suspended.GetProperty("kind").GetString());
        Assert.Equal(app.Url, suspended.GetProperty("carriedOutBy").GetString());
        await UntilAsync("j", "suspended");
        Assert.Equal(2, (await app.RunAsync("suspend", "j")).Code);
        Assert.StartsWith("Let go on run j; sealed as control/2-unsuspend.json.", await app.SucceedAsync("unsuspend", "j"));
        await UntilAsync("j", "awaitingApproval");
        var goesOn = await app.RunAsync("unsuspend", "j");
        Assert.Equal(2, goesOn.Code);
        Assert.Contains("Run 'j' is not suspended.", goesOn.Error);
        Assert.StartsWith("Raised the budget of run j; sealed as control/3-raise-budget.json.", await app.SucceedAsync("raise-budget", "j", "--max-cost-usd", "5"));
        Assert.StartsWith("Rejected task ask of run j; sealed as control/4-reject.json.", await app.SucceedAsync("reject", "j", "ask"));
        Assert.Equal(1, (await app.RunAsync("watch", "j")).Code);

        Assert.StartsWith("Asked to retry run j; sealed as control/5-retry.json.\nIts function app takes it up.", await app.SucceedAsync("retry", "j"));
        await UntilAsync("j", "awaitingApproval");
        Assert.StartsWith("Cancelled run j; sealed as control/6-cancel.json.", await app.SucceedAsync("cancel", "j"));
        Assert.Equal(1, (await app.RunAsync("watch", "j")).Code);
    }

    [Fact]
    public async Task Decision_InTheAppsStore_SaysThatTheAppTakesItUp()
    {
        await StartAsync("s");
        await UntilAsync("s", "awaitingApproval");
        await app.TrustAsync();

        var cancelled = await sandbox.RunAsync("cancel", "s", "--store", app.Store);

        Assert.True(cancelled.Code == 0, cancelled.ToString());
        Assert.Contains("Its function app takes it up within a minute.", cancelled.Output);
        Assert.Equal("awaitingApproval", await StateAsync("s")); // its last step was not taken here
    }

    [Fact]
    public async Task Run_Detached_IsStartedAndLeft()
    {
        var left = await app.RunAsync("run", Plan(), "--run-id", "d", "--detach");
        Assert.True(left.Code == 0, left.ToString());
        Assert.Contains($"miyabi watch d --url {app.Url}", left.Output);
        // The same again is no other run; another plan is.
        Assert.Equal(0, (await app.RunAsync("run", Plan(), "--run-id", "d", "--detach")).Code);
        var other = await app.RunAsync("run", Repository.Sample("hello"), "--run-id", "d", "--detach");
        Assert.Equal(2, other.Code);
        Assert.Contains("There is a run 'd' in this store already. Choose another --run-id", other.Error);
    }

    [Fact]
    public async Task Run_OfABadPlan_IsRefusedHereWithItsPlace()
    {
        sandbox.Write("bad.json", """{ "name": "bad" }""");
        var here = await app.RunAsync("run", "bad.json");
        Assert.Equal(2, here.Code);
        Assert.Contains("bad.json:1:", here.Error);
    }

    [Fact]
    public async Task Run_ThatTheAppCannotCarryOut_IsRefusedWithItsWords()
    {
        var refused = await app.RunAsync("run", Plan(), "--agent", "claude=nobody");
        Assert.Equal(2, refused.Code);
        Assert.Contains("unknown provider 'nobody'", refused.Error);
    }

    [UnixFact]
    public async Task Watch_Left_SaysThatTheRunGoesOnThere()
    {
        await StartAsync("w");
        string[] command = [.. CliSandbox.Command("watch", "w", "--url", app.Url)];
        using var watch = sandbox.Start(OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", .. command] : command);
        await Until.TrueAsync(() => watch.HasEnded || watch.Output.Contains("Run w is"), "the watch has begun");

        watch.Signal("INT");
        var left = await FunctionApp.Tame(watch.EndAsync());

        Assert.True(left.Code == 130, left.ToString());
        Assert.Contains($"Left; run w goes on at {app.Url}. See it again with: miyabi watch w --url {app.Url}", left.Error);
    }

    [TerminalFact]
    public async Task Watch_OnATerminal_ShowsThePictureAndEndsClean()
    {
        await StartAsync("t");
        sandbox.Variables["TERM"] = "xterm-256color";
        try
        {
            var command = string.Join(' ', CliSandbox.Command("watch", "t", "--url", app.Url).Select(part => $"'{part}'"));
            using var watch = sandbox.Start(["/usr/bin/script", "-qec", $"stty cols 80 rows 40; {command}", "/dev/null"]);
            await Until.TrueAsync(() => watch.HasEnded || watch.Output.Contains("Waits for an answer"), "the picture is there");
            await app.SucceedAsync("approve", "t", "ask");

            var screen = await FunctionApp.Tame(watch.EndAsync());

            Assert.True(screen.Code == 0, screen.ToString());
            Assert.Contains("Recently completed", screen.Output);
            Assert.Contains("100 %", screen.Output);
            Assert.True(screen.Output.LastIndexOf("\u001b[?25h", StringComparison.Ordinal) > screen.Output.LastIndexOf("\u001b[?25l", StringComparison.Ordinal));
        }
        finally
        {
            sandbox.Variables.Remove("TERM");
        }
    }

    [Fact]
    public async Task Key_OfTheApp_IsWrittenNowhere()
    {
        await StartAsync("k");
        Assert.All(
            Directory.EnumerateFiles(sandbox.Folder, "*", SearchOption.AllDirectories).Where(file => !file.StartsWith(app.Store, StringComparison.Ordinal)),
            file => Assert.DoesNotContain(Apps.Key, File.ReadAllText(file)));
    }

    private string Plan() => sandbox.Write("ask.json", """
        { "name": "asks", "version": 1, "agents": [{ "id": "A", "kind": "claude", "provider": "simulated" }],
          "tasks": [ { "id": "first", "agent": "A", "simulated": { "work": "PT0.01S" } },
                     { "id": "ask", "agent": "A", "dependsOn": ["first"], "approval": { "message": "Go on?" }, "simulated": { "work": "PT0.01S" } } ] }
        """);

    private Task StartAsync(string run) => app.SucceedAsync("run", Plan(), "--run-id", run, "--detach");

    private async Task<string> StateAsync(string run) => PublishedSchema.Check("run", await app.SucceedAsync("status", run, "--json")).GetProperty("state").GetString()!;

    private async Task UntilAsync(string run, string state)
    {
        for (var looks = 0; await StateAsync(run) != state; looks++)
            Assert.True(looks < 60, $"run {run} is {await StateAsync(run)}, and not {state}");
    }
}
