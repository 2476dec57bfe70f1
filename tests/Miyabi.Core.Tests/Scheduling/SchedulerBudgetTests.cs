using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>Budgets are set aside before an attempt starts, and settled by what it used up.</summary>
public sealed class SchedulerBudgetTests
{
    private static readonly ImmutableArray<AgentSpec> Agents = [new() { Id = "A", Kind = AgentKind.Claude, Slots = 10 }];

    [Fact]
    public void Start_NoMoreThanCouldBePaid_AndMoreOnceAnAttemptGaveBack()
    {
        var run = Run(new Budget(10, null), new CallReserve(0, 4m), "a", "b", "c", "d");

        Assert.Equal(["a", "b"], run.StartedTasks);
        Assert.Equal(["c"], run.Use("a", new AgentUsage(0, 0, 1m)).StartedTasks); // 1 + 4 + 4
        Assert.Empty(run.Use("b", new AgentUsage(0, 0, 4m)).StartedTasks); // 5 + 4 + 4 is too much while c is at work
        Assert.Empty(run.Decided.OfType<BudgetReachedDecision>());
        Assert.Equal(["d"], run.Use("c", new AgentUsage(0, 0, 0.5m)).StartedTasks); // 5.5 + 4
    }

    [Fact]
    public void Start_NothingAtWorkAndTheNextCallTooDear_TheBudgetIsReached_UntilItIsRaised()
    {
        var run = Run(new Budget(null, 100), new CallReserve(60, 0m), "a", "b");
        run.Use("a", new AgentUsage(30, 20, 0m));

        Assert.Equal([new BudgetReachedDecision("50 of 100 tokens used, A may take 60")], run.Decided);
        Assert.Empty(run.Say(new Control(ControlKind.RaiseBudget) { Budget = new Budget(null, 109) }).StartedTasks);
        Assert.Single(run.Decided.OfType<BudgetReachedDecision>());
        Assert.Equal(["b"], run.Say(new Control(ControlKind.RaiseBudget) { Budget = new Budget(null, 110) }).StartedTasks);
    }

    [Fact]
    public void Start_NoBudget_ReservesHinderNothing()
    {
        var run = Run(new Budget(null, null), new CallReserve(PlanLimits.MaxTokens, PlanLimits.MaxCostUsd), "a", "b", "c");

        Assert.Equal(["a", "b", "c"], run.StartedTasks);
    }

    [Fact]
    public void Failure_GivesBackWhatItDidNotUse()
    {
        var run = Run(new Budget(10, null), new CallReserve(0, 6m), "a", "b");
        Assert.Equal(["a"], run.StartedTasks);

        run.FailForGood("a");

        Assert.Equal(["b"], run.StartedTasks);
    }

    [Fact]
    public void Usage_NotAllTold_CountsAsAllThatWasSetAside()
    {
        var run = Run(new Budget(10, null), new CallReserve(0, 4m), 1, "a", "b", "c");

        run.Use("a", new AgentUsage(0, 0, 1m) { Incomplete = true });
        Assert.Equal(["b"], run.StartedTasks); // 4 + 4
        run.Use("b", new AgentUsage(0, 0, 4m));

        Assert.Equal([new BudgetReachedDecision("Up to 8 of 10 US$ used, A may take 4")], run.Decided);
    }

    [Fact]
    public void Interrupted_IsDoneAgain_IfItCanBePaidOnceMore()
    {
        var run = Run(new Budget(10, null), new CallReserve(0, 4m), 1, "a");

        Assert.Equal([new RetryDecision("a", 2, run.Now, "It broke.")], run.Interrupt("a").Decided.OfType<RetryDecision>());
        Assert.Equal(["a 2"], run.Attempts); // 4 + 4
        Assert.Equal([new BudgetReachedDecision("Up to 8 of 10 US$ used, A may take 4")], run.Interrupt("a").Decided.OfType<BudgetReachedDecision>());
        Assert.Equal(["a 3"], run.Say(new Control(ControlKind.RaiseBudget) { Budget = new Budget(12, null) }).Attempts);
        Assert.Equal(RunOutcome.Succeeded, run.Succeed("a").Outcome);
    }

    [Fact]
    public void Interrupted_CountsAgainstNoRetryPolicy_ButForFiveTimes()
    {
        var run = Run(new Budget(null, null), new CallReserve(0, 4m), 1, "a");
        for (var time = 1; time <= 5; time++)
            Assert.Equal([$"a {time + 1}"], run.Interrupt("a").Attempts);

        Assert.Equal([new FailDecision("a", "It broke.")], run.Interrupt("a").Decided.OfType<FailDecision>());
    }

    [Fact]
    public void Interrupted_SaysNothingOfTheAgentOrToTheNextAttempt()
    {
        var run = Run(new Budget(null, null), null, 1, "a");

        Assert.Empty(Assert.Single(run.Interrupt("a").Decided.OfType<StartDecision>()).Findings);
    }

    [Fact]
    public void Interrupted_RunIsCancelled_IsNotDoneAgain()
    {
        var run = Run(new Budget(null, null), null, 1, "a");
        run.Say(ControlKind.Cancel);

        Assert.Equal(RunOutcome.Cancelled, run.Interrupt("a").Outcome);
    }

    [Fact]
    public void Time_IsOver_NothingStarts_UntilMoreIsGiven()
    {
        var run = Run(new Budget(null, null) { MaxTime = TimeSpan.FromHours(2) }, null, 1, "a", "b", "c");
        run.Wait(TimeSpan.FromMinutes(119));
        Assert.Equal(["b"], run.Succeed("a").StartedTasks);
        run.Wait(TimeSpan.FromMinutes(1));

        Assert.Equal([new BudgetReachedDecision("PT2H are over, counted from 2026-01-01 00:00:00Z.")], run.Decided);
        Assert.Empty(run.Succeed("b").StartedTasks);
        Assert.Equal(["c"], run.Say(new Control(ControlKind.RaiseBudget) { Budget = new Budget(null, null) { MaxTime = TimeSpan.FromHours(3) } }).StartedTasks);
    }

    private static ExampleRun Run(Budget budget, CallReserve reserve, params string[] tasks) => Run(budget, reserve, 10, tasks);

    private static ExampleRun Run(Budget budget, CallReserve? reserve, int parallel, params string[] tasks) => new(RunPlan.Compile(
        new Plan
        {
            Name = "p",
            Agents = Agents,
            Tasks = [.. tasks.Select(id => new PlanTask { Id = id, Title = id, Agent = new AgentSelector("A", AgentKind.Claude), Retry = new RetryPolicy { MaxAttempts = 1 } })],
            Policy = new PlanPolicy { Budget = budget, MaxParallel = parallel },
        },
        "r",
        new RunOptions { Reserves = reserve is null ? null : ImmutableSortedDictionary<string, CallReserve>.Empty.Add("A", reserve) }));
}
