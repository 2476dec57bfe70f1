using System.Collections.Concurrent;
using System.Diagnostics;
using Miyabi.Core.Agents;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Telemetry;

/// <summary>Whose trace the spans of a run belong to.</summary>
[Collection(nameof(TelemetryCollection))]
public sealed class TraceTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string Root = "b7ad6b7169203331";
    private const string Given = $"00-{TraceId}-{Root}-01";

    private static readonly string Plan = TestPlans.Plan([("a", []), ("b", ["a"])], 5);

    [Fact]
    public async Task TraceOfTheStart_ReachesTheAgent()
    {
        using var probe = new TelemetryProbe();
        var seen = new ConcurrentQueue<(Activity? Current, string? Trace)>();
        var run = await TestRun.AcceptAsync(Plan, (request, _, _) =>
        {
            seen.Enqueue((Activity.Current, request.Trace));
            return ScriptedProvider.SucceedAsync(request);
        });

        await CarryOutAsync(run, Given);

        Assert.All(probe.Spans, span => Assert.Equal(TraceId, span.TraceId.ToHexString()));
        Assert.All([.. probe.Of("advance"), .. probe.Of("run_task")], span => Assert.Equal(Root, span.ParentSpanId.ToHexString()));
        var attempts = probe.Of("run_task");
        Assert.Equal(["a", "b"], attempts.Select(span => span.GetTagItem("miyabi.task")));
        Assert.Equal(attempts.Select(span => span.SpanId), probe.Of("invoke_agent").Select(span => span.ParentSpanId));
        Assert.Equal(probe.Of("invoke_agent").Select(span => span.SpanId), seen.Select(at => at.Current!.SpanId));
        Assert.Equal(seen.Select(at => at.Current!.Id), seen.Select(at => at.Trace));
    }

    [Fact]
    public async Task ContinuedAsNew_StaysInTheTrace()
    {
        using var probe = new TelemetryProbe();
        var run = await TestRun.AcceptAsync(TestPlans.Wide(RunOrchestration.EndingsPerHistory + 20), schedule: Schedule.Ready);
        ReplayEngine? engine = null;

        await CarryOutAsync(run, Given, made => engine = made);

        Assert.Equal(2, engine!.Histories.Count);
        Assert.Equal(RunOrchestration.EndingsPerHistory + 20, probe.Of("invoke_agent").Count);
        Assert.All(probe.Spans, span => Assert.Equal(TraceId, span.TraceId.ToHexString()));
    }

    [Fact]
    public async Task Resumed_IsInTheTraceOfTheResumption()
    {
        using var probe = new TelemetryProbe();
        using var death = new CancellationTokenSource();
        var first = await TestRun.AcceptAsync(Plan, async (request, _, token) =>
        {
            if (request.Task.Id != "b")
                return ScriptedProvider.Success(request);
            await death.CancelAsync();
            return await ScriptedProvider.HangAsync(token);
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CarryOutAsync(first, Given, stop: death.Token));
        var second = first.Elsewhere((request, _, _) => ScriptedProvider.SucceedAsync(request));

        await CarryOutAsync(second, "00-ffffffffffffffffffffffffffffffff-00f067aa0ba902b7-01");

        await second.ProvenAsync(RunOutcome.Succeeded);
        Assert.Equal(
            [("a", TraceId), ("b", TraceId), ("b", "ffffffffffffffffffffffffffffffff")],
            probe.Of("invoke_agent").Select(span => ((string)span.GetTagItem("miyabi.task")!, span.TraceId.ToHexString())));
        Assert.Equal(["succeeded", "failed", "succeeded"], probe.Of("invoke_agent").Select(span => span.GetTagItem("miyabi.outcome")));
        Assert.Equal("abandoned", probe.Of("invoke_agent")[1].GetTagItem("error.type"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SpanOfTheWorker_IsTheParentInItsOwnTrace_AndLinkedInAnother(bool same)
    {
        using var probe = new TelemetryProbe();
        var run = await TestRun.AcceptAsync(Plan);
        await using var ownership = await run.OwnAsync();
        using var worker = new Activity("worker");
        if (same)
            worker.SetParentId(Given);
        worker.Start();

        await run.Advance().RunAsync(new AdvanceRequest(TestRun.Id, ownership.Number, 1, [], true, true) { Trace = Given }, default);

        var span = Assert.Single(probe.Of("advance"));
        Assert.Equal(TraceId, span.TraceId.ToHexString());
        Assert.Equal(same ? worker.SpanId.ToHexString() : Root, span.ParentSpanId.ToHexString());
        Assert.Equal(same ? [] : [worker.SpanId], span.Links.Select(link => link.Context.SpanId));
        Assert.Same(worker, Activity.Current);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    public async Task NoTrace_EachDeliveryIsARoot(string? given)
    {
        using var probe = new TelemetryProbe();
        var run = await TestRun.AcceptAsync(Plan);

        await CarryOutAsync(run, given);

        Assert.NotEmpty(probe.Spans);
        Assert.All(probe.Of("advance"), span => Assert.Equal(default, span.ParentSpanId));
    }

    [Theory]
    [InlineData(Given, Given)]
    [InlineData("nonsense", null)]
    public async Task NobodyListens_NoSpanIsMade_AndTheAgentHasTheTraceOfTheStart(string given, string? handedOn)
    {
        (Activity? Current, string? Trace)? seen = null;
        var run = await TestRun.AcceptAsync(TestPlans.One(), (request, _, _) =>
        {
            seen = (Activity.Current, request.Trace);
            return ScriptedProvider.SucceedAsync(request);
        });

        await CarryOutAsync(run, given);

        Assert.Equal((null, handedOn), seen);
    }

    internal static async Task<RunEnd> CarryOutAsync(TestRun run, string? trace, Func<ReplayEngine, ReplayEngine>? engine = null, CancellationToken stop = default)
    {
        await using var ownership = await run.OwnAsync();
        return await run.Engine(engine).RunAsync(await run.InputAsync(ownership.Number) with { Trace = trace }, stop);
    }
}
