using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using static Miyabi.Core.Tests.Scheduling.ExamplePlans;

namespace Miyabi.Core.Tests.Scheduling;

public class CriticalPathTests
{
    [Fact]
    public void CriticalPath_ReferencePlan_Is80SecondsOverEightTasks()
    {
        var path = CriticalPath.Of(Reference(Schedule.Waves));
        Assert.Equal(TimeSpan.FromSeconds(80), path.Length);
        Assert.Equal<string>(["Task-1", "Task-2", "Task-6", "Task-8", "Task-10", "Task-11", "Task-14", "Task-15"], path.Tasks);
    }

    [Fact]
    public void CriticalPath_LongTaskBesideManyShortOnes_IsTheLongTask()
    {
        var path = CriticalPath.Of(Compile(
            [Agent("A1")], [Task("a", seconds: 1), Task("b", after: ["a"], seconds: 1), Task("long", seconds: 3)]));
        Assert.Equal<string>(["long"], path.Tasks);
        Assert.Equal(TimeSpan.FromSeconds(3), path.Length);
    }

    [Fact]
    public void CriticalPath_Tie_TakesTheTasksThatGoFirst()
    {
        var path = CriticalPath.Of(Compile(
            [Agent("A1")],
            [Task("a"), Task("b") with { Priority = -1 }, Task("d", after: ["a", "b"]), Task("c", after: ["a", "b"])]));
        Assert.Equal<string>(["b", "c"], path.Tasks);
    }

    [Fact]
    public void CriticalPath_AnyPlan_IsALongestChain() => RunCases.Check(400, run =>
    {
        var path = CriticalPath.Of(run.Compile());
        var tasks = path.Tasks.Select(id => run.Plan.Tasks.Single(task => task.Id == id)).ToList();
        Assert.Equal(ReferenceScheduler.RemainingPaths(run.Plan).Values.Max(), path.Length);
        Assert.Equal(path.Length, tasks.Aggregate(TimeSpan.Zero, (sum, task) => sum + task.Estimate));
        Assert.All(tasks.Zip(tasks.Skip(1)), pair => Assert.Contains(pair.First.Id, pair.Second.DependsOn));
    });
}
