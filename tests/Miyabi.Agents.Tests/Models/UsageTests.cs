using Miyabi.Agents.Models;
using Miyabi.Core.Agents;
using Miyabi.Testing.Agents;
using Miyabi.Wire;

namespace Miyabi.Agents.Tests.Models;

/// <summary>What an attempt is said to have used up: what the provider says, at the price of the table.</summary>
public sealed class UsageTests
{
    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Success_CostsWhatTheProviderCounted(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider);

        var usage = (await bench.RunAsync()).Usage;

        // 1,000 at 2, 200 of the cache at 1, and 300 at 10 dollars a million.
        Assert.Equal(new AgentUsage(1_200, 300, 0.0052m), usage);
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Model_WithoutAPrice_IsSaidToBeUnpriced(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider, options => options with { Prices = options.Prices.Clear() });

        var usage = (await bench.RunAsync()).Usage;

        Assert.Equal(new AgentUsage(1_200, 300, 0) { Unpriced = true }, usage);
    }

    [Fact]
    public void Sum_WithSomethingUnpriced_IsUnpriced()
    {
        var unpriced = new AgentUsage(1, 2, 0) { Unpriced = true };

        Assert.True(new AgentUsage(1, 1, 3).Plus(unpriced).Unpriced);
        Assert.True(unpriced.Plus(new AgentUsage(1, 1, 3)).Unpriced);
        Assert.True(unpriced.Plus(AgentUsage.None).Unpriced);
    }

    [Fact]
    public async Task Cancel_InMidAnswer_SettlesWhatIsKnown()
    {
        await using var bench = await ModelBench.StartAsync("claude-api");
        bench.Server.Usual = WireScenario.Slow;
        bench.Server.Answer = _ => new string('x', 2 * 4 * 100);
        using var cancel = new CancellationTokenSource();
        var progress = new RecordedProgress();
        var attempt = bench.RunAsync(progress: progress, cancellationToken: cancel.Token);
        await Until.TrueAsync(() => progress.Reports.Any(report => report.Message == "claude-test answers"), "the answer has begun");

        await cancel.CancelAsync();
        var ended = await Assert.ThrowsAsync<AttemptCancelledException>(() => attempt);

        // How much of the text came through until then, which is 100 tokens long, is a matter of the moment.
        Assert.Equal(1_200, ended.Usage.InputTokens);
        Assert.InRange(ended.Usage.OutputTokens, 1, 100);
        Assert.True(ended.Usage.Incomplete);
        await Until.TrueAsync(() => bench.Server.Open == 0, "the server has seen that the caller hung up");
    }

    [Fact]
    public async Task Cancel_OfACallThatTellsWithItsEnd_SaysThatItIsNotKnown()
    {
        await using var bench = await ModelBench.StartAsync("codex-api");
        bench.Server.Usual = WireScenario.Slow;
        using var cancel = new CancellationTokenSource();
        var attempt = bench.RunAsync(cancellationToken: cancel.Token);
        await Until.TrueAsync(() => bench.Server.Open == 1, "the call has come");

        await cancel.CancelAsync();

        Assert.Equal(new AgentUsage(0, 0, 0) { Incomplete = true }, (await Assert.ThrowsAsync<AttemptCancelledException>(() => attempt)).Usage);
    }

    [Fact]
    public void Sum_WithSomethingIncomplete_IsIncomplete()
    {
        var part = AgentUsage.None with { Incomplete = true };

        Assert.True(new AgentUsage(1, 1, 3).Plus(part).Incomplete);
        Assert.True(part.Plus(new AgentUsage(1, 1, 3)).Incomplete);
    }

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(long.MaxValue, Core.Plans.PlanLimits.MaxTokens)]
    public void Figures_ThatCannotBe_AreBounded(long said, long counted) => Assert.Equal(counted, TokenUsage.Of(0, 0, 0, said).Output);
}
