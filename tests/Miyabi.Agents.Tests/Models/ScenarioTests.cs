using System.Collections.Concurrent;
using System.Text.Json;
using Miyabi.Agents.ClaudeApi;
using Miyabi.Agents.CodexApi;
using Miyabi.Core.Agents;
using Miyabi.Wire;

namespace Miyabi.Agents.Tests.Models;

/// <summary>Each scenario with each real client, held against the table.</summary>
public sealed class ScenarioTests
{
    public static TheoryData<string, WireScenario> Cases
    {
        get
        {
            var cases = new TheoryData<string, WireScenario>();
            foreach (var (scenario, (claude, codex)) in ScenarioTable.Rows)
            {
                if (claude.NotApplicable is null)
                    cases.Add(ClaudeApiProvider.ProviderName, scenario);
                if (codex.NotApplicable is null)
                    cases.Add(CodexApiProvider.ProviderName, scenario);
            }

            return cases;
        }
    }

    [Fact]
    public void Table_HasEveryScenario() => Assert.Equal(Enum.GetValues<WireScenario>(), ScenarioTable.Rows.Keys);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Scenario_ComesToWhatTheTableSays(string provider, WireScenario scenario)
    {
        await using var bench = await ModelBench.StartAsync(provider, options => options with { MaxResponseBytes = 4 * 1024 * 1024 });
        bench.Server.Usual = scenario;
        var (claude, codex) = ScenarioTable.Rows[scenario];
        var expected = provider == ClaudeApiProvider.ProviderName ? claude : codex;

        var progress = new Halfway(bench.Server);
        var result = await bench.RunAsync(bench.Request(change: task => task with { Writes = ["made/**"] }), progress);

        Assert.DoesNotContain('\n', result.Failure?.Message ?? "");
        Assert.All(progress.Messages, message => Assert.DoesNotContain(ModelBench.Key, message));
        Assert.True(expected.Failure == result.Failure?.Kind, $"{expected.Failure} was expected, not {result.Failure}");
        Assert.Equal(expected.Failure is null, result.Output.ValueKind == JsonValueKind.Object);
        Assert.Equal(expected.Bill, BillOf(result.Usage));
        Assert.Empty(bench.Calls.Open);
        Assert.Single(bench.Server.Received);
        Assert.DoesNotContain(ModelBench.Key, ModelBench.TextOf(result));
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task RateLimit_WithATime_PassesItOnWhenTheWaitIsOver(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider);
        bench.Server.Usual = WireScenario.RateLimitedFor7s;

        var result = await bench.RunAsync();

        Assert.InRange(result.Failure!.RetryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(9));
    }

    private static Bill BillOf(AgentUsage usage) => (usage.InputTokens + usage.OutputTokens > 0, usage.Incomplete) switch
    {
        (false, false) => Bill.None,
        (true, false) => Bill.Told,
        (true, true) => Bill.Part,
        _ => Bill.Unknown,
    };

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Server_ThatIsNotThere_IsUnavailable(string provider)
    {
        var bench = await ModelBench.StartAsync(provider);
        await bench.DisposeAsync();

        var result = await bench.RunAsync();

        Assert.Equal(FailureKind.Unavailable, result.Failure!.Kind);
        Assert.Equal(AgentUsage.None, result.Usage);
    }

    // A server that drops the connection waits until the client has read so far: what is on its way then is lost.
    private sealed class Halfway(WireServer server) : IProgress<AgentProgress>
    {
        private readonly ConcurrentQueue<string> messages = new();

        public IReadOnlyCollection<string> Messages => messages;

        public void Report(AgentProgress value)
        {
            messages.Enqueue(value.Message ?? "");
            if (value.Message?.EndsWith(" answers", StringComparison.Ordinal) == true)
                server.IsHalfway.TrySetResult();
        }
    }
}
