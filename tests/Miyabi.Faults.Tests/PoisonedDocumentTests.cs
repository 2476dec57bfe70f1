using System.Text.Json;
using Miyabi.Cli.Tests.EndToEnd;

namespace Miyabi.Faults.Tests;

/// <summary>
/// Documents that were altered while nobody carried the run out. What the run can do without is put aside; what a task needs stops that task, with
/// the document's name and the way out; what every decision is built on stops that run. No other run of the store is ever touched.
/// </summary>
public sealed class PoisonedDocumentTests(InterruptedRun interrupted) : IClassFixture<InterruptedRun>
{
    private readonly CliSandbox sandbox = interrupted.Sandbox;

    [LinuxTheory]
    [InlineData("tasks/c/1/instruction.json")] // of an attempt that was at work
    [InlineData("tasks/c/1/claim-1.json")]
    [InlineData("results/c_result.json")]
    [InlineData("owner-1.json")]
    [InlineData("steps/LAST.json")]
    [InlineData("control/1-cancel.json")]
    [InlineData("manifest-1.json")]
    public async Task Resume_DocumentThatTheRunCanDoWithout_IsPutAsideAndTheRunIsProven(string document)
    {
        document = document == "steps/LAST.json" ? interrupted.LastStep() : document;
        var store = interrupted.Copy();
        Spoil(store, document);
        if (document == "owner-1.json")
            GiveUpClaim(store);

        await SucceedsAsync(store);

        Assert.Single(Directory.GetFiles(sandbox[$"{store}/runs/r/quarantine"], $"{document.Replace('/', '.')}.*"));
        await sandbox.ProvenAsync(store: store);
        await AssertTheOtherRunIsWholeAsync(store);
    }

    [LinuxTheory]
    [InlineData("leases/c/1.json")]
    [InlineData("leases/owner-1.json")]
    [InlineData("events/x-1.ndjson")]
    public async Task Resume_DocumentThatIsNoEvidence_CountsForNothing(string document)
    {
        var store = interrupted.Copy();
        Spoil(store, document);

        await SucceedsAsync(store);

        await sandbox.ProvenAsync(store: store);
        await AssertTheOtherRunIsWholeAsync(store);
    }

    [LinuxFact]
    public async Task Resume_InstructionOfAnAcceptedTask_IsNotNeededAndStaysNamedByTheProof()
    {
        var store = interrupted.Copy();
        Spoil(store, "tasks/a/1/instruction.json");

        await SucceedsAsync(store);

        await AssertNamesAsync(store, "tasks/a/1/instruction.json");
        await AssertTheOtherRunIsWholeAsync(store);
    }

    [LinuxFact]
    public async Task Resume_ResultThatATaskNeeds_StopsThatTaskAndTheCuresWork()
    {
        const string Result = "results/a_result.json";
        var store = interrupted.Copy();
        var whole = Spoil(store, Result);

        var resumed = await sandbox.RunAsync("resume", "r", "--store", store);

        Assert.True(resumed.Code == 1, resumed.ToString());
        Assert.Contains($"Task c has stopped. The input from a cannot be used: {Result}:", resumed.Error);
        Assert.Contains($"miyabi retry r a --store {sandbox[store]}", resumed.Error);
        Assert.Empty(AgentPlan.Began(sandbox)); // not tried in vain either: one attempt, and no agent
        Assert.False(File.Exists(sandbox[$"{store}/runs/r/results/c_attempt-2_result.json"]));
        await AssertNamesAsync(store, Result);
        await AssertTheOtherRunIsWholeAsync(store);

        // Carried out again, the run succeeds; but what stood there is not there any more, and the proof says so.
        await sandbox.SucceedAsync("retry", "r", "a", "--store", store);
        Assert.Equal(new Dictionary<string, int> { ["a.2"] = 1, ["b.2"] = 1, ["c.2"] = 1, ["d.1"] = 1 }, AgentPlan.Began(sandbox));
        await AssertNamesAsync(store, Result);
        await File.WriteAllBytesAsync(sandbox[$"{store}/runs/r/{Result}"], whole);
        await sandbox.ProvenAsync(store: store);
    }

    [LinuxFact]
    public async Task Resume_ResultThatIsPutBack_APlainRetrySucceedsAndIsProven()
    {
        const string Result = "results/b_result.json";
        var store = interrupted.Copy();
        var whole = Spoil(store, Result);
        var resumed = await sandbox.RunAsync("resume", "r", "--store", store);
        Assert.True(resumed.Code == 1, resumed.ToString());
        Assert.Contains($"Task d has stopped. The input from b cannot be used: {Result}:", resumed.Error);

        await File.WriteAllBytesAsync(sandbox[$"{store}/runs/r/{Result}"], whole);
        await sandbox.SucceedAsync("retry", "r", "--store", store);

        Assert.Equal(new Dictionary<string, int> { ["c.1"] = 1, ["d.2"] = 1 }, AgentPlan.Began(sandbox));
        await sandbox.ProvenAsync(store: store);
    }

