using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using static Miyabi.Core.Tests.Scheduling.ExamplePlans;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>What gates and reviews make of a run, by example.</summary>
public class SchedulerCheckTests
{
    private static readonly ImmutableArray<AgentSpec> Agents =
        [Agent("C1"), Agent("C2"), Agent("X1", AgentKind.Codex), Agent("G1", AgentKind.Command)];

    private static readonly CheckSpec Review = new() { Agent = new AgentSelector("C1", AgentKind.Claude) };
    private static readonly CheckSpec Gate = new() { Agent = new AgentSelector(null, AgentKind.Command) };

    [Fact]
    public void Review_ResultStands_IsStartedAndNothingThatDependsOnIt()
    {
        var run = Run(Work() with { Review = Review });
        Assert.Equal(["w~review-1 on C1"], run.Succeed("w").Started);
    }

    [Fact]
    public void Review_Accepts_LetsWhatDependsOnItStart()
    {
        var run = Run(Work() with { Review = Review }).Succeed("w");
        Assert.Equal(["after"], run.Judge("w~review-1", true).StartedTasks);
    }

    [Fact]
    public void Review_Rejects_ItsFindingsAreTheNextAttemptsInput()
    {
        var run = Run(Work() with { Review = Review }).Succeed("w").Judge("w~review-1", false, "too long", "no tests");
        Assert.Equal(["w 2"], run.Attempts);
        Assert.Equal(["w~review-1: too long", "w~review-1: no tests"], Told(run));
    }

    [Fact]
    public void Review_RejectsTheNextResultToo_OnlyItsLastFindingsAreTold()
    {
        var run = Run(Work() with { Review = Review }).Succeed("w").Judge("w~review-1", false, "first").Succeed("w");
        Assert.Equal(["w~review-2 1"], run.Attempts);
        Assert.Equal(["w~review-2: second"], Told(run.Judge("w~review-2", false, "second")));
    }

    [Fact]
    public void Review_RejectsMaxRoundsTimes_TheTaskFailsWithTheFindings()
    {
        var run = Run(Work() with { Review = Review with { MaxRounds = 2 } }).Succeed("w").Judge("w~review-1", false, "first").Succeed("w").Judge("w~review-2", false, "second");
        Assert.Equal("Review 2 of 2 rejected it: second", run.Decided.OfType<FailDecision>().Single().Reason);
        Assert.Equal(["after"], run.Decided.OfType<SkipDecision>().Select(skip => skip.Task));
    }

    [Fact]
    public void Review_Rejects_AttemptsAreCountedAnewForTheRetryPolicy()
    {
        var run = Run(Work(maxAttempts: 2) with { Review = Review });
        run.Fail("w").Wait(TimeSpan.FromMinutes(1)).Succeed("w").Judge("w~review-2", false, "no").Fail("w");
        Assert.Empty(run.Decided.OfType<FailDecision>());
        Assert.Equal(4, run.Decided.OfType<RetryDecision>().Single().Attempt);
    }

    [Fact]
    public void Review_CannotBeCarriedOut_IsRetriedAndTheWorkIsNot()
    {
        var run = Run(Work() with { Review = Review }).Succeed("w").FailCheck("w~review-1", FailureKind.Unavailable);
        Assert.Equal("w~review-1", run.Decided.OfType<RetryDecision>().Single().Task);
        Assert.Equal(["w~review-1 2"], run.Wait(TimeSpan.FromMinutes(1)).Attempts);
    }

