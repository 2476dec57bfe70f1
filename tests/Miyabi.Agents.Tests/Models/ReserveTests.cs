using System.Text;
using System.Text.Json;
using Miyabi.Agents.Models;
using Miyabi.Agents.Simulated;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Testing.Agents;

namespace Miyabi.Agents.Tests.Models;

/// <summary>What is set aside for an attempt before it begins.</summary>
public sealed class ReserveTests
{
    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Reserve_IsNoLessThanThePromptAndTheLongestAnswer(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider);
        var request = bench.Request(change: task => task with { Prompt = new string('p', 5_000), Writes = ["made/**"], OutputSchema = """{ "type": "object" }""" }) with
        {
            Findings = [new AttemptFinding("Not so."), new AttemptFinding("Nor so.")],
            Inputs = [new AgentInput("before", JsonSerializer.SerializeToElement(new string('x', 10_000)), [])],
        };
        var reserve = bench.Provider.Reserve(request.Agent, request.Task, pieces: 3, bytes: 10_002 + 14);

        await bench.RunAsync(request);

        var call = bench.Server.Received[0];
        Assert.InRange(reserve.InputTokens, (Encoding.UTF8.GetByteCount(call.Instructions) + Encoding.UTF8.GetByteCount(call.Message) + call.Schema.GetRawText().Length) / 2, 20_000);
        Assert.Equal(32_000, reserve.OutputTokens);
        // At the dearest that an input token can be, which is to be put into the cache.
        Assert.Equal(((reserve.InputTokens * 3m) + (32_000 * 10m)) / 1_000_000m, reserve.CostUsd);
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Reserve_IsBoundedByWhatAPromptMayHave(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider, options => options with { ContextTokens = 50_000 });
        var request = bench.Request();

        Assert.Equal((18_000 * 3 / 2) + 1, bench.Provider.Reserve(request.Agent, request.Task, 1, long.MaxValue).InputTokens);
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Model_WithoutAPrice_CannotBeReservedFor_AndSaysSo(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider);
        var request = bench.Request(change: task => task with { Model = "unheard-of" });

        var reserve = bench.Provider.Reserve(request.Agent, request.Task, 0, 0);

        Assert.True(reserve.Unpriced);
        Assert.Equal(0, reserve.CostUsd);
    }

    [Fact]
    public void Simulated_ReservesWhatTheTaskSays()
    {
        IAgentProvider provider = new SimulatedProvider(TimeProvider.System);
        var request = AgentRequests.Of("t", AgentKind.Claude, task => task with { Simulated = new SimulatedSettings { Tokens = 12, CostUsd = 0.25m } });

        Assert.Equal(new AgentUsage(12, 12, 0.25m), provider.Reserve(request.Agent, request.Task, 5, 5_000));
        Assert.Equal(AgentUsage.None, provider.Reserve(request.Agent, request.Task with { Simulated = null }, 5, 5_000));
    }
}
