using System.Diagnostics;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Xunit.Abstractions;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>The largest plans there may be: a step costs what it touches, so a run's cost grows with its plan and no faster.</summary>
public class SchedulerScaleTests(ITestOutputHelper output)
{
    // Far above what a run takes, and far below what it would take if a step cost in proportion to the run so far.
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(Schedule.Waves, 20, 500)]
    [InlineData(Schedule.Waves, 1, 10_000)]
    [InlineData(Schedule.Waves, 10_000, 1)]
    [InlineData(Schedule.Ready, 20, 500)]
    [InlineData(Schedule.Ready, 1, 10_000)]
    [InlineData(Schedule.Ready, 10_000, 1)]
    public void Run_LargestPlan_EndsWithEveryTaskAccepted(Schedule schedule, int waves, int width)
    {
        var plan = Large(schedule, waves, width, retryBackoff: TimeSpan.Zero);
        var state = Play(plan, failing: _ => false, at: step => DateTimeOffset.UnixEpoch.AddSeconds(step));
        Assert.Equal(PlanLimits.MaxTasks, state.Accepted);
    }

    [Fact]
    public void Run_EveryTaskWaitsForItsRetryAtOnce_EndsWithEveryTaskAccepted()
    {
        // Every first attempt has failed before the first wait is over; then all of them could start at once.
        var plan = Large(Schedule.Ready, 1, PlanLimits.MaxTasks, retryBackoff: TimeSpan.FromHours(1));
        var state = Play(
            plan, ending => ending.Attempt == 1, step => DateTimeOffset.UnixEpoch.AddHours(step <= PlanLimits.MaxTasks ? 0 : 2));
        Assert.Equal(PlanLimits.MaxTasks, state.Accepted);
    }

    [Fact]
    public void Run_EveryAttemptFails_EndsWithTheFirstWaveFailedAndTheRestSkipped()
    {
        var plan = Large(Schedule.Ready, 20, 500, retryBackoff: TimeSpan.Zero);
        var state = Play(plan, failing: _ => true, at: step => DateTimeOffset.UnixEpoch.AddSeconds(step));
        Assert.Equal(500, state.Failed);
        Assert.Equal(9_500, state.Skipped);
    }

    [Fact]
    public void Forecast_LargestPlan_IsFound()
    {
        var forecast = Forecast.Of(Large(Schedule.Waves, 20, 500, retryBackoff: TimeSpan.Zero));
        Assert.Equal(PlanLimits.MaxTasks, forecast.Load.Sum(load => load.Tasks));
    }

    // One ending a step, the oldest first, and the state folded anew from each step, as the ledger's reader does.
    private SchedulerState Play(RunPlan plan, Predicate<Ending> failing, Func<int, DateTimeOffset> at)
    {
        var clock = Stopwatch.StartNew();
        var state = SchedulerState.Start(plan);
        var atWork = new Queue<Ending>();
        Ending[] endings = [];
        var step = 0;
        while (state.Outcome is null)
        {
            Assert.True(clock.Elapsed < Bound, $"{state.Ended} of {plan.TaskCount} tasks after {step} steps.");
            var now = at(step++);
            var decisions = Scheduler.Advance(plan, state, endings, [], now).Decisions;
            state = endings.Aggregate(state, (before, ending) => before.With(ending, plan));
            state = decisions.Aggregate(state, (before, decision) => before.With(decision, plan)).With(now, plan);
            foreach (var start in decisions.OfType<StartDecision>())
                atWork.Enqueue(new Ending(start.Task, start.Attempt, null, AgentUsage.None));
            endings = atWork.TryDequeue(out var next) ? [next] : [];
            if (endings is [var ending] && failing(ending))
                endings = [ending with { Failure = new EndingFailure(FailureKind.Overloaded, "Later.", null) }];
        }

        output.WriteLine($"{step} steps in {clock.ElapsedMilliseconds} ms");
        return state;
    }

    // Each task depends on up to ten of the wave before: 10,000 tasks and up to 100,000 dependencies.
    private RunPlan Large(Schedule schedule, int waves, int width, TimeSpan retryBackoff)
    {
        var tasks = Enumerable.Range(0, waves * width).Select(number => ExamplePlans.Task($"t{number}", After(number)) with
        {
            Retry = new RetryPolicy { Backoff = retryBackoff, MaxBackoff = TimeSpan.FromHours(1) },
        });
        var clock = Stopwatch.StartNew();
        var plan = ExamplePlans.Compile(
            [.. Enumerable.Range(0, 300).Select(number => ExamplePlans.Agent($"A{number}"))],
            [.. tasks],
            new PlanPolicy { Schedule = schedule, MaxParallel = PlanLimits.MaxParallel });
        output.WriteLine($"compiled in {clock.ElapsedMilliseconds} ms");
        return plan;

        string[] After(int number)
        {
            var before = ((number / width) - 1) * width;
            var others = width == 1 ? Enumerable.Range(number - 10, 10)
                : number < width ? []
                : Enumerable.Range(0, 10).Select(next => before + ((number + next) % width));
            return [.. others.Where(other => other >= 0).Select(other => $"t{other}")];
        }
    }
}
