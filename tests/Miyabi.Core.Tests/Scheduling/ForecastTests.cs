using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using static Miyabi.Core.Tests.Scheduling.ExamplePlans;

namespace Miyabi.Core.Tests.Scheduling;

public class ForecastTests
{
    [Theory]
    [InlineData(Schedule.Waves)]
    [InlineData(Schedule.Ready)]
    public void Forecast_ReferencePlan_TakesItsCriticalPathOf80Seconds(Schedule schedule)
    {
        var forecast = Forecast.Of(Reference(schedule));
        Assert.Equal(TimeSpan.FromSeconds(80), forecast.Makespan);
        Assert.Equal(4, forecast.PeakParallelism);
    }

    [Fact]
    public void Forecast_ReferencePlan_GivesEachAgentOneTask()
    {
        var forecast = Forecast.Of(Reference(Schedule.Waves));
        Assert.Equal(15, forecast.Load.Length);
        Assert.All(forecast.Load, load => Assert.Equal(1, load.Tasks));
        Assert.Equal(new AgentLoad("CCG-1", 1, TimeSpan.FromSeconds(8)), forecast.Load[0]);
        Assert.Equal(new AgentLoad("CG-9", 1, TimeSpan.FromSeconds(12)), forecast.Load[14]);
    }

    [Fact]
    public void Forecast_SharedAgents_CountsTasksAndTimeOfEach()
    {
        var forecast = Forecast.Of(Compile(
            [Agent("A1"), Agent("A2"), Agent("idle", AgentKind.Command)],
            [Task("a", agent: "A1", seconds: 10), Task("b", agent: "A1", seconds: 20), Task("c", agent: "A2", seconds: 5)]));
        Assert.Equal(TimeSpan.FromSeconds(30), forecast.Makespan);
        Assert.Equal<AgentLoad>(
            [
                new AgentLoad("A1", 2, TimeSpan.FromSeconds(30)),
                new AgentLoad("A2", 1, TimeSpan.FromSeconds(5)),
                new AgentLoad("idle", 0, TimeSpan.Zero),
            ],
            forecast.Load);
    }

    [Fact]
    public void Forecast_Approvals_AreTakenToBeGivenAtOnce()
    {
        var asking = Task("a", seconds: 10) with { Approval = new ApprovalSpec("Go on?", TimeSpan.FromHours(1), ApproveByDefault: false) };
        var forecast = Forecast.Of(Compile([Agent("A1")], [asking, Task("b", after: ["a"], seconds: 5)]));
        Assert.Equal(TimeSpan.FromSeconds(15), forecast.Makespan);
    }

    [Fact]
    public void Forecast_AnyPlan_IsBoundedByItsPathItsWorkAndItsLimits() => RunCases.Check(400, run =>
    {
        var plan = run.Compile();
        var forecast = Forecast.Of(plan);
        var work = run.Plan.Tasks.Aggregate(TimeSpan.Zero, (sum, task) => sum + task.Estimate);
        Assert.InRange(forecast.Makespan, CriticalPath.Of(plan).Length, work);
        Assert.InRange(forecast.PeakParallelism, 1, run.MaxParallel);
        Assert.Equal(run.Plan.Tasks.Length, forecast.Load.Sum(load => load.Tasks));
        Assert.Equal(work, forecast.Load.Aggregate(TimeSpan.Zero, (sum, load) => sum + load.Busy));
    });
}
