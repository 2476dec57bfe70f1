using System.Diagnostics;
using Miyabi.Cli.Tests.EndToEnd;
using Miyabi.Testing.Agents;

namespace Miyabi.Faults.Tests;

/// <summary>A store that is copied while a run goes on in it: the copy may have any document without an earlier one.</summary>
public sealed class CopiedStoreTests : IDisposable
{
    // One of each wave: what is copied while it is held stands in the middle of that wave.
    private static readonly string[] Held = ["a", "b", "g", "i"];

    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [LinuxFact]
    public async Task Resume_OfCopiesMadeMidRun_EachIsCarriedToItsEndAndProven()
    {
        CountingPlan.Write(sandbox);
        foreach (var task in Held)
            CountingPlan.Hold(sandbox, task);
        var run = sandbox.Start(CliSandbox.Command("run", "counting.json", "--run-id", "r"));
        for (var i = 0; i < Held.Length; i++)
        {
            await Until.TrueAsync(() => run.HasEnded || CountingPlan.Marks(sandbox).ContainsKey($"{Held[i]}.1"), $"task {Held[i]} has begun");
            Assert.False(run.HasEnded, "the run has ended");
            using var copy = Process.Start("cp", ["-r", sandbox[".miyabi"], sandbox[$"copy-{i}"]]);
            await copy.WaitForExitAsync();
            CountingPlan.Release(sandbox, Held[i]);
        }

        // Its owner may live and be at work for all that the copy says.
        var refused = await sandbox.RunAsync("resume", "r", "--store", "copy-0");
        var ended = await run.EndAsync();
        Assert.True(ended.Code == 0, ended.ToString());
        Assert.True(refused.Code is 0 or 3, refused.ToString());
        var original = (await sandbox.ProvenAsync()).GetProperty("contentRoot").GetString();
        for (var i = 0; i < Held.Length; i++)
        {
            await sandbox.SucceedAsync("resume", "r", "--store", $"copy-{i}");
            Assert.Equal(original, (await sandbox.ProvenAsync(store: $"copy-{i}")).GetProperty("contentRoot").GetString());
        }
    }
}
