using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>How much is at work at once, and with whom, in whatever run.</summary>
public class SchedulerCapacityTests
{
    private const int Cases = 400;

    [Fact]
    public void AtWork_AnyRun_IsAtMostMaxParallel() => RunCases.CheckRuns(Cases, trace =>
        trace.AfterEachStep((facts, _) => Assert.InRange(facts.AtWork, 0, trace.Run.MaxParallel)));

    [Fact]
    public void AtWork_EachAgent_IsAtMostItsSlots() => RunCases.CheckRuns(Cases, trace =>
        trace.AfterEachStep((facts, _) =>
            Assert.All(trace.Run.Plan.Agents, agent => Assert.InRange(facts.AtWorkOn(agent), 0, agent.Slots))));

    [Fact]
    public void AtWork_EachProvider_IsAtMostItsCap() => RunCases.CheckRuns(Cases, trace =>
        trace.AfterEachStep((facts, _) =>
            Assert.All(trace.Run.Plan.Policy.ProviderCaps, cap => Assert.InRange(facts.AtWorkOn(cap.Key), 0, cap.Value))));

    [Fact]
    public void Start_AnyRun_GoesToAnAgentOfTheKind() => RunCases.CheckRuns(Cases, trace =>
        trace.BeforeEachStart((facts, start, _) =>
            Assert.Equal(facts[start.Task].Task.Agent.Kind, trace.Run.Plan.Agents.Single(agent => agent.Id == start.Agent).Kind)));

    [Fact]
    public void Start_FirstAttemptOfABoundTask_GoesToItsAgent() => RunCases.CheckRuns(Cases, trace =>
        trace.BeforeEachStart((facts, start, _) =>
        {
            if (start.Attempt == 1 && facts[start.Task].Task.Agent.Id is { } own)
                Assert.Equal(own, start.Agent);
        }));

    [Fact]
    public void Start_Retry_GoesToAFreeAgentThatHasNotFailedItWhereThereIsOne() => RunCases.CheckRuns(Cases, trace =>
        trace.BeforeEachStart((facts, start, _) =>
        {
            var task = facts[start.Task];
            if (task.Tried.Contains(start.Agent))
                Assert.DoesNotContain(facts.AgentsFor(task), agent => facts.IsFree(agent) && !task.Tried.Contains(agent.Id));
        }));

    [Fact]
    public void AtWork_WaitingForApproval_TakesNoSlot() => RunCases.CheckRuns(Cases, trace =>
        trace.AfterEachStep((facts, _) => Assert.DoesNotContain(facts.Tasks, task => task.AwaitsAnswer && task.Starts.Count > 0)));
}
