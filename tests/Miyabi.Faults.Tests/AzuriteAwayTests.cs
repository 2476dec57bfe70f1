using Miyabi.Cli.Tests.EndToEnd;
using Miyabi.Testing.Agents;
using Miyabi.Testing.Azurite;

namespace Miyabi.Faults.Tests;

/// <summary>A real Azurite that keeps its connections and answers nobody; one that is killed is in Miyabi.Cli.Tests.</summary>
public sealed class AzuriteAwayTests : IDisposable
{
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(30);

    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [LinuxFact]
    public async Task Run_AzuriteSilentFor30Seconds_GoesOnAndIsProven()
    {
        await using var azurite = await AzuriteProcess.StartAsync(durable: true);
        var store = azurite.Address("silent");
        CountingPlan.Write(sandbox);
        CountingPlan.Hold(sandbox, "b");
        using var run = sandbox.Start(CliSandbox.Command("run", "counting.json", "--run-id", "r", "--store", store));
        await Until.TrueAsync(() => run.HasEnded || CountingPlan.Marks(sandbox).ContainsKey("b.1"), "the second wave has begun");
        azurite.Pause();
        CountingPlan.Release(sandbox, "b");
        await Task.Delay(Away); // the silence itself is what is tested
        Assert.False(run.HasEnded, "the run gave up");
        azurite.Continue();

        var ended = await run.EndAsync();
        Assert.True(ended.Code == 0, ended.ToString());
        await sandbox.ProvenAsync(store: store);
        Assert.Equal(CountingPlan.Tasks + 1, CountingPlan.Marks(sandbox).Count);
        Assert.All(CountingPlan.Marks(sandbox).Values, times => Assert.Equal(1, times));
    }

    [LinuxFact]
    public async Task Run_AzuriteKilledAndBackSoonSeveralTimes_GoesOnAndIsProven()
    {
        await using var azurite = await AzuriteProcess.StartAsync(durable: true);
        var store = azurite.Address("killed");
        CountingPlan.Write(sandbox);
        string[] tasks = ["a", "c", "g"];
        foreach (var task in tasks)
            CountingPlan.Hold(sandbox, task);
        using var run = sandbox.Start(CliSandbox.Command("run", "counting.json", "--run-id", "r", "--store", store));
        foreach (var task in tasks)
        {
            await Until.TrueAsync(() => run.HasEnded || CountingPlan.Marks(sandbox).ContainsKey($"{task}.1"), $"task {task} has begun");
            Assert.False(run.HasEnded, "the run has ended");
            await azurite.KillAsync();
            CountingPlan.Release(sandbox, task);
            await azurite.StartAgainAsync();
        }

        var ended = await run.EndAsync();
        Assert.True(ended.Code == 0, ended.ToString());
        await sandbox.ProvenAsync(store: store);
        Assert.All(CountingPlan.Marks(sandbox).Values, times => Assert.Equal(1, times));
    }
}
