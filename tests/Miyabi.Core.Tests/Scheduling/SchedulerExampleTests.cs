using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using static Miyabi.Core.Tests.Scheduling.ExamplePlans;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>What the Scheduler does, by example.</summary>
public class SchedulerExampleTests
{
    private static readonly ImmutableArray<AgentSpec> OneAgent = [Agent("A1")];
    private static readonly ImmutableArray<AgentSpec> TwoAgents = [Agent("A1"), Agent("A2")];

    [Fact]
    public void Waves_ReferencePlan_AreOf1And4And2And2And1And3And1And1()
    {
        Assert.Equal([1, 4, 2, 2, 1, 3, 1, 1], Reference(Schedule.Waves).Waves.Select(wave => wave.Length));
    }

    [Fact]
    public void Order_LowerPriority_GoesFirst()
    {
        var run = new ExampleRun(Compile(OneAgent, [Task("a") with { Priority = 1 }, Task("b") with { Priority = -1 }, Task("c")]));
        Assert.Equal(["b"], run.StartedTasks);
        Assert.Equal(["c"], run.Succeed("b").StartedTasks);
        Assert.Equal(["a"], run.Succeed("c").StartedTasks);
    }

    [Fact]
    public void Order_SamePriority_LongestRemainingPathGoesFirst()
    {
        var run = new ExampleRun(Compile(OneAgent, [Task("a", seconds: 50), Task("b", seconds: 10), Task("c", after: ["b"], seconds: 41)]));
        Assert.Equal(["b"], run.StartedTasks);
    }

    [Fact]
    public void Order_SamePath_GoesById()
    {
        var run = new ExampleRun(Compile(OneAgent, [Task("b"), Task("B"), Task("a"), Task("a10"), Task("a2")]));
        List<string> order = [.. run.StartedTasks];
        while (order.Count < 5)
            order.AddRange(run.Succeed(order[^1]).StartedTasks);
        Assert.Equal(["B", "a", "a10", "a2", "b"], order);
    }

    [Fact]
    public void Start_Pool_GoesToTheFirstFreeAgentOfTheKind()
    {
        var run = new ExampleRun(Compile(
            [Agent("X1", AgentKind.Codex), Agent("A1"), Agent("A2")], [Task("a"), Task("b"), Task("c")]));
        Assert.Equal(["a on A1", "b on A2"], run.Started);
    }

    [Fact]
    public void Start_AgentWithSlots_DoesSeveralTasksAtATime()
    {
        var run = new ExampleRun(Compile([Agent("A1", slots: 2)], [Task("a"), Task("b"), Task("c")]));
        Assert.Equal(["a on A1", "b on A1"], run.Started);
    }

    [Fact]
    public void Start_ProviderCap_HoldsForAllItsAgentsTogether()
    {
        var caps = ImmutableSortedDictionary<string, int>.Empty.Add("claude-api", 1);
        var run = new ExampleRun(Compile(
            [Agent("A1", provider: "claude-api"), Agent("A2", provider: "claude-api"), Agent("A3")],
            [Task("a"), Task("b"), Task("c")],
            new PlanPolicy { ProviderCaps = caps }));
        Assert.Equal(["a on A1", "b on A3"], run.Started);
        Assert.Equal(["c on A1"], run.Succeed("a").Started);
    }

    [Fact]
    public void Retry_AnotherAgentOfTheKindIsFree_GoesToIt()
    {
        var run = new ExampleRun(Compile(TwoAgents, [Task("a", agent: "A1")]));
        Assert.Empty(run.Fail("a").Started);
        Assert.Equal(["a on A2"], run.Wait(TimeSpan.FromSeconds(5)).Started);
    }

    [Fact]
    public void Retry_NoOtherAgentIsFree_GoesToTheSame()
    {
        var run = new ExampleRun(Compile(TwoAgents, [Task("a", agent: "A1"), Task("b", agent: "A2")]));
        Assert.Equal(["a on A1"], run.Fail("a").Wait(TimeSpan.FromSeconds(5)).Started);
    }

    [Fact]
    public void Retry_FailsEachTime_TaskFailsAfterMaxAttempts()
    {
        var task = Task("a") with { Retry = new RetryPolicy { MaxAttempts = 2, Backoff = TimeSpan.Zero } };
        var run = new ExampleRun(Compile(OneAgent, [task]));
        Assert.Equal(["a"], run.Fail("a").StartedTasks);
        Assert.Equal([new FailDecision("a", "It broke. (attempt 2 of 2)"), new FinishDecision(RunOutcome.Failed)], run.Fail("a").Decided);
    }

    [Fact]
    public void Failure_NoRetryHelps_TaskFailsAtOnce()
    {
        var run = new ExampleRun(Compile(OneAgent, [Task("a")]));
        run.FailForGood("a");
        Assert.Equal([new FailDecision("a", "It broke."), new FinishDecision(RunOutcome.Failed)], run.Decided);
    }

    [Fact]
    public void OnFailure_Continue_SkipsWhatDependsOnItAndGoesOn()
    {
        var run = new ExampleRun(Compile(
            OneAgent, [Task("a"), Task("b", after: ["a"]), Task("c", after: ["b"]), Task("d") with { Priority = 1 }]));
        run.FailForGood("a");
        Assert.Equal(
            [new SkipDecision("b", "It depends on a, which failed."), new SkipDecision("c", "It depends on a, which failed.")],
            run.Decided.OfType<SkipDecision>());
        Assert.Equal(["d"], run.StartedTasks);
    }

