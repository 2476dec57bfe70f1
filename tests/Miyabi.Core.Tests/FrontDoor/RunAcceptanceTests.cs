using System.Collections.Immutable;
using System.Text;
using Miyabi.Core.Ledger;
using Miyabi.Core.Agents;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Plans;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Core.Tests.Plans;
using Miyabi.Testing;
using Miyabi.Testing.Notifications;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.FrontDoor;

public class RunAcceptanceTests
{
    private static readonly Plan WithInput = SamplePlans.Read(SamplePlans.PlanOf([SamplePlans.Parse("""{ "id": "t", "agent": "A" }""")])).Plan!;

    private static readonly RunWish Fine = new()
    {
        Providers = ImmutableDictionary<AgentKind, string>.Empty.Add(AgentKind.Claude, "scripted").Add(AgentKind.Codex, "scripted"),
        Paths = ImmutableSortedDictionary<string, string>.Empty.Add("repo", "/r"),
    };

    public static TheoryData<string, string> Refusals() => new()
    {
        { "no provider", "give --agent claude=PROVIDER" },
        { "unknown provider", "known are scripted" },
        { "wrong kind", "is of kind codex, which the provider 'claude-only' cannot carry out" },
        { "missing input", "give --input repo=PATH" },
        { "unknown input", "it has repo" },
        { "speed 0", "more than 0" },
        { "speed NaN", "more than 0" },
        { "speed 1e6", "at most 100000" },
        { "parallel 0", "give 1 to 200" },
        { "parallel 201", "give 1 to 200" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void WhatCannotBe_IsRefused_WithTheCure(string wrong, string cure)
    {
        var wish = wrong switch
        {
            "no provider" => Fine with { Providers = Fine.Providers.Remove(AgentKind.Claude) },
            "unknown provider" => Fine with { Providers = Fine.Providers.SetItem(AgentKind.Claude, "other") },
            "wrong kind" => Fine with { Providers = Fine.Providers.SetItem(AgentKind.Codex, "claude-only") },
            "missing input" => Fine with { Paths = Fine.Paths.Clear() },
            "unknown input" => Fine with { Paths = Fine.Paths.Add("rpeo", "/r") },
            "speed 0" => Fine with { Speed = 0 },
            "speed NaN" => Fine with { Speed = double.NaN },
            "speed 1e6" => Fine with { Speed = 1e6 },
            "parallel 0" => Fine with { MaxParallel = 0 },
            _ => Fine with { MaxParallel = 201 },
        };

        var refused = Assert.Throws<RunRefusedException>(() => Check(wish));

        Assert.Contains(cure, Assert.Single(refused.Problems));
    }

    [Fact]
    public void EverythingWrong_IsSaidAtOnce()
    {
        var refused = Assert.Throws<RunRefusedException>(() => Check(new RunWish { Speed = -1, MaxParallel = 0 }));

        Assert.Equal(5, refused.Problems.Length);
    }

    [Fact]
    public void Notify_WithNobodyWhoDelivers_IsRefused() =>
        Assert.Contains("nobody delivers webhooks here", Assert.Single(Assert.Throws<RunRefusedException>(() => CheckNotify(null)).Problems));

    [Fact]
    public void Notify_ThatCannotBeDelivered_IsRefusedWithTheReason() => Assert.Equal(
        ["notify[0] (https://a.example): set X."],
        Assert.Throws<RunRefusedException>(() => CheckNotify(new ScriptedWebhooks { Against = one => one.Secret == "A" ? "set X." : null })).Problems.AsEnumerable());

    [Fact]
    public void Notify_ThatCanBeDelivered_IsAccepted() => CheckNotify(new ScriptedWebhooks());

    private static void CheckNotify(ScriptedWebhooks? webhooks)
    {
        var plan = SamplePlans.Parse(SamplePlans.Small);
        plan["notify"] = System.Text.Json.Nodes.JsonNode.Parse("""[ { "url": "https://a.example/token", "secret": "A" }, { "url": "https://b.example", "secret": "B" } ]""");
        var provider = new ScriptedProvider((request, _, _) => ScriptedProvider.SucceedAsync(request));
        RunAcceptance.Check(SamplePlans.Read(plan.ToJsonString()).Plan!, Fine with { Paths = Fine.Paths.Clear() }, _ => provider, ["scripted"], new AcceptanceTerms { Webhooks = webhooks });
    }

    [Fact]
    public void WhatIsFine_IsTakenAsItIs()
    {
        var options = Check(Fine with { Speed = 100_000, MaxParallel = 200, Schedule = Schedule.Ready });

        Assert.Equal(["A", "X"], options.Providers.Keys);
        Assert.Equal((100_000, 200, Schedule.Ready), (options.Speed, options.MaxParallel, options.Schedule));
    }

    [Fact]
    public async Task RunThatExists_IsRefused_AndNothingIsWritten()
    {
        var run = await TestRun.AcceptAsync(TestPlans.One());
        var before = ((InMemoryBlobStore)run.Store).Blobs.ToDictionary();

        await Assert.ThrowsAsync<RunExistsException>(() => TestRun.AcceptAsync(TestPlans.Wide(2), store: run.Store));

        Assert.Equal(before, ((InMemoryBlobStore)run.Store).Blobs);
    }

    [Fact]
    public async Task PlanAtItsLimit_CanBeReadAgainFromTheLedger()
    {
        var prompt = $"\"prompt\": \"{string.Concat(Enumerable.Repeat("😀", 200_000))}\"";
        var plan = TestPlans.Tasks([.. Enumerable.Range(0, 20).Select(i => $$"""{ "id": "t{{i}}", "agent": "A", {{prompt}} }""")]);
        Assert.InRange(Encoding.UTF8.GetByteCount(plan), 15_000_000, PlanLimits.MaxPlanBytes);
        var run = await TestRun.AcceptAsync(plan);

        Assert.Equal(20, (await run.Open().GetAsync(TestRun.Id, default)).Plan.TaskCount);
    }

    private static RunOptions Check(RunWish wish)
    {
        var provider = new ScriptedProvider((request, _, _) => ScriptedProvider.SucceedAsync(request));
        var claudeOnly = new ScriptedProvider((request, _, _) => ScriptedProvider.SucceedAsync(request)) { Kinds = [AgentKind.Claude] };
        return RunAcceptance.Check(WithInput, wish, name => name switch { "scripted" => provider, "claude-only" => claudeOnly, _ => null }, ["scripted", "claude-only"]);
    }
}
