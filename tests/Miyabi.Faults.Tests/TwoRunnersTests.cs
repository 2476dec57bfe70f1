using Miyabi.Cli.Tests.EndToEnd;
using Miyabi.Testing.Agents;

namespace Miyabi.Faults.Tests;

/// <summary>Several runners that want one run.</summary>
public sealed class TwoRunnersTests : IDisposable
{
    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [LinuxFact]
    public async Task Resume_TwiceAtOnce_OneBecomesTheOwnerTheOthersStopAndNothingRunsTwice()
    {
        AgentPlan.Write(
            sandbox, $"if [ $MIYABI_TASK = b ]; then {AgentPlan.WaitForGo}; fi", new AgentTask("a"), new AgentTask("b", "a"), new AgentTask("c", "a"), new AgentTask("d", "b", "c"));
        using (var first = sandbox.Start(CliSandbox.Command("run", "plan.json", "--run-id", "r")))
        {
            await AgentPlan.BegunAsync(sandbox, "b.1");
            await AgentPlan.BegunAsync(sandbox, "c.1");
            await Until.TrueAsync(() => File.Exists(sandbox[".miyabi/runs/r/results/c_result.json"]), "c has ended");
            first.Kill();
            await first.EndAsync();
        }

        CliProcess[] both = [sandbox.Start(CliSandbox.Command("resume", "r")), sandbox.Start(CliSandbox.Command("resume", "r"))];
        await AgentPlan.BegunAsync(sandbox, "b.1", time: 2);
        await Until.TrueAsync(() => Array.Exists(both, runner => runner.HasEnded), "one runner has stopped");
        var third = await sandbox.RunAsync("resume", "r"); // comes while the owner is at work
        AgentPlan.Go(sandbox);

        var ended = await Task.WhenAll(both.Select(runner => runner.EndAsync()));
        Assert.Equal([0, 3], ended.Select(result => result.Code).Order());
        Assert.All([ended.Single(result => result.Code == 3), third], refused =>
        {
            Assert.True(refused.Code == 3, refused.ToString());
            Assert.Contains("Run 'r' is being carried out on", refused.Error);
            Assert.Contains("Wait for it, or stop that runner first.", refused.Error);
        });
        await sandbox.ProvenAsync();
        // What the first runner's death cut short was made again, once; nothing else was.
        Assert.Equal(new Dictionary<string, int> { ["a.1"] = 1, ["b.1"] = 2, ["c.1"] = 1, ["d.1"] = 1 }, AgentPlan.Began(sandbox));
    }
}
