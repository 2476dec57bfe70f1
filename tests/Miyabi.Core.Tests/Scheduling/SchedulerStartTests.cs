using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>When a task may start, in whatever run.</summary>
public class SchedulerStartTests
{
    private const int Cases = 400;

    [Fact]
    public void Start_AnyRun_ComesAfterAllDependenciesWereAccepted() => RunCases.CheckRuns(Cases, trace =>
        trace.BeforeEachStart((facts, start, _) =>
            Assert.All(facts[start.Task].Task.DependsOn, dependency => Assert.True(facts[dependency].IsAccepted))));

    [Fact]
    public void Start_InWaves_ComesAfterEarlierWavesHaveEnded() => RunCases.CheckRuns(Cases, trace =>
    {
        var levels = ReferenceScheduler.Levels(trace.Run.Plan);
        if (trace.Run.Schedule == Schedule.Waves)
        {
            trace.BeforeEachStart((facts, start, _) => Assert.All(
                facts.Tasks.Where(task => levels[task.Id] < levels[start.Task]), earlier => Assert.True(earlier.HasEnded)));
        }
    });

    [Fact]
    public void Waves_AnyPlan_AreTheLongestPathsFromRoots() => RunCases.Check(Cases, run =>
    {
        var levels = ReferenceScheduler.Levels(run.Plan);
        var expected = run.Plan.Tasks.GroupBy(task => levels[task.Id], task => task.Id).OrderBy(wave => wave.Key);
        var plan = run.Compile();
        Assert.Equal(expected, plan.Waves.Select(wave => wave.Select(task => plan.Plan.Tasks[task].Id)));
    });

    [Fact]
    public void Start_AnyRun_IsOfATaskThatIsNeitherAtWorkNorEnded() => RunCases.CheckRuns(Cases, trace =>
        trace.BeforeEachStart((facts, start, _) =>
        {
            Assert.False(facts[start.Task].IsRunning);
            Assert.False(facts[start.Task].HasEnded);
        }));

    [Fact]
    public void Start_TaskWithApproval_ComesAfterItWasApproved() => RunCases.CheckRuns(Cases, trace =>
        trace.BeforeEachStart((facts, start, _) =>
        {
            if (facts[start.Task].Task.Approval is not null)
                Assert.True(facts[start.Task].Answer?.Approved);
        }));

    [Fact]
    public void Start_Suspended_NeverComes() => RunCases.CheckRuns(Cases, trace =>
        trace.BeforeEachStart((facts, _, _) => Assert.False(facts.IsSuspended)));

    [Fact]
    public void Start_CancelledOrStopped_NeverComes() => RunCases.CheckRuns(Cases, trace =>
        trace.BeforeEachStart((facts, _, _) => Assert.False(facts.IsCancelled || facts.IsStopped)));

    [Fact]
    public void Start_BudgetUsedUp_NeverComes() => RunCases.CheckRuns(Cases, trace =>
        trace.BeforeEachStart((facts, _, _) => Assert.False(facts.IsBudgetUsedUp)));

    [Fact]
    public void Start_MoreThanCouldBePaid_NeverComes() => RunCases.CheckRuns(Cases, trace =>
        trace.BeforeEachStart((facts, start, _) => Assert.False(facts.IsTooMuch(start.Agent))));

    [Fact]
    public void Start_MoreThanCouldBePaidWithWhatBrokenOffCallsMayHaveUsed_NeverComes() => RunCases.CheckInterruptedRuns(100, trace =>
        trace.BeforeEachStart((facts, start, _) => Assert.False(facts.IsTooMuch(start.Agent))));

    [Fact]
    public void Start_TasksThatCouldBothGoToTheAgent_LowerPriorityGoesFirst() => RunCases.CheckRuns(Cases, trace =>
    {
        var levels = ReferenceScheduler.Levels(trace.Run.Plan);
        trace.BeforeEachStart((facts, start, step) =>
        {
            var passedOver = facts.Tasks.Where(task => task.Id != start.Task && CouldStart(facts, task, levels, step.Now)
                && facts.AgentsFor(task).Any(agent => agent.Id == start.Agent));
            Assert.All(passedOver, other => Assert.True(other.Task.Priority >= facts[start.Task].Task.Priority));
        });
    });

    [Fact]
    public void Step_AnyRun_LeavesNoEligibleAgentIdle() => RunCases.CheckRuns(Cases, trace =>
    {
        var levels = ReferenceScheduler.Levels(trace.Run.Plan);
        trace.AfterEachStep((facts, step) =>
        {
            if (facts.IsSuspended || facts.IsCancelled || facts.IsStopped || facts.IsBudgetUsedUp || facts.AtWork == trace.Run.MaxParallel
                || trace.Run.Plan.Agents.Any(agent => facts.IsTooMuch(agent.Id)))
                return;
            Assert.All(
                facts.Tasks.Where(task => CouldStart(facts, task, levels, step.Now)),
                task => Assert.DoesNotContain(facts.AgentsFor(task), facts.IsFree));
        });
    });

    private static bool CouldStart(RunFacts facts, TaskFacts task, Dictionary<string, int> levels, DateTimeOffset now) =>
        facts.IsOpen(task, levels) && task.IsAllowed && task.IsDue(now);
}
