using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using static Miyabi.Core.Tests.Scheduling.ExamplePlans;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>What a retry takes up again, rule by rule.</summary>
public class SchedulerReopenExampleTests
{
    // a <- b <- d, a <- c <- d, and e alone.
    private static readonly PlanTask[] Diamond = [Task("a"), Task("b", ["a"]), Task("c", ["a"]), Task("d", ["b", "c"]), Task("e")];

    [Theory]
    [InlineData(Schedule.Waves)]
    [InlineData(Schedule.Ready)]
    public void Retry_WholeRun_StartsWhatDidNotSucceedAndNothingElse(Schedule schedule)
    {
        var run = Run(Diamond, schedule).Succeed("a", "e").Succeed("c").FailForGood("b").Retry();

        Assert.Equal(["b 2"], run.Attempts);
        Assert.Equal(["d 1"], run.Succeed("b").Attempts);
        Assert.Equal(RunOutcome.Succeeded, run.Succeed("d").Outcome);
    }

    [Theory]
    [InlineData(Schedule.Waves)]
    [InlineData(Schedule.Ready)]
    public void Retry_AcceptedTask_CarriesItOutAgainWithAllThatDependsOnIt(Schedule schedule)
    {
        var run = Run(Diamond, schedule).Succeed("a", "e").Succeed("b", "c").Succeed("d").Retry("b");

        Assert.Equal(["b 2"], run.Attempts);
        Assert.Equal(["d 2"], run.Succeed("b").Attempts);
        Assert.Equal(RunOutcome.Succeeded, run.Succeed("d").Outcome);
    }

    [Fact]
    public void Retry_TaskBelowAFailedOne_ChangesNothing() =>
        Assert.Empty(Run(Diamond).Succeed("a", "e").Succeed("c").FailForGood("b").Retry("d").Decided);

    [Fact]
    public void Retry_OneTask_LeavesWhatAlsoWaitsForAnotherThatFailed()
    {
        var run = Run(Diamond).Succeed("a", "e").FailForGood("b", "c").Retry("b");

        Assert.Equal(["b 2"], run.Attempts);
        run.Succeed("b");
        Assert.Empty(run.Attempts);
        Assert.Equal(RunOutcome.Failed, run.Outcome);
    }

    [Fact]
    public void Retry_TaskThatThePlanDoesNotHave_ChangesNothing() => Assert.Empty(Run(Task("a")).FailForGood("a").Retry("b").Decided);

    [Fact]
    public void Retry_EveryTaskAccepted_ChangesNothing() => Assert.Empty(Run(Task("a")).Succeed("a").Retry().Decided);

    [Fact]
    public void Retry_RunThatGoesOn_ChangesNothing()
    {
        var run = Run(Task("a"), Task("b")).FailForGood("a").Retry();

        Assert.Empty(run.Attempts);
        Assert.Equal(RunOutcome.Failed, run.Succeed("b").Outcome);
    }

    [Fact]
    public void Retry_TheAllowanceOfAttemptsBeginsAnew_AndTheirNumbersCountOn()
    {
        var task = Task("a") with { Retry = new RetryPolicy { MaxAttempts = 2, Backoff = TimeSpan.Zero } };
        var run = Run(task).Fail("a").Fail("a");
        Assert.Equal(RunOutcome.Failed, run.Outcome);

        Assert.Equal(["a 3"], run.Retry().Attempts);
        Assert.Equal(["a 4"], run.Fail("a").Attempts);
        Assert.Equal(RunOutcome.Failed, run.Fail("a").Outcome);
        Assert.Equal(["a 5"], run.Retry().Attempts);
    }

    [Fact]
    public void Retry_AttemptThatWasDueAndNeverStarted_IsTheNext()
    {
        // Held back by the suspension, it could start the moment that ends.
        var task = Task("a") with { Retry = new RetryPolicy { MaxAttempts = 2, Backoff = TimeSpan.Zero } };
        var run = Run(task).Say(ControlKind.Suspend).Fail("a").Say(ControlKind.Cancel);
        Assert.Equal(RunOutcome.Cancelled, run.Outcome);

        Assert.Equal(["a 2"], run.Retry().Attempts);
    }

    [Fact]
    public void Retry_AfterACancel_IsNotCancelled()
    {
        var run = Run(Diamond).Succeed("a").Say(ControlKind.Cancel).FailForGood("b", "c", "e");
        Assert.Equal(RunOutcome.Cancelled, run.Outcome);

        run.Retry().Succeed("b", "c", "e").Succeed("d");

        Assert.Equal(RunOutcome.Succeeded, run.Outcome);
    }

