using Miyabi.Cli.Tests.EndToEnd;

namespace Miyabi.Faults.Tests;

/// <summary>SIGKILL of an agent, from outside, while its runner lives.</summary>
public sealed class KilledAgentTests : IDisposable
{
    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [LinuxFact]
    public async Task Run_WhoseAgentIsKilled_FailsTheAttemptSaysWhyAndMakesAnother()
    {
        AgentPlan.Write(sandbox, $"if [ $MIYABI_TASK.$MIYABI_ATTEMPT = b.1 ]; then {AgentPlan.WaitForGo}; fi", new AgentTask("a"), new AgentTask("b", "a"), new AgentTask("c", "b"));
        var run = sandbox.Start(CliSandbox.Command("run", "plan.json", "--run-id", "r"));

        Runs.Kill(await AgentPlan.BegunAsync(sandbox, "b.1"));

        var ended = await run.EndAsync();
        Assert.True(ended.Code == 0, ended.ToString());
        await sandbox.ProvenAsync();
        Assert.Equal(new Dictionary<string, int> { ["a.1"] = 1, ["b.1"] = 1, ["b.2"] = 1, ["c.1"] = 1 }, AgentPlan.Began(sandbox));
        var failed = await File.ReadAllTextAsync(sandbox[".miyabi/runs/r/results/b_result.json"]);
        Assert.Contains("\"outcome\": \"failed\"", failed);
        Assert.Contains("\"message\": \"sh exited with 137", failed); // 128 + SIGKILL, as shells say it
    }
}
