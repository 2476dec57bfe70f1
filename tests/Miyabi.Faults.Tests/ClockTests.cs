using System.Globalization;
using System.Text.Json;
using Miyabi.Cli.Tests.EndToEnd;
using Miyabi.Testing.Agents;

namespace Miyabi.Faults.Tests;

/// <summary>A machine's clock that jumps by an hour, either way.</summary>
public sealed class ClockTests : IDisposable
{
    private const string Run = ".miyabi/runs/r";

    private readonly CliSandbox sandbox = new();
    private readonly ShiftedClock? clock;

    public ClockTests() => clock = OperatingSystem.IsLinux() ? new ShiftedClock(sandbox) : null;

    public void Dispose() => sandbox.Dispose();

    [LinuxTheory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Run_ClockJumpsWhileARetryWaits_GoesOnAtOnceInOrderAndIsProven(int hours)
    {
        WriteFailingOnce();
        var run = sandbox.Start(CliSandbox.Command("run", "plan.json", "--run-id", "r"));
        await RetryIsDecidedAsync();

        clock!.Set(TimeSpan.FromHours(hours));

        var ended = await run.EndAsync(); // within its patience: not an hour later
        Assert.True(ended.Code == 0, ended.ToString());
        await AssertInOrderAndProvenAsync();
    }

    [LinuxTheory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Resume_ClockHasJumpedSinceTheRunnerDied_GoesOnAtOnceInOrderAndIsProven(int hours)
    {
        WriteFailingOnce();
        using (var run = sandbox.Start(CliSandbox.Command("run", "plan.json", "--run-id", "r")))
        {
            await RetryIsDecidedAsync();
            run.Kill();
            await run.EndAsync();
        }

        clock!.Set(TimeSpan.FromHours(hours));

        var resumed = await sandbox.RunAsync("resume", "r");
        Assert.True(resumed.Code == 0, resumed.ToString());
        await AssertInOrderAndProvenAsync();
    }

    [LinuxFact]
    public async Task Resume_ByClocksAnHourOff_WhileTheOwnerIsAtWork_IsRefusedAndNothingRunsTwice()
    {
        AgentPlan.Write(sandbox, $"if [ $MIYABI_TASK = b ]; then {AgentPlan.WaitForGo}; fi", new AgentTask("a"), new AgentTask("b", "a"), new AgentTask("c", "b"));
        var run = sandbox.Start(CliSandbox.Command("run", "plan.json", "--run-id", "r"));
        await AgentPlan.BegunAsync(sandbox, "b.1");
        List<CliProcess> others = [];
        foreach (var hours in new[] { 1, -1 })
        {
            sandbox.Variables["FAKETIME_TIMESTAMP_FILE"] = sandbox[sandbox.Write($"clock{hours}", string.Create(CultureInfo.InvariantCulture, $"{hours * 3600:+0;-0}"))];
            others.Add(sandbox.Start(CliSandbox.Command("resume", "r")));
        }

        // They cannot tell by their clocks, so they watch whether the owner renews its lease.
        var refused = await Task.WhenAll(others.Select(other => other.EndAsync()));
        AgentPlan.Go(sandbox);
        var ended = await run.EndAsync();

        Assert.All(refused, other =>
        {
            Assert.True(other.Code == 3, other.ToString());
            Assert.Contains("Run 'r' is being carried out on", other.Error);
        });
        Assert.True(ended.Code == 0, ended.ToString());
        Assert.Equal(new Dictionary<string, int> { ["a.1"] = 1, ["b.1"] = 1, ["c.1"] = 1 }, AgentPlan.Began(sandbox));
        await sandbox.ProvenAsync();
    }

    // 15 s: the clock is set, or the runner killed, while they pass.
    private void WriteFailingOnce() => AgentPlan.Write(
        sandbox, "if [ $MIYABI_TASK.$MIYABI_ATTEMPT = b.1 ]; then exit 7; fi",
        "\"retry\": { \"maxAttempts\": 2, \"backoff\": \"PT15S\" }, ", new AgentTask("a"), new AgentTask("b", "a"), new AgentTask("c", "b"));

    private Task RetryIsDecidedAsync() => Until.TrueAsync(() => Steps().Any(step => step.Decisions.Contains("\"notBefore\"", StringComparison.Ordinal)), "a retry was decided");

    private async Task AssertInOrderAndProvenAsync()
    {
        Assert.Equal(new Dictionary<string, int> { ["a.1"] = 1, ["b.1"] = 1, ["b.2"] = 1, ["c.1"] = 1 }, AgentPlan.Began(sandbox));
        var times = Steps().OrderBy(step => step.Number).Select(step => step.At).ToList();
        Assert.Equal(times.Order(), times);
        await sandbox.ProvenAsync();
        await sandbox.SucceedAsync("status", "r");
    }

    private List<(int Number, DateTimeOffset At, string Decisions)> Steps()
    {
        List<(int, DateTimeOffset, string)> steps = [];
        foreach (var file in Directory.Exists(sandbox[$"{Run}/steps"]) ? Directory.GetFiles(sandbox[$"{Run}/steps"], "*.json") : [])
        {
            using var json = JsonDocument.Parse(File.ReadAllText(file));
            var document = json.RootElement.GetProperty("document");
            steps.Add((document.GetProperty("step").GetInt32(), document.GetProperty("at").GetDateTimeOffset(), document.GetProperty("decisions").GetRawText()));
        }

        return steps;
    }
}
