using Miyabi.Agents.Simulated;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Testing.Agents;

namespace Miyabi.Agents.Tests.Simulated;

public sealed class SimulatedConformanceTests : AgentConformance
{
    private readonly CountingTime time = new();

    public SimulatedConformanceTests() => Agent = new SimulatedAgent(time);

    protected override IAgent Agent { get; }

    protected override AgentRequest Succeeding(string taskId) => Of(taskId, TimeSpan.FromMilliseconds(300));

    protected override AgentRequest Failing(string taskId) => Of(taskId, TimeSpan.FromMilliseconds(10), SimulatedFault.Fail);

    protected override AgentRequest Slow(string taskId) => Of(taskId, TimeSpan.FromHours(1));

    protected override AgentRequest NamingItsInputs(string taskId) => Of(taskId, TimeSpan.Zero);

    protected override IReadOnlyCollection<string> AtWork() => time.Running;

    private static AgentRequest Of(string taskId, TimeSpan work, params SimulatedFault[] faults) => AgentRequests.Of(
        taskId,
        AgentKind.Claude,
        task => task with { Simulated = new SimulatedSettings { Work = work, Faults = [.. faults], Tokens = 5 } });
}
