using System.Diagnostics;
using Miyabi.Core.Agents;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Telemetry;

/// <summary>What spans and figures say, and what they never say.</summary>
[Collection(nameof(TelemetryCollection))]
public sealed class AttributeTests
{
    // All that a figure may be kept apart by: each of few values.
    private static readonly HashSet<string> FewValued = new(StringComparer.Ordinal)
    {
        "miyabi.outcome", "miyabi.agent.kind", "miyabi.provider", "miyabi.run.reopened", "miyabi.control.kind", "error.type",
        "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.token.type",
    };

    // 'one' uses tokens; 'two' fails once.
    private static readonly string Plan = TestPlans.Tasks(
        """{ "id": "one", "agent": "A", "prompt": "MARKER-prompt", "title": "MARKER-title", "writes": ["MARKER-folder/**"] }""",
        """{ "id": "two", "agent": "X", "dependsOn": ["one"], "retry": { "maxAttempts": 2, "backoff": "PT1S" } }""");

    [Fact]
    public async Task Agent_IsToldOfByTheGenAiConventions()
    {
        using var probe = new TelemetryProbe();

        await EndedAsync();

        var agent = probe.Of("invoke_agent")[0];
        Assert.Equal("invoke_agent A", agent.DisplayName);
        Assert.Equal(ActivityKind.Internal, agent.Kind);
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["gen_ai.operation.name"] = "invoke_agent", ["gen_ai.provider.name"] = "scripted", ["gen_ai.agent.name"] = "A",
                ["gen_ai.usage.input_tokens"] = 100L, ["gen_ai.usage.output_tokens"] = 20L,
                ["miyabi.run"] = TestRun.Id, ["miyabi.task"] = "one", ["miyabi.attempt"] = 1, ["miyabi.agent"] = "A", ["miyabi.agent.kind"] = "claude",
                ["miyabi.provider"] = "scripted", ["miyabi.outcome"] = "succeeded",
            },
            agent.TagObjects.ToDictionary());
    }

    [Fact]
    public async Task Attempt_SaysWhoseItIs_AndHowItEnded()
    {
        using var probe = new TelemetryProbe();

        await EndedAsync();

        Assert.Equal(
            [("one", 1, "succeeded", null), ("two", 1, "failed", "rateLimited"), ("two", 2, "succeeded", null)],
            probe.Of("run_task").Select(span => (
                (string)span.GetTagItem("miyabi.task")!, (int)span.GetTagItem("miyabi.attempt")!, (string)span.GetTagItem("miyabi.outcome")!, (string?)span.GetTagItem("error.type"))));
        Assert.All(probe.Of("run_task"), span => Assert.Equal(TestRun.Id, span.GetTagItem("miyabi.run")));
        Assert.Equal(["claude", "codex", "codex"], probe.Of("run_task").Select(span => span.GetTagItem("miyabi.agent.kind")));
    }

    [Fact]
    public async Task Steps_SayWhatTheyTookInAndStarted()
    {
        using var probe = new TelemetryProbe();

        await EndedAsync();

        var steps = probe.Of("advance");
        Assert.Equal(Enumerable.Range(1, steps.Count), steps.Select(span => (int)span.GetTagItem("miyabi.step")!));
        Assert.Equal(3, steps.Sum(span => (int)span.GetTagItem("miyabi.step.endings")!));
        Assert.Equal(3, steps.Sum(span => (int)span.GetTagItem("miyabi.step.starts")!));
        Assert.Equal("succeeded", steps[^1].GetTagItem("miyabi.outcome"));
        Assert.All(steps[..^1], span => Assert.Null(span.GetTagItem("miyabi.outcome")));
    }

    public static TheoryData<string, string> Failures => new()
    {
        { "failed", "says" }, { "crashed", "throws" }, { "invalidOutput", "gives nothing" }, { "timedOut", "hangs" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Failure_IsItsKind_AndNobodysWords(string kind, string agent)
    {
        using var probe = new TelemetryProbe();
        TestRun? run = null;
        run = await TestRun.AcceptAsync(
            TestPlans.One("\"timeout\": \"PT1M\", \"retry\": { \"maxAttempts\": 1 }, \"outputSchema\": { \"type\": \"object\" }"),
            async (request, _, token) =>
            {
                switch (agent)
                {
                    case "says":
                        return new AgentResult { Failure = new AgentFailure(FailureKind.Failed, "MARKER-message") { ErrorTail = "MARKER-tail" } };
                    case "throws":
                        throw new InvalidOperationException("MARKER-exception");
                    case "gives nothing":
                        return new AgentResult { Output = System.Text.Json.JsonSerializer.SerializeToElement("MARKER-output") };
                    default:
                        run!.Clock.Advance(TimeSpan.FromMinutes(2));
                        return await ScriptedProvider.HangAsync(token);
                }
            });

        await TraceTests.CarryOutAsync(run, null);

        Assert.All([Assert.Single(probe.Of("run_task")), Assert.Single(probe.Of("invoke_agent"))], span =>
        {
            Assert.Equal(kind, span.GetTagItem("error.type"));
            Assert.Equal("failed", span.GetTagItem("miyabi.outcome"));
            Assert.Equal(ActivityStatusCode.Error, span.Status);
            Assert.Null(span.StatusDescription);
            Assert.Empty(span.Events);
        });
        Assert.DoesNotContain(probe.Texts(), text => text.Contains("MARKER", StringComparison.Ordinal));
        Assert.Equal(1, probe.Sum("miyabi.attempts", ("error.type", kind), ("miyabi.outcome", "failed")));
    }

    [Fact]
    public async Task Exception_IsItsType()
    {
        using var probe = new TelemetryProbe();
        var run = await TestRun.AcceptAsync(TestPlans.One());

        await Assert.ThrowsAsync<Miyabi.Core.Activities.RunNotFoundException>(() => run.Advance().RunAsync(new AdvanceRequest("absent", 1, 1, [], true, true), default));

        var span = Assert.Single(probe.Of("advance"));
        Assert.Equal("Miyabi.Core.Activities.RunNotFoundException", span.GetTagItem("error.type"));
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Null(span.StatusDescription);
    }

    [Theory]
    [InlineData(Delivery.Once)]
    [InlineData(Delivery.TwiceInTurn)]
    public async Task Figures_CountEachThingOnce_HoweverOftenItIsDelivered(Delivery delivery)
    {
        using var probe = new TelemetryProbe();

        await EndedAsync(delivery);

        Assert.Equal(1, probe.Sum("miyabi.runs.started", ("miyabi.run.reopened", "False")));
        Assert.Equal(1, probe.Sum("miyabi.runs.ended", ("miyabi.outcome", "succeeded")));
        Assert.Equal(probe.Of("advance").Max(span => (int)span.GetTagItem("miyabi.step")!), probe.Sum("miyabi.steps"));
        Assert.Equal(1, probe.Sum("miyabi.attempts", ("miyabi.agent.kind", "claude"), ("miyabi.outcome", "succeeded")));
        Assert.Equal(1, probe.Sum("miyabi.attempts", ("miyabi.agent.kind", "codex"), ("error.type", "rateLimited")));
        Assert.Equal(3, probe.Sum("miyabi.attempts", ("miyabi.provider", "scripted")));
        Assert.Equal(1, probe.Sum("miyabi.retries"));
        Assert.Equal(100, probe.Sum("gen_ai.client.token.usage", ("gen_ai.token.type", "input"), ("gen_ai.provider.name", "scripted")));
        Assert.Equal(20, probe.Sum("gen_ai.client.token.usage", ("gen_ai.token.type", "output")));
        Assert.Equal(0.5, probe.Sum("miyabi.cost"));
        Assert.Equal(0, probe.Sum("miyabi.attempts.active"));
        Assert.Equal(3, probe.Figures.Count(figure => figure.Name == "miyabi.attempt.duration"));
        Assert.Equal(3, probe.Figures.Count(figure => figure.Name == "gen_ai.invoke_agent.duration"));
        Assert.Equal(delivery == Delivery.Once ? 0 : 3, probe.Of("run_task").Count(span => span.GetTagItem("miyabi.attempt.found") is true));
    }

    [Fact]
    public async Task Figures_AreKeptApartByFewValuesOnly()
    {
        using var probe = new TelemetryProbe();

        await EndedAsync();

        Assert.Empty(probe.Figures.SelectMany(figure => figure.Tags.Keys).Except(FewValued));
        Assert.DoesNotContain(probe.Figures.SelectMany(figure => figure.Tags.Values), value => value is TestRun.Id or "one" or "two");
    }

    [Fact]
    public async Task WordsOfPeopleAndAgents_AreNowhere()
    {
        using var probe = new TelemetryProbe();

        await EndedAsync();

        Assert.NotEmpty(probe.Texts());
        Assert.DoesNotContain(probe.Texts(), text => text.Contains("MARKER", StringComparison.Ordinal));
    }

    [Fact]
    public void EveryInstrument_HasAUnit_ADescription_AndALineInTheDocumentation()
    {
        using var probe = new TelemetryProbe();
        var documented = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "telemetry.md"));

        Assert.NotEmpty(probe.Instruments);
        Assert.All(probe.Instruments, instrument =>
        {
            Assert.False(string.IsNullOrEmpty(instrument.Unit));
            Assert.False(string.IsNullOrEmpty(instrument.Description));
            Assert.Contains($"`{instrument.Name}`", documented, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task EveryAttribute_HasALineInTheDocumentation()
    {
        using var probe = new TelemetryProbe();
        var documented = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "telemetry.md"));

        await EndedAsync(Delivery.TwiceInTurn);

        var names = probe.Spans.SelectMany(span => span.TagObjects.Select(tag => tag.Key)).Concat(probe.Figures.SelectMany(figure => figure.Tags.Keys)).Distinct();
        Assert.All(names, name => Assert.Contains($"`{name}`", documented, StringComparison.Ordinal));
    }

    private static async Task EndedAsync(Delivery delivery = Delivery.Once)
    {
        var run = await TestRun.AcceptAsync(Plan, (request, progress, _) =>
        {
            progress.Report(new AgentProgress(0.5, "MARKER-progress"));
            return Task.FromResult((request.Task.Id, request.Attempt) switch
            {
                ("one", _) => new AgentResult
                {
                    Output = System.Text.Json.JsonSerializer.SerializeToElement("MARKER-output"),
                    Files = [new AgentFile("MARKER-folder/MARKER-file", "MARKER-content"u8.ToArray())],
                    Usage = new AgentUsage(100, 20, 0.5m),
                },
                ("two", 1) => AgentResult.Failed(FailureKind.RateLimited, "MARKER-message"),
                _ => ScriptedProvider.Success(request),
            });
        });
        var end = await TraceTests.CarryOutAsync(run, null, _ => new ReplayEngine(RunOrchestration.RunAsync, run.Worker, run.Clock) { Delivery = delivery });
        Assert.Equal(RunOutcome.Succeeded, end.Outcome);
    }
}