    [Fact]
    public void Review_CannotBeCarriedOutAtAll_TheTaskFails()
    {
        var run = Run(Work() with { Review = Review }).Succeed("w").FailCheck("w~review-1", FailureKind.QuotaExhausted);
        Assert.StartsWith("Review not carried out: ", run.Decided.OfType<FailDecision>().Single().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Review_EndsWithoutAVerdict_NeverAccepts()
    {
        var run = Run(Work() with { Review = Review }).Succeed("w").Tell(new Ending("w~review-1", 1, null, AgentUsage.None));
        Assert.Equal("w~review-1", run.Decided.OfType<RetryDecision>().Single().Task);
    }

    [Fact]
    public void Review_FailsAndSaysAccept_NeverAccepts()
    {
        var ending = new Ending("w~review-1", 1, new EndingFailure(FailureKind.Crashed, "broke", null), AgentUsage.None) { Verdict = new Verdict(true, []) };
        Assert.Equal("w~review-1", Run(Work() with { Review = Review }).Succeed("w").Tell(ending).Decided.OfType<RetryDecision>().Single().Task);
    }

    [Fact]
    public void Review_OfAnEarlierAttempt_ChangesNothing()
    {
        var run = Run(Work() with { Review = Review }).Succeed("w").Judge("w~review-1", false, "no").Succeed("w");
        Assert.Empty(run.Judge("w~review-1", true).Decided);
    }

    [Fact]
    public void Review_Pool_NeverGoesToWhoMadeTheResult()
    {
        var pool = Review with { Agent = new AgentSelector(null, AgentKind.Claude) };
        var run = new ExampleRun(Compile([Agent("C1", slots: 2), Agent("C2")], [Task("w", agent: "C1") with { Review = pool }, Task("busy", agent: "C2")]));
        Assert.Empty(run.Succeed("w").Started); // C1 is free, and made it
        Assert.Equal(["w~review-1 on C2"], run.Succeed("busy").Started);
    }

    [Fact]
    public void Review_ItsAgentCameToMakeTheResult_GoesToAnother()
    {
        var task = Task("w", agent: "C2") with { Retry = new RetryPolicy { Backoff = TimeSpan.Zero }, Review = Review };
        var run = new ExampleRun(Compile([Agent("C1"), Agent("C2")], [task]));
        Assert.Equal(["w on C1"], run.Fail("w").Started);
        Assert.Equal(["w~review-2 on C2"], run.Succeed("w").Started);
    }

    [Fact]
    public void Gate_AndReview_TheGateComesFirst()
    {
        var run = Run(Work() with { Gate = Gate, Review = Review });
        Assert.Equal(["w~gate-1 on G1"], run.Succeed("w").Started);
        Assert.Equal(["w~review-1 on C1"], run.Judge("w~gate-1", true).Started);
        Assert.Equal(["after"], run.Judge("w~review-1", true).StartedTasks);
    }

    [Fact]
    public void Gate_DoesNotPass_TheWorkIsDoneAnewAndPassesItAnew()
    {
        var run = Run(Work() with { Gate = Gate, Review = Review }).Succeed("w").Judge("w~gate-1", true).Judge("w~review-1", false, "no");
        Assert.Equal(["w 2"], run.Attempts);
        Assert.Equal(["w~gate-2 1"], run.Succeed("w").Attempts);
    }

    [Fact]
    public void Gate_RoundsAndReviewRounds_AreCountedApart()
    {
        var run = Run(Work() with { Gate = Gate with { MaxRounds = 2 }, Review = Review with { MaxRounds = 2 } });
        run.Succeed("w").Judge("w~gate-1", false, "a").Succeed("w").Judge("w~gate-2", true).Judge("w~review-2", false, "b");
        Assert.Equal(["w 3"], run.Attempts);
        Assert.NotEmpty(run.Succeed("w").Judge("w~gate-3", false, "c").Decided.OfType<FailDecision>());
    }

    [Fact]
    public void Waves_ResultIsChecked_TheNextWaveWaits()
    {
        var run = new ExampleRun(Compile([.. Agents, Agent("X2", AgentKind.Codex)], [Work() with { Review = Review }, Task("a", agent: "C2"), Task("b", after: ["a"])]));
        Assert.Empty(run.Succeed("w", "a").StartedTasks.Except(["w~review-1"]));
        Assert.Equal(["b"], run.Judge("w~review-1", true).StartedTasks);
    }

    [Fact]
    public void Cancel_ResultWaitsForItsReviewer_IsSkippedAndDoesNotCount()
    {
        var run = new ExampleRun(Compile(Agents, [Work() with { Review = Review }, Task("busy", agent: "C1")])).Succeed("w");
        Assert.Empty(run.Started);
        Assert.Equal(["w"], run.Say(ControlKind.Cancel).Decided.OfType<SkipDecision>().Select(skip => skip.Task));
    }

    [Fact]
    public void Cancel_ReviewRejectsMeanwhile_NothingIsDoneAnew()
    {
        var run = Run(Work() with { Review = Review }).Succeed("w").Say(ControlKind.Cancel).Judge("w~review-1", false, "no");
        Assert.Empty(run.Decided.OfType<RetryDecision>());
        Assert.Equal(RunOutcome.Cancelled, run.Outcome);
    }

    [Fact]
    public void Suspend_ResultStands_ItsReviewStartsAfterwards()
    {
        var run = Run(Work() with { Review = Review }).Say(ControlKind.Suspend).Succeed("w");
        Assert.Empty(run.Started);
        Assert.Equal(["w~review-1 on C1"], run.Say(ControlKind.Unsuspend).Started);
    }

    [Fact]
    public void Budget_UsedUpByTheWork_ItsReviewWaits()
    {
        var policy = new PlanPolicy { Budget = new Budget(null, 10) };
        var run = new ExampleRun(Compile(Agents, [Work() with { Review = Review }], policy)).Use("w", new AgentUsage(10, 0, 0));
        Assert.Single(run.Decided.OfType<BudgetReachedDecision>());
        Assert.Equal(["w~review-1"], run.Say(new Control(ControlKind.RaiseBudget) { Budget = new Budget(null, null) }).StartedTasks);
    }

    [Fact]
    public void Retry_TaskThatWasRejected_IsToldWhatForAndHasAllItsRoundsAgain()
    {
        var run = Run(Work() with { Review = Review with { MaxRounds = 1 } }).Succeed("w").Judge("w~review-1", false, "no tests");
        Assert.Equal(RunOutcome.Failed, run.Outcome);
        Assert.Equal(["w 2"], run.Retry().Attempts);
        Assert.Equal(["w~review-1: no tests"], Told(run));
        Assert.Equal(["w~review-2 1"], run.Succeed("w").Attempts);
    }

    [Fact]
    public void Estimate_CheckedTask_IsThatOfTheWorkAndItsChecks()
    {
        var plan = Compile(Agents, [Work() with { Estimate = TimeSpan.FromSeconds(1), Gate = Gate with { Estimate = TimeSpan.FromSeconds(2) }, Review = Review with { Estimate = TimeSpan.FromSeconds(4) } }]);
        Assert.Equal(TimeSpan.FromSeconds(7), CriticalPath.Of(plan).Length);
        Assert.Equal(TimeSpan.FromSeconds(7), Forecast.Of(plan).Makespan);
    }

    [Fact]
    public void Start_AnyRun_NobodyReviewsWhatItMade() => RunCases.CheckReviewedRuns(100, trace => trace.BeforeEachStart((facts, start, _) =>
    {
        if (StageName.Parse(start.Task) is { Stage: TaskStage.Review } check)
            Assert.NotEqual(facts[check.Task].Starts[^1].Agent, start.Agent);
    }));

    [Fact]
    public void Fold_AnyRun_KeepsItsBooksAndDecidesTheSame() => RunCases.CheckReviewedRuns(100, trace =>
    {
        var plan = trace.Run.Compile();
        var state = SchedulerState.Start(plan);
        foreach (var step in trace.Steps)
        {
            var turn = Scheduler.Advance(plan, state, step.Endings.Concat(step.Endings.Reverse()), step.Controls, step.Now);
            Assert.Equal(RunTrace.Text(step.Decisions), RunTrace.Text(turn.Decisions));
            state = step.Controls.Aggregate(state, (before, control) => before.With(control, plan));
            state = step.Endings.Aggregate(state, (before, ending) => before.With(ending, plan));
            state = step.Decisions.Aggregate(state, (before, decision) => before.With(decision, plan));
            StateAudit.Check(plan, state);
        }
    });

    private static PlanTask Work(int maxAttempts = 3) => Task("w", agent: "X1", kind: AgentKind.Codex) with { Retry = new RetryPolicy { MaxAttempts = maxAttempts } };

    private static IEnumerable<string> Told(ExampleRun run) => run.Decided.OfType<StartDecision>().Single().Findings.Select(finding => finding.ToString());

    private static ExampleRun Run(PlanTask work) => new(Compile(Agents, [work, Task("after", after: ["w"], agent: "C2")]));
}
