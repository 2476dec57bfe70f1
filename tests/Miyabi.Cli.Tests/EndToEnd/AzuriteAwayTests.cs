using Miyabi.Testing.Agents;
using Miyabi.Testing.Azurite;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>A real Azurite that is killed in the middle of a run, and is away for a while.</summary>
public sealed class AzuriteAwayTests : IDisposable
{
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(30);

    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [UnixFact]
    public async Task Run_AzuriteKilledAndAwayFor30Seconds_GoesOnAndIsProven()
    {
        await using var azurite = await AzuriteProcess.StartAsync(durable: true);
        var store = azurite.Address("away");
        CountingPlan.Write(sandbox);
        CountingPlan.Hold(sandbox, "b");
        using var run = sandbox.Start(CliSandbox.Command("run", "counting.json", "--run-id", "r", "--store", store));
        await Until.TrueAsync(() => run.HasEnded || CountingPlan.Marks(sandbox).ContainsKey("b.1"), "the second wave has begun");
        await azurite.KillAsync();
        CountingPlan.Release(sandbox, "b");
        await Task.Delay(Away); // the absence itself is what is tested
        Assert.False(run.HasEnded, "the run gave up");
        await azurite.StartAgainAsync();

        var ended = await run.EndAsync();
        Assert.True(ended.Code == 0, ended.ToString());
        var report = PublishedSchema.Check("verify", await sandbox.SucceedAsync("verify", "r", "--json", "--store", store));
        Assert.True(report.GetProperty("proven").GetBoolean());
        Assert.Equal(CountingPlan.Tasks + 1, CountingPlan.Marks(sandbox).Count);
        Assert.All(CountingPlan.Marks(sandbox).Values, times => Assert.Equal(1, times));
    }
}
