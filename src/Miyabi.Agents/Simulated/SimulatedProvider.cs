using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Simulated;

/// <summary>The provider <c>simulated</c>: every kind of agent, without a model, a key or a network.</summary>
/// <param name="time">Whose time the simulated work takes.</param>
public sealed class SimulatedProvider(TimeProvider time) : IAgentProvider
{
    /// <inheritdoc/>
    public string Name => "simulated";

    /// <inheritdoc/>
    public ImmutableArray<AgentKind> Kinds { get; } = [AgentKind.Claude, AgentKind.Codex, AgentKind.Command];

    /// <inheritdoc/>
    public IAgent Agent { get; } = new SimulatedAgent(time);

    /// <summary>Nothing is ever missing.</summary>
    public string? WhyNot(AgentSpec agent, PlanTask task) => null;

    /// <summary>What the task says that an attempt uses up.</summary>
    public AgentUsage Reserve(AgentSpec agent, PlanTask task, int pieces, long bytes) =>
        task.Simulated is { } simulated ? new AgentUsage(simulated.Tokens, simulated.Tokens, simulated.CostUsd) : AgentUsage.None;
}
