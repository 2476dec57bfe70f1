using Miyabi.Core.Activities;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing;

namespace Miyabi.Core.Tests.FrontDoor;

public class RunStartsTests
{
    private const string Holder = "0123456789abcdef0123456789abcdef";

    private readonly FakeEngine engine = new();

    [Fact]
    public async Task Ensure_ANewRun_StartsItsFirstInstance()
    {
        var run = await TestRun.AcceptAsync(TestPlans.One());

        var start = await Starts(run).EnsureAsync(run.RunId, resumes: false, "trace", default);

        Assert.Equal(new RunStart(RunStanding.Started, "run-1~1"), start);
        var (_, input) = Assert.Single(engine.Starts);
        Assert.Equal((1, 1, Holder, "trace"), (input.Owner, input.Step, input.Holder, input.Trace));
    }

    [Fact]
    public async Task StartNew_IsToldTheSame_AndLooksAtNothing()
    {
        var store = new VersionedBlobStore();
        var run = await TestRun.AcceptAsync(TestPlans.One(), store: store);
        await Starts(run).EnsureAsync(run.RunId, resumes: false, "trace", default);
        var (ensured, asked, reads) = (engine.Starts.Single(), engine.Asked, store.Reads);

        var start = await Starts(run).StartNewAsync(run.RunId, "trace", default);

        Assert.Equal(new RunStart(RunStanding.Started, "run-1~1"), start);
        Assert.Equal(ensured, engine.Starts[1]);
        Assert.Equal((asked, reads), (engine.Asked, store.Reads));
    }

    [Fact]
    public async Task Ensure_Again_FindsItRunning()
    {
        var run = await TestRun.AcceptAsync(TestPlans.One());
        await Starts(run).EnsureAsync(run.RunId, resumes: false, null, default);

        Assert.Equal(new RunStart(RunStanding.Running, "run-1~1"), await Starts(run).EnsureAsync(run.RunId, resumes: false, null, default));
        Assert.Single(engine.Starts);
    }

    [Fact]
    public async Task Ensure_AnEndedRun_StartsNothing()
    {
        var run = await TestRun.AcceptAsync(TestPlans.One());
        await run.CarryOutAsync();

        Assert.Equal(RunStanding.Ended, (await Starts(run).EnsureAsync(run.RunId, resumes: true, null, default)).Standing);
        Assert.Empty(engine.Starts);
    }

    [Fact]
    public async Task Ensure_AnEndedRunThatIsToBeRetried_StartsTheNextInstance()
    {
        var run = await TestRun.AcceptAsync(TestPlans.One(), (_, _, _) => throw new InvalidOperationException("No."));
        await run.CarryOutAsync();
        await run.ControlAsync(ControlKind.Retry);

        Assert.Equal(new RunStart(RunStanding.Started, "run-1~2"), await Starts(run).EnsureAsync(run.RunId, resumes: true, null, default));
    }

    [Fact]
    public async Task Ensure_WhileAProcessIsAtIt_LeavesItAlone()
    {
        var run = await TestRun.AcceptAsync(TestPlans.One());
        await using var owner = await run.OwnAsync();

        Assert.Equal(new RunStart(RunStanding.Running, null), await Starts(run).EnsureAsync(run.RunId, resumes: true, null, default));
        Assert.Empty(engine.Starts);
    }

    [Theory]
    [InlineData(false, RunStanding.Stalled, "run-1~1")]
    [InlineData(true, RunStanding.Started, "run-1~2")]
    public async Task Ensure_ARunWhoseInstanceHasEnded_GoesOnOnlyWhenAsked(bool resumes, RunStanding standing, string instance)
    {
        var run = await OwnedByInstanceAsync();
        engine.Set("run-1~1", InstanceState.Ended);

        Assert.Equal(new RunStart(standing, instance), await Starts(run).EnsureAsync(run.RunId, resumes, null, default));
    }

    [Fact]
    public async Task Ensure_ARunWhoseInstanceIsLost_GoesOnFromTheLedger()
    {
        var run = await OwnedByInstanceAsync();

        Assert.Equal(new RunStart(RunStanding.Started, "run-1~2"), await Starts(run).EnsureAsync(run.RunId, resumes: false, null, default));
        Assert.Equal((2, 2), (engine.Starts[0].Input.Owner, engine.Starts[0].Input.Step));
    }

    [Fact]
    public async Task Look_ANewRun_SaysThatItWouldBeStarted_AndStartsNothing()
    {
        var run = await TestRun.AcceptAsync(TestPlans.One());

        Assert.Equal(RunStanding.Started, (await Starts(run).LookAsync(run.RunId, default)).Standing);
        Assert.Empty(engine.Starts);
    }

    [Fact]
    public async Task Wake_TellsTheOwner_IfThatIsAnInstance()
    {
        var run = await OwnedByInstanceAsync();
        await Starts(run).WakeAsync(run.RunId, default);
        Assert.Equal(["run-1~1"], engine.Wakes);
    }

    [Fact]
    public async Task Ensure_ARunThatIsNotThere_Throws()
    {
        var run = await TestRun.AcceptAsync(TestPlans.One());
        await Assert.ThrowsAsync<RunNotFoundException>(() => Starts(run).EnsureAsync("none", resumes: true, null, default));
    }

    private RunStarts Starts(TestRun run) => new(run.Open(), engine, run.Clock, () => Holder);

    // Its first step is taken: one attempt is at work.
    private static async Task<TestRun> OwnedByInstanceAsync()
    {
        var run = await TestRun.AcceptAsync(TestPlans.One());
        await run.Advance().RunAsync(new AdvanceRequest(run.RunId, 1, 1, [], Opening: true, Controls: true) { Holder = Holder }, default);
        return run;
    }
}
