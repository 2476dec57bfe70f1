using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.FrontDoor;

public class RunSweepTests
{
    private const string Holder = "0123456789abcdef0123456789abcdef";

    private readonly FakeEngine engine = new();
    private readonly InMemoryBlobStore store = new();

    [Fact]
    public async Task Sweep_ARunThatWasAcceptedAMinuteAgo_StartsIt()
    {
        var run = await AcceptAsync("run-1");
        run.Clock.Advance(RunSweep.Grace);

        var report = await Sweep(run).RunAsync(engine, acts: true, default);

        Assert.Equal(new SweepReport(1, 1, 1, 0, 0, true), report);
        Assert.Equal("run-1~1", Assert.Single(engine.Starts).Instance);
    }

    [Fact]
    public async Task Sweep_ARunThatWasAcceptedJustNow_LeavesItToItsFrontDoor()
    {
        var run = await AcceptAsync("run-1");
        run.Clock.Advance(RunSweep.Grace - TimeSpan.FromSeconds(1));

        await Sweep(run).RunAsync(engine, acts: true, default);

        Assert.Empty(engine.Starts);
    }

    [Fact]
    public async Task Sweep_ToCount_StartsNothing()
    {
        var run = await AcceptAsync("run-1");
        run.Clock.Advance(RunSweep.Grace);

        Assert.Equal(1, (await Sweep(run).RunAsync(engine, acts: false, default)).Waiting);
        Assert.Empty(engine.Starts);
    }

    [Fact]
    public async Task Sweep_ARunWhoseInstanceIsLost_StartsTheNext()
    {
        var run = await OwnedByInstanceAsync("run-1");

        await Sweep(run).RunAsync(engine, acts: true, default);

        Assert.Equal("run-1~2", Assert.Single(engine.Starts).Instance);
    }

    [Fact]
    public async Task Sweep_WhatHasStalledOrEndedOrIsAProcesss_IsLeftAlone()
    {
        var stalled = await OwnedByInstanceAsync("stalled");
        engine.Set("stalled~1", InstanceState.Ended);
        var ended = await AcceptAsync("ended", stalled.Clock);
        await ended.CarryOutAsync();
        var laptop = await AcceptAsync("laptop", stalled.Clock);
        await (await laptop.OwnAsync()).DisposeAsync();
        stalled.Clock.Advance(TimeSpan.FromHours(1));

        var report = await Sweep(stalled).RunAsync(engine, acts: true, default);

        Assert.Equal(new SweepReport(3, 0, 0, 0, 0, true), report);
        Assert.Empty(engine.Starts);
    }

    [Fact]
    public async Task Sweep_Again_DoesNotLookAtWhatIsAtRest()
    {
        var run = await OwnedByInstanceAsync("stalled");
        engine.Set("stalled~1", InstanceState.Ended);
        var sweep = Sweep(run);
        await sweep.RunAsync(engine, acts: true, default);

        Assert.Equal(0, (await sweep.RunAsync(engine, acts: true, default)).Looked);
        run.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(1, (await sweep.RunAsync(engine, acts: true, default)).Looked);
    }

    [Fact]
    public async Task Sweep_ARunWithControlsThatNobodyHasTaken_WakesItUntilTheyAre()
    {
        var run = await OwnedByInstanceAsync("run-1");
        engine.Set("run-1~1", InstanceState.Running);
        var sweep = Sweep(run);
        Assert.Equal(0, (await sweep.RunAsync(engine, acts: true, default)).Woken);

        await run.ControlAsync(ControlKind.Suspend);
        Assert.Equal(1, (await sweep.RunAsync(engine, acts: true, default)).Woken);
        Assert.Equal(1, (await sweep.RunAsync(engine, acts: true, default)).Woken);
        await run.Advance().RunAsync(new AdvanceRequest("run-1", 1, 2, [], Opening: false, Controls: true), default);
        Assert.Equal(0, (await sweep.RunAsync(engine, acts: true, default)).Woken);

        Assert.Equal(["run-1~1", "run-1~1"], engine.Wakes);
    }

    [Fact]
    public async Task Sweep_WithABadRunAmongThem_StartsTheOthers()
    {
        var first = await AcceptAsync("a-bad");
        var second = await AcceptAsync("good", first.Clock);
        await store.ReplaceAsync("runs/a-bad/plan.json", "{}"u8.ToArray(), default);
        await store.CreateAsync("runs/no-plan/steps/1.json", "{}"u8.ToArray(), default);
        await store.CreateAsync("runs/..not..an..id/plan.json", "{}"u8.ToArray(), default);
        first.Clock.Advance(RunSweep.Grace);

        var report = await Sweep(second).RunAsync(engine, acts: true, default);

        Assert.Equal((2, 1), (report.Failed, report.Started));
        Assert.Equal("good~1", Assert.Single(engine.Starts).Instance);
    }

    [Fact]
    public async Task Sweep_WhenTheEngineIsAway_GivesUpSoon_AndGoesOnWhenItIsBack()
    {
        var clock = (await AcceptAsync("run-00")).Clock;
        for (var i = 1; i < 8; i++)
            await AcceptAsync($"run-{i:00}", clock);
        clock.Advance(RunSweep.Grace);
        var sweep = Sweep(await AcceptAsync("run-99", clock));
        engine.IsAway = true;

        var away = await sweep.RunAsync(engine, acts: true, default);
        engine.IsAway = false;
        await sweep.RunAsync(engine, acts: true, default);
        await sweep.RunAsync(engine, acts: true, default);

        Assert.Equal((5, false), (away.Failed, away.IsWhole));
        Assert.Equal(8, engine.Starts.Count);
    }

    [Fact]
    public async Task Sweep_OfVeryManyRuns_GoesOnWhereItStopped()
    {
        var run = await AcceptAsync("run");
        for (var i = 0; i < RunSweep.MaxLooks + 10; i++)
            await store.CreateAsync($"runs/r-{i:0000}/x", default, default);
        run.Clock.Advance(RunSweep.Grace);
        var sweep = Sweep(run);

        var first = await sweep.RunAsync(engine, acts: true, default);
        var second = await sweep.RunAsync(engine, acts: true, default);

        Assert.Equal((RunSweep.MaxLooks, false), (first.Looked, first.IsWhole));
        Assert.Equal((11, true), (second.Looked, second.IsWhole));
        Assert.Equal("run~1", Assert.Single(engine.Starts).Instance);
    }

    private RunSweep Sweep(TestRun run) => new(run.Open(), store, run.Clock, () => Holder);

    private Task<TestRun> AcceptAsync(string id, ManualClock? clock = null) => TestRun.AcceptAsync(TestPlans.One(), store: store, id: id, clock: clock);

    private async Task<TestRun> OwnedByInstanceAsync(string id)
    {
        var run = await AcceptAsync(id);
        await run.Advance().RunAsync(new AdvanceRequest(id, 1, 1, [], Opening: true, Controls: true) { Holder = Holder }, default);
        return run;
    }
}
