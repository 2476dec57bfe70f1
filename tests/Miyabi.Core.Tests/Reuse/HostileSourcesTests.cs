using System.Text;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing;

namespace Miyabi.Core.Tests.Reuse;

/// <summary>What else lies in a store must neither stop a run that may reuse nor be believed.</summary>
public class HostileSourcesTests
{
    private readonly InMemoryBlobStore store = new();

    [Theory]
    [InlineData("runs/broken/plan.json", "{}")]
    [InlineData("runs/broken/manifest-1.json", "not JSON")]
    [InlineData("runs/broken/steps/1.json", "{}")]
    [InlineData("runs/.hidden/manifest-1.json", "")]
    public async Task AnotherRunIsBroken_TheGoodOneIsStillTakenFrom(string name, string content)
    {
        await RunAsync("good", reuse: false);
        await store.CreateAsync(name, Encoding.UTF8.GetBytes(content), default);

        Assert.Empty((await RunAsync("next", reuse: true)).Provider.Requests);
    }

    [Fact]
    public async Task AnotherRunsDocumentsUnderANewName_AreNotBelieved()
    {
        await RunAsync("good", reuse: false);
        foreach (var (name, content) in store.Blobs.Where(blob => blob.Key.StartsWith("runs/good/", StringComparison.Ordinal)).ToList())
        {
            await store.CreateAsync(name.Replace("runs/good/", "runs/copied/", StringComparison.Ordinal), content, default);
            await store.DeleteAsync(name, default);
        }

        Assert.Single((await RunAsync("next", reuse: true)).Provider.Requests);
    }

    [Fact]
    public async Task TwoRunsAtOnce_BothComeToTheirEnd()
    {
        await RunAsync("good", reuse: false);
        var runs = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Run(() => RunAsync($"next-{number}", reuse: true))));
        Assert.All(runs, run => Assert.Empty(run.Provider.Requests));
    }

    [Fact]
    public async Task AnotherSchema_AsksForTheWorkAgain()
    {
        await RunAsync("good", reuse: false);
        Assert.Single((await RunAsync("next", reuse: true, """, "outputSchema": { "type": "string" } """)).Provider.Requests);
    }

    [Theory]
    [InlineData("\"no\"")]
    [InlineData("0")]
    [InlineData("null")]
    [InlineData("[]")]
    public void Cache_OfAnotherType_IsAPlanErrorWithItsPlace(string value)
    {
        var reading = PlanReader.Read(Encoding.UTF8.GetBytes(TestPlans.One($"\"cache\": {value}")));

        var error = Assert.Single(reading.Errors);
        Assert.Contains("cache", error.ToString());
    }

    private async Task<TestRun> RunAsync(string id, bool reuse, string more = "")
    {
        var run = await TestRun.AcceptAsync(
            TestPlans.One("\"prompt\": \"one\"" + more),
            (_, _, _) => Task.FromResult(new AgentResult { Output = JsonSerializer.SerializeToElement("done") }),
            store: store,
            id: id,
            reuse: reuse);
        Assert.Equal(RunOutcome.Succeeded, (await run.CarryOutAsync()).Outcome);
        Assert.Empty((await run.VerifyAsync()).Findings);
        return run;
    }
}
