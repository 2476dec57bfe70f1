using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>How tasks and runs end, whatever happens.</summary>
public class SchedulerEndTests
{
    private const int Cases = 400;

    [Fact]
    public void Run_Any_EndsWithOneFinishAndNothingAfterIt() => RunCases.CheckRuns(Cases, trace =>
    {
        Assert.IsType<FinishDecision>(trace.Decisions.Last());
        Assert.Single(trace.Decisions.OfType<FinishDecision>());
        Assert.Equal(0, trace.AtEnd.AtWork);
    });

    [Fact]
    public void Task_AnyRun_EndsInExactlyOneWay() => RunCases.CheckRuns(Cases, trace =>
        Assert.All(trace.AtEnd.Tasks, task => Assert.Equal(
            1, task.Endings.Count(ending => ending.Failure is null) + task.Fails.Count + task.Skips.Count)));

    [Fact]
    public void Outcome_AnyRun_SaysHowItsTasksEnded() => RunCases.CheckRuns(Cases, trace =>
    {
        var expected = trace.AtEnd.IsCancelled ? RunOutcome.Cancelled
            : trace.AtEnd.Tasks.TrueForAll(task => task.IsAccepted) ? RunOutcome.Succeeded
            : RunOutcome.Failed;
        Assert.Equal(expected, trace.Outcome);
    });

    [Fact]
    public void Skip_BelowAFailure_NamesTheTaskAboveThatFailed() => RunCases.CheckRuns(Cases, trace =>
    {
        var end = trace.AtEnd;
        foreach (var task in end.Tasks.Where(task => task.Skips.Count > 0))
        {
            var reason = task.Skips[0].Reason;
            var failedAbove = Above(end, task).Where(above => above.Fails.Count > 0).Select(above => above.Id);
            if (reason.StartsWith("It depends on", StringComparison.Ordinal))
                Assert.Contains(failedAbove, id => reason.Contains($" {id},", StringComparison.Ordinal));
            else
                Assert.True(end.IsCancelled || end.IsStopped, reason);
        }
    });

    [Fact]
    public void Skip_StoppedRun_NamesTheTaskThatStoppedIt() => RunCases.CheckRuns(Cases, trace =>
    {
        var stops = trace.Decisions.OfType<SkipDecision>().Where(skip => skip.Reason.StartsWith("The run stops", StringComparison.Ordinal));
        var first = trace.Decisions.OfType<FailDecision>().FirstOrDefault();
        Assert.All(stops, skip => Assert.Contains($" {first!.Task} ", skip.Reason, StringComparison.Ordinal));
    });

    [Fact]
    public void Answer_TimeIsOver_IsTheDefault() => RunCases.CheckRuns(Cases, trace =>
    {
        foreach (var step in trace.Steps)
        {
            foreach (var answer in step.Decisions.OfType<AnswerDecision>().Where(answer => answer.Reason == "Nobody answered in time."))
            {
                Assert.Equal(trace.AtEnd[answer.Task].Task.Approval!.ApproveByDefault, answer.Approved);
                Assert.True(trace.AtEnd[answer.Task].Ask!.Until <= step.Now);
            }
        }
    });

    [Fact]
    public void Answer_TimeIsOver_ComesAtThatTime() => RunCases.CheckRuns(Cases, trace =>
        trace.AfterEachStep((facts, step) =>
            Assert.DoesNotContain(facts.Tasks, task => task.AwaitsAnswer && task.Ask!.Until <= step.Now)));

    private static HashSet<TaskFacts> Above(RunFacts facts, TaskFacts task)
    {
        var above = new HashSet<TaskFacts>();
        var open = new Stack<string>(task.Task.DependsOn);
        while (open.TryPop(out var id))
        {
            if (above.Add(facts[id]))
                Array.ForEach([.. facts[id].Task.DependsOn], open.Push);
        }

        return above;
    }
}