    [Fact]
    public void OnFailure_Stop_LetsWhatIsAtWorkEndAndSkipsTheRest()
    {
        var policy = new PlanPolicy { OnFailure = OnFailure.Stop };
        var run = new ExampleRun(Compile(TwoAgents, [Task("a"), Task("b"), Task("c")], policy));
        Assert.Equal(
            [new FailDecision("a", "It broke."), new SkipDecision("c", "The run stops because a failed.")],
            run.FailForGood("a").Decided);
        Assert.Equal([new FinishDecision(RunOutcome.Failed)], run.Succeed("b").Decided);
    }

    [Fact]
    public void OnFailure_StopAfterTwoFailuresAtOnce_NamesTheFirst()
    {
        var policy = new PlanPolicy { OnFailure = OnFailure.Stop };
        var run = new ExampleRun(Compile(TwoAgents, [Task("a"), Task("b"), Task("c")], policy)).FailForGood("b", "a");
        Assert.Equal([new SkipDecision("c", "The run stops because b failed.")], run.Decided.OfType<SkipDecision>());
    }

    [Fact]
    public void Schedule_Waves_WaitsForTheWholeWave()
    {
        var run = new ExampleRun(Compile(TwoAgents, [Task("a"), Task("b"), Task("c", after: ["a"])]));
        Assert.Empty(run.Succeed("a").Started);
        Assert.Equal(["c on A1"], run.Succeed("b").Started);
    }

    [Fact]
    public void Schedule_Ready_WaitsForDependenciesAlone()
    {
        var policy = new PlanPolicy { Schedule = Schedule.Ready };
        var run = new ExampleRun(Compile(TwoAgents, [Task("a"), Task("b"), Task("c", after: ["a"])], policy));
        Assert.Equal(["c on A1"], run.Succeed("a").Started);
    }

    [Fact]
    public void Cancel_AtWork_SkipsTheRestAndEndsWithTheLastAttempt()
    {
        var run = new ExampleRun(Compile(OneAgent, [Task("a"), Task("b")]));
        Assert.Equal([new SkipDecision("b", "The run was cancelled.")], run.Say(ControlKind.Cancel).Decided);
        Assert.Equal(
            [new FailDecision("a", "It broke."), new FinishDecision(RunOutcome.Cancelled)], run.Fail("a", FailureKind.Cancelled).Decided);
    }

    [Fact]
    public void Suspend_ThenUnsuspend_StartsNothingInBetween()
    {
        var run = new ExampleRun(Compile(OneAgent, [Task("a"), Task("b")]));
        run.Say(ControlKind.Suspend);
        Assert.Empty(run.Succeed("a").Started);
        Assert.Equal(["b on A1"], run.Say(ControlKind.Unsuspend).Started);
    }

    [Fact]
    public void Budget_UsedUp_StartsNothingUntilRaised()
    {
        var policy = new PlanPolicy { Budget = new Budget(null, 100) };
        var run = new ExampleRun(Compile(OneAgent, [Task("a"), Task("b")], policy));
        Assert.Equal([new BudgetReachedDecision("100 of 100 tokens are used.")], run.Use("a", new AgentUsage(60, 40, 0)).Decided);
        Assert.Equal(["b on A1"], run.Say(new Control(ControlKind.RaiseBudget) { Budget = new Budget(null, 101) }).Started);
    }

    [Fact]
    public void Approval_Asked_HoldsNoSlotUntilAnswered()
    {
        var asking = Task("a") with { Approval = new ApprovalSpec("Go on?", null, ApproveByDefault: false) };
        var run = new ExampleRun(Compile(OneAgent, [asking, Task("b")]));
        Assert.Contains(new AskDecision("a", "Go on?", null), run.Decided);
        Assert.Equal(["b on A1"], run.Started);
        Assert.Empty(run.Say(ControlKind.Approve, "a").Started);
        Assert.Equal(["a on A1"], run.Succeed("b").Started);
    }

    [Fact]
    public void Approval_Rejected_TaskFails()
    {
        var asking = Task("a") with { Approval = new ApprovalSpec("Go on?", null, ApproveByDefault: true) };
        var run = new ExampleRun(Compile(OneAgent, [asking])).Say(new Control(ControlKind.Reject, "a", "not today"));
        Assert.Equal(
            [
                new AnswerDecision("a", false, "not today"),
                new FailDecision("a", "Rejected: not today"),
                new FinishDecision(RunOutcome.Failed),
            ],
            run.Decided);
    }

    [Fact]
    public void Approval_NobodyAnswersInTime_TheDefaultHolds()
    {
        var asking = Task("a") with { Approval = new ApprovalSpec("Go on?", TimeSpan.FromMinutes(1), ApproveByDefault: true) };
        var run = new ExampleRun(Compile(OneAgent, [asking]));
        Assert.Contains(new WaitDecision(run.Now.AddMinutes(1)), run.Decided);
        Assert.Equal(["a on A1"], run.Wait(TimeSpan.FromMinutes(1)).Started);
    }

    [Fact]
    public void Approval_AnsweredBeforeItIsAsked_IsStillAsked()
    {
        var asking = Task("a") with { Approval = new ApprovalSpec("Go on?", null, ApproveByDefault: true) };
        var plan = Compile(OneAgent, [asking]);
        var turn = Scheduler.Advance(
            plan, SchedulerState.Start(plan), [], [new Control(ControlKind.Approve, "a")], DateTimeOffset.UnixEpoch);
        Assert.Equal<Decision>([new AskDecision("a", "Go on?", null)], turn.Decisions);
    }
}
