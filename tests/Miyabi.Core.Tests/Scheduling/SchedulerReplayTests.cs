using Miyabi.Core.Agents;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>Same inputs, same decisions: in this process, in another, and after any crash.</summary>
public class SchedulerReplayTests
{
    private const int Cases = 400;

    [Fact]
    public void Advance_SameInputsTwice_DecidesTheSame() => RunCases.CheckRuns(Cases, trace =>
    {
        var again = RunDriver.Play(trace.Run);
        Assert.Equal(trace.Steps.Select(Text), again.Steps.Select(Text));
    });

    [Fact]
    public void Fold_BeforeEveryStep_GivesAStateThatDecidesTheSame() => RunCases.CheckRuns(Cases, trace =>
    {
        var plan = trace.Run.Compile();
        var state = SchedulerState.Start(plan);
        foreach (var step in trace.Steps)
        {
            var turn = Scheduler.Advance(plan, state, step.Endings, step.Controls, step.Now);
            Assert.Equal(Text(step), RunTrace.Text(turn.Decisions));
            state = Fold(plan, state, step);
        }

        Assert.Equal(trace.Outcome, state.Outcome);
    });

    [Fact]
    public void Fold_UpToAnyStep_IsAStateToGoOnFrom() => RunCases.CheckRuns(Cases, trace =>
    {
        var plan = trace.Run.Compile();
        var crash = new Random(trace.Run.Seed).Next(trace.Steps.Length + 1);
        var state = trace.Steps.Take(crash).Aggregate(SchedulerState.Start(plan), (before, step) => Fold(plan, before, step));
        foreach (var step in trace.Steps.Skip(crash))
        {
            var turn = Scheduler.Advance(plan, state, step.Endings, step.Controls, step.Now);
            Assert.Equal(Text(step), RunTrace.Text(turn.Decisions));
            state = turn.State;
        }
    });

    [Fact]
    public void Fold_WithTheTimesOfSteps_DecidesTheSame() => RunCases.CheckRuns(Cases, trace =>
    {
        var plan = trace.Run.Compile();
        var state = SchedulerState.Start(plan);
        foreach (var step in trace.Steps)
        {
            var turn = Scheduler.Advance(plan, state, step.Endings, step.Controls, step.Now);
            Assert.Equal(Text(step), RunTrace.Text(turn.Decisions));
            state = Fold(plan, state, step).With(step.Now, plan);
        }
    });

    [Fact]
    public void Fold_AllSteps_CountsWhatHappened() => RunCases.CheckRuns(Cases, trace =>
    {
        var plan = trace.Run.Compile();
        var state = trace.Steps.Aggregate(SchedulerState.Start(plan), (before, step) => Fold(plan, before, step));
        var end = trace.AtEnd;
        Assert.Equal(end.Tasks.Count(task => task.IsAccepted), state.Accepted);
        Assert.Equal(end.Tasks.Count(task => task.Fails.Count > 0), state.Failed);
        Assert.Equal(end.Tasks.Count(task => task.Skips.Count > 0), state.Skipped);
        Assert.Equal(end.Cost, state.Usage.CostUsd);
        Assert.Equal(end.Tokens, state.Usage.InputTokens + state.Usage.OutputTokens);
        Assert.Empty(state.Running);
        Assert.Equal(0, state.AwaitingAnswer);
        Assert.Equal(plan.Waves.Length, state.Wave);
    });

    [Fact]
    public void With_EndingToldTwice_ChangesNothing() => RunCases.CheckRuns(Cases, trace =>
    {
        var plan = trace.Run.Compile();
        var state = SchedulerState.Start(plan);
        var told = new List<Ending>();
        foreach (var step in trace.Steps)
        {
            state = Fold(plan, state, step);
            told.AddRange(step.Endings);
            Assert.All(told, ending => Assert.Same(state, state.With(ending, plan)));
        }
    });

    [Fact]
    public void Advance_EndingToldTwiceAtOnce_DecidesAsIfToldOnce() => RunCases.CheckRuns(Cases, trace =>
    {
        var plan = trace.Run.Compile();
        var state = SchedulerState.Start(plan);
        foreach (var step in trace.Steps)
        {
            var turn = Scheduler.Advance(plan, state, step.Endings.Concat(step.Endings.Reverse()), step.Controls, step.Now);
            Assert.Equal(Text(step), RunTrace.Text(turn.Decisions));
            state = turn.State;
        }
    });

    [Fact]
    public void Advance_EndedRun_DecidesNothing() => RunCases.CheckRuns(Cases, trace =>
    {
        var plan = trace.Run.Compile();
        var end = trace.Steps.Aggregate(SchedulerState.Start(plan), (before, step) => Fold(plan, before, step));
        var task = trace.Run.Plan.Tasks[0].Id;
        var turn = Scheduler.Advance(
            plan, end, [new Ending(task, 1, null, AgentUsage.None)], [new Control(ControlKind.Cancel)], trace.Steps[^1].Now.AddDays(1));
        Assert.Empty(turn.Decisions);
    });

    // In the order in which a ledger's reader folds a step: what was told, then what was decided.
    private static SchedulerState Fold(RunPlan plan, SchedulerState state, TraceStep step)
    {
        state = step.Controls.Aggregate(state, (before, control) => before.With(control, plan));
        state = step.Endings.Aggregate(state, (before, ending) => before.With(ending, plan));
        return step.Decisions.Aggregate(state, (before, decision) => before.With(decision, plan));
    }

    private static string Text(TraceStep step) => RunTrace.Text(step.Decisions);
}