    [Fact]
    public void Retry_AfterASuspend_IsNotSuspended()
    {
        var run = Run(Task("a")).Say(ControlKind.Suspend).FailForGood("a");

        Assert.Equal(["a 2"], run.Retry().Attempts);
    }

    [Fact]
    public void Retry_AndACancelAtOnce_StartsNothingAndEndsCancelled()
    {
        var run = Run(Task("a")).FailForGood("a").Say(new Control(ControlKind.Retry), new Control(ControlKind.Cancel));

        Assert.Empty(run.Attempts);
        Assert.Equal(RunOutcome.Cancelled, run.Outcome);
        Assert.Equal(["a 2"], run.Retry().Attempts);
    }

    [Fact]
    public void Retry_RunThatAFailureStopped_GoesOnUntilTheNextFailure()
    {
        var run = Run([Agent("C-1", slots: 9)], [.. Diamond], new PlanPolicy { OnFailure = OnFailure.Stop, Schedule = Schedule.Ready })
            .FailForGood("e").Succeed("a").Retry();

        Assert.Equal(["b 1", "c 1", "e 2"], run.Attempts.Order());
        run.FailForGood("e");
        Assert.Empty(run.Succeed("b", "c").Attempts);
        Assert.Equal(RunOutcome.Failed, run.Outcome);
    }

    [Fact]
    public void Retry_UsageCountsOn_AndAUsedUpBudgetIsFoundAgain()
    {
        var policy = new PlanPolicy { Budget = new Budget(null, 10) };
        var run = Run([Agent("C-1")], [Task("a"), Task("b", ["a"])], policy).Use("a", new AgentUsage(9, 9, 0));
        Assert.IsType<BudgetReachedDecision>(Assert.Single(run.Decided));
        run.Say(ControlKind.Cancel).Retry();

        Assert.IsType<BudgetReachedDecision>(Assert.Single(run.Decided));
        Assert.Equal(["b 1"], run.Say(new Control(ControlKind.RaiseBudget) { Budget = new Budget(null, 100) }).Attempts);
    }

    [Fact]
    public void Retry_TaskThatWasApproved_IsAskedAgainOnlyForOtherInputs()
    {
        var gated = Task("b", ["a"]) with { Approval = new ApprovalSpec("Go?", null, false) };
        var run = Run(Task("a"), gated).Succeed("a").Say(ControlKind.Approve, "b").FailForGood("b");

        Assert.Equal(["b 2"], run.Retry().Attempts);
        run.FailForGood("b").Retry("a").Succeed("a");
        Assert.Empty(run.Attempts);
        Assert.Contains(run.Decided, decision => decision is AskDecision { Task: "b" });
    }

    [Fact]
    public void Retry_TaskThatWasRejected_IsAskedAgain()
    {
        var gated = Task("a") with { Approval = new ApprovalSpec("Go?", TimeSpan.FromHours(1), false) };
        var run = Run(gated).Say(ControlKind.Reject, "a").Retry();

        Assert.Contains(run.Decided, decision => decision is AskDecision ask && ask.Until == run.Now.AddHours(1));
        Assert.Equal(["a 1"], run.Say(ControlKind.Approve, "a").Attempts);
    }

    [Fact]
    public void Retry_AgentsAreToldOfTheLatestFailuresOnly()
    {
        var task = Task("a") with { Retry = new RetryPolicy { MaxAttempts = 4, Backoff = TimeSpan.Zero } };
        var run = Run(task).Fail("a").Fail("a").Fail("a").Fail("a").Retry().Fail("a").Fail("a").Fail("a").Fail("a").Retry();

        Assert.Equal(5, Assert.Single(run.Decided.OfType<StartDecision>()).Findings.Length);
    }

    private static ExampleRun Run(params PlanTask[] tasks) => Run(tasks, Schedule.Ready);

    private static ExampleRun Run(PlanTask[] tasks, Schedule schedule) =>
        Run([Agent("C-1", slots: 9)], [.. tasks], new PlanPolicy { Schedule = schedule });

    private static ExampleRun Run(AgentSpec[] agents, PlanTask[] tasks, PlanPolicy? policy = null) =>
        new(Compile([.. agents], [.. tasks], policy));
}
