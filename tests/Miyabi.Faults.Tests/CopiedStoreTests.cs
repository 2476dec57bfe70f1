using System.Diagnostics;
using Miyabi.Cli.Tests.EndToEnd;

namespace Miyabi.Faults.Tests;

/// <summary>A store that is copied while a run goes on in it: the copy may have any document without an earlier one.</summary>
public sealed class CopiedStoreTests : IDisposable
{
    private const int Copies = 4;

    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [LinuxFact]
    public async Task Resume_OfCopiesMadeMidRun_EachIsCarriedToItsEndAndProven()
    {
        CountingPlan.Write(sandbox);
        var run = sandbox.Start(CliSandbox.Command("run", "counting.json", "--run-id", "r"));
        for (var i = 0; i < Copies; i++)
        {
            var marks = 2 * i;
            await Testing.Agents.Until.TrueAsync(() => run.HasEnded || CountingPlan.Marks(sandbox).Count > marks, "the next agents have begun");
            using var copy = Process.Start("cp", ["-r", sandbox[".miyabi"], sandbox[$"copy-{i}"]]);
            await copy.WaitForExitAsync();
            Assert.False(run.HasEnded, $"the run ended before copy {i} was made");
        }

        // Its owner may live and be at work for all that the copy says.
        var refused = await sandbox.RunAsync("resume", "r", "--store", "copy-0");
        var ended = await run.EndAsync();
        Assert.True(ended.Code == 0, ended.ToString());
        Assert.True(refused.Code is 0 or 3, refused.ToString());
        var original = (await sandbox.ProvenAsync()).GetProperty("contentRoot").GetString();
        for (var i = 0; i < Copies; i++)
        {
            await sandbox.SucceedAsync("resume", "r", "--store", $"copy-{i}");
            Assert.Equal(original, (await sandbox.ProvenAsync(store: $"copy-{i}")).GetProperty("contentRoot").GetString());
        }
    }
}
