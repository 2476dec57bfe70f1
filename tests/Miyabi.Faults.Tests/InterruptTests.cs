using System.Diagnostics;
using Miyabi.Cli.Tests.EndToEnd;
using Miyabi.Testing.Agents;
using Miyabi.Testing.Azurite;

namespace Miyabi.Faults.Tests;

/// <summary>SIGINT: once it stops in order, twice at once; whatever the agents and the store do.</summary>
public sealed class InterruptTests : IDisposable
{
    // What is not at once waits for the agent, five minutes; a loaded machine takes its time over all it does.
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(60);

    private readonly CliSandbox sandbox = new();

    public InterruptTests() => AgentPlan.Write(
        sandbox, $"trap '' INT TERM HUP; mark deaf; if [ $MIYABI_TASK = b ]; then {AgentPlan.WaitForGo}; fi", new AgentTask("a"), new AgentTask("b", "a"), new AgentTask("c", "b"));

    public void Dispose() => sandbox.Dispose();

    [LinuxTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Run_Interrupted_EndsAtOnceAlsoWhenAgentsIgnoreSignalsAndCanBeResumed(int times)
    {
        var run = sandbox.StartInterruptible("run", "plan.json", "--run-id", "r");
        var agent = await DeafAsync();

        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < times; i++)
            run.Signal("INT");
        var interrupted = await run.EndAsync();

        Assert.True(interrupted.Code == 130, interrupted.ToString());
        Assert.True(Stopwatch.GetElapsedTime(start) < AtOnce, $"it took {Stopwatch.GetElapsedTime(start)}");
        if (times == 1)
        {
            Assert.Contains("Interrupted; nothing is lost. Go on with: miyabi resume r", interrupted.Error);
            Assert.False(Runs.IsAlive(agent), "the agent still runs");
        }

        await ResumesAsync(agent, ".miyabi");
    }

    [LinuxFact]
    public async Task Run_InterruptedTwiceWhileItsStoreHangs_EndsAtOnceAndCanBeResumed()
    {
        await using var azurite = await AzuriteProcess.StartAsync(durable: true);
        var store = azurite.Address("hangs");
        var run = sandbox.StartInterruptible("run", "plan.json", "--run-id", "r", "--store", store);
        var agent = await DeafAsync();
        azurite.Pause();

        run.Signal("INT"); // in order: it waits for the store, for a while
        await Until.TrueAsync(() => !Runs.IsAlive(agent), "the first is heard"); // two that come together are one
        run.Signal("INT");
        var interrupted = await run.EndAsync();

        Assert.True(interrupted.Code == 130, interrupted.ToString());
        Assert.DoesNotContain("Interrupted;", interrupted.Error); // what it says when it has ended in order
        azurite.Continue();
        await ResumesAsync(agent, store);
    }

    private async Task<int> DeafAsync()
    {
        await Until.TrueAsync(() => AgentPlan.Log(sandbox).Exists(line => line is { Attempt: "b.1", Word: "deaf" }), "b.1 ignores signals");
        return await AgentPlan.BegunAsync(sandbox, "b.1");
    }

    private async Task ResumesAsync(int agent, string store)
    {
        AgentPlan.Go(sandbox);
        await sandbox.SucceedAsync("resume", "r", "--store", store);
        Assert.False(Runs.IsAlive(agent), "the interrupted runner's agent still runs");
        await sandbox.ProvenAsync(store: store);
        Assert.Equal(new Dictionary<string, int> { ["a.1"] = 1, ["b.1"] = 2, ["c.1"] = 1 }, AgentPlan.Began(sandbox));
    }
}