    [LinuxFact]
    public async Task Resume_ArtifactThatATaskNeeds_StopsThatTaskAndARetryOfItsMakerIsProven()
    {
        var store = interrupted.Copy();
        var artifact = Directory.GetFiles(sandbox[$"{store}/runs/r/artifacts"]).Single(file => File.ReadAllText(file) == "made by a\n");
        await File.AppendAllTextAsync(artifact, "and by another\n");

        var resumed = await sandbox.RunAsync("resume", "r", "--store", store);

        Assert.True(resumed.Code == 1, resumed.ToString());
        Assert.Contains($"Task c has stopped. The input from a cannot be used: artifacts/{Path.GetFileName(artifact)}", resumed.Error);
        Assert.Contains($"miyabi retry r a --store {sandbox[store]}", resumed.Error);
        await sandbox.SucceedAsync("retry", "r", "a", "--store", store);
        await sandbox.ProvenAsync(store: store); // the same content lies under its name again
        await AssertTheOtherRunIsWholeAsync(store);
    }

    [LinuxTheory]
    [InlineData("plan.json")]
    [InlineData("steps/2.json")]
    public async Task Resume_DocumentThatEveryDecisionIsBuiltOn_StopsThisRunAloneAndNamesIt(string document)
    {
        var store = interrupted.Copy();
        var whole = Spoil(store, document);

        var resumed = await sandbox.RunAsync("resume", "r", "--store", store);

        Assert.True(resumed.Code == 1, resumed.ToString());
        Assert.Contains($"{document}: ", resumed.Error);
        Assert.Contains($"miyabi verify r --store {store}", resumed.Error);
        Assert.Contains("Put the original back from a copy of the store", resumed.Error);
        Assert.Empty(AgentPlan.Began(sandbox));
        await AssertNamesAsync(store, document);
        await AssertTheOtherRunIsWholeAsync(store);
        await File.WriteAllBytesAsync(sandbox[$"{store}/runs/r/{document}"], whole);
        await SucceedsAsync(store);
        await sandbox.ProvenAsync(store: store);
    }

    [LinuxFact]
    public async Task Resume_ManifestOfAnEndedRun_IsWrittenAgainWithTheSameRoot()
    {
        var store = interrupted.Copy();
        await SucceedsAsync(store);
        var root = (await sandbox.ProvenAsync(store: store)).GetProperty("root").GetString();
        Spoil(store, "manifest-1.json");

        var resumed = await sandbox.RunAsync("resume", "r", "--store", store);

        Assert.True(resumed.Code == 0, resumed.ToString());
        Assert.Equal(root, (await sandbox.ProvenAsync(store: store)).GetProperty("root").GetString());
    }

    private async Task SucceedsAsync(string store)
    {
        var resumed = await sandbox.RunAsync("resume", "r", "--store", store);
        Assert.True(resumed.Code == 0, resumed.ToString());
        Assert.Equal(new Dictionary<string, int> { ["c.1"] = 1, ["d.1"] = 1 }, AgentPlan.Began(sandbox));
    }

    private async Task AssertNamesAsync(string store, string document)
    {
        var verified = await sandbox.RunAsync("verify", "r", "--json", "--store", store);
        Assert.True(verified.Code == 1, verified.ToString());
        var finding = Assert.Single(PublishedSchema.Check("verify", verified.Output).GetProperty("findings").EnumerateArray());
        Assert.Equal(("altered", $"runs/r/{document}"), (finding.GetProperty("kind").GetString(), finding.GetProperty("path").GetString()));
    }

    private async Task AssertTheOtherRunIsWholeAsync(string store)
    {
        await sandbox.ProvenAsync("whole", store);
        var list = PublishedSchema.Check("list", await sandbox.SucceedAsync("list", "--json", "--store", store)).GetProperty("runs").EnumerateArray();
        Assert.Equal("succeeded", list.Single(run => run.GetProperty("run").GetString() == "whole").GetProperty("state").GetString());
    }

    // Alters one word of a document, or puts one there that is none. Returns what was there.
    private byte[] Spoil(string store, string document)
    {
        var file = sandbox[$"{store}/runs/r/{document}"];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var before = File.Exists(file) ? File.ReadAllBytes(file) : [];
        File.WriteAllText(file, before.Length == 0 ? "{}" : File.ReadAllText(file).Replace("\"run\": \"r\"", "\"run\": \"x\"", StringComparison.Ordinal));
        Assert.NotEqual(before, File.ReadAllBytes(file));
        return before;
    }

    // Without its owner document nobody can tell that the first runner is dead, and its claim on c is waited for: a minute that shows nothing here.
    private void GiveUpClaim(string store)
    {
        File.Delete(sandbox[$"{store}/runs/r/tasks/c/1/instruction.json"]);
        File.Delete(sandbox[$"{store}/runs/r/leases/c/1.json"]);
    }
}
