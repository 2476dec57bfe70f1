using System.Collections.Concurrent;
using Miyabi.Core.Agents;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Testing.Agents;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Orchestration;

public class ControlTests
{
    private static readonly string Chain = TestPlans.Plan([("a", []), ("b", ["a"]), ("c", ["b"])], 5);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancel_InMidRun_StopsAgentsAndEndsTheRun(bool eventIsLost)
    {
        var atWork = new ConcurrentQueue<string>();
        var run = await TestRun.AcceptAsync(TestPlans.Wide(3), async (request, _, token) =>
        {
            atWork.Enqueue(request.Task.Id);
            return await ScriptedProvider.HangAsync(token);
        });
        var engine = new ReplayEngine(RunOrchestration.RunAsync, run.Worker, run.Clock) { SwallowsEvents = eventIsLost };
        var running = run.CarryOutAsync(_ => engine);
        await Until.TrueAsync(() => atWork.Count == 3, "three agents are at work");

        await run.ControlAsync(ControlKind.Cancel);
        engine.Raise(ActivityNames.ControlEvent);
        await MoveAsync(run, TimeSpan.FromSeconds(3), running);

        Assert.Equal(RunOutcome.Cancelled, (await running).Outcome);
        await run.ProvenAsync(RunOutcome.Cancelled);
    }

    [Fact]
    public async Task Cancel_BeforeTheFirstStep_StartsNothing()
    {
        var run = await TestRun.AcceptAsync(Chain);
        await run.ControlAsync(ControlKind.Cancel);

        Assert.Equal(RunOutcome.Cancelled, (await run.CarryOutAsync()).Outcome);

        Assert.Empty(run.Provider.Requests);
        await run.ProvenAsync(RunOutcome.Cancelled);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Suspend_WhileATaskIsAtWork_HoldsUntilItIsTakenBack(bool eventIsLost)
    {
        TestRun? run = null;
        ReplayEngine? engine = null;
        var suspended = false;
        run = await TestRun.AcceptAsync(Chain, async (request, _, _) =>
        {
            if (request.Task.Id == "a")
            {
                await run!.ControlAsync(ControlKind.Suspend);
                if (!eventIsLost)
                    engine!.Raise(ActivityNames.ControlEvent);
            }

            return ScriptedProvider.Success(request);
        });
        engine = new ReplayEngine(RunOrchestration.RunAsync, run.Worker, run.Clock)
        {
            Idle = async () =>
            {
                suspended = true;
                Assert.Single(run.Provider.Requests);
                await run.ControlAsync(ControlKind.Unsuspend);
                engine!.Raise(ActivityNames.ControlEvent);
            },
        };

        Assert.Equal(RunOutcome.Succeeded, (await run.CarryOutAsync(_ => engine)).Outcome);

        Assert.True(suspended);
        await run.ProvenAsync(RunOutcome.Succeeded);
    }

    [Theory]
    [InlineData(ControlKind.Approve, RunOutcome.Succeeded, 1)]
    [InlineData(ControlKind.Reject, RunOutcome.Failed, 0)]
    public async Task Approval_IsAnsweredByAPerson(ControlKind answer, RunOutcome outcome, int calls)
    {
        var run = await TestRun.AcceptAsync(TestPlans.One("""  "approval": { "message": "Go?" } """));
        ReplayEngine? engine = null;
        engine = new ReplayEngine(RunOrchestration.RunAsync, run.Worker, run.Clock)
        {
            Idle = async () =>
            {
                await run.ControlAsync(answer, "one");
                engine!.Raise(ActivityNames.ControlEvent);
            },
        };

        Assert.Equal(outcome, (await run.CarryOutAsync(_ => engine)).Outcome);

        Assert.Equal(calls, run.Provider.Requests.Count);
        await run.ProvenAsync(outcome);
    }

    [Theory]
    [InlineData("approve", RunOutcome.Succeeded)]
    [InlineData("reject", RunOutcome.Failed)]
    public async Task Approval_NobodyAnswers_TheDefaultHolds(string answer, RunOutcome outcome)
    {
        var run = await TestRun.AcceptAsync(TestPlans.One($$""" "approval": { "message": "Go?", "timeout": "P1D", "default": "{{answer}}" } """));

        Assert.Equal(outcome, (await run.CarryOutAsync()).Outcome);

        await run.ProvenAsync(outcome);
    }

    [Fact]
    public async Task Budget_UsedUp_WaitsUntilItIsRaised()
    {
        var run = await TestRun.AcceptAsync(
            Chain.Replace("\"maxParallel\"", "\"budget\": { \"maxTokens\": 10 }, \"maxParallel\"", StringComparison.Ordinal),
            (request, _, _) => Task.FromResult(ScriptedProvider.Success(request) with { Usage = new AgentUsage(5, 5, 0) }));
        ReplayEngine? engine = null;
        engine = new ReplayEngine(RunOrchestration.RunAsync, run.Worker, run.Clock)
        {
            Idle = async () =>
            {
                Assert.Single(run.Provider.Requests);
                await run.ControlAsync(ControlKind.RaiseBudget, budget: new Budget(null, 1_000));
                engine!.Raise(ActivityNames.ControlEvent);
            },
        };

        Assert.Equal(RunOutcome.Succeeded, (await run.CarryOutAsync(_ => engine)).Outcome);

        await run.ProvenAsync(RunOutcome.Succeeded);
    }

    // Looks at the ledger come at times of the clock; which of them finds the control depends on threads.
    private static async Task MoveAsync(TestRun run, TimeSpan by, Task until)
    {
        run.Clock.Advance(by);
        await Until.TrueAsync(
            () =>
            {
                if (!until.IsCompleted && run.Clock.NextDue is { } due && due <= run.Clock.GetUtcNow() + by)
                    run.Clock.AdvanceTo(due);
                return until.IsCompleted;
            },
            "the run has ended");
    }
}
