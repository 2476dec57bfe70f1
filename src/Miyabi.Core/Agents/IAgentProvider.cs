using System.Collections.Immutable;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Agents;

/// <summary>A provider by name: which kinds it can carry out, what it needs, and its agent.</summary>
public interface IAgentProvider
{
    /// <summary>Its name as plans and options have it, e.g. <c>simulated</c>.</summary>
    string Name { get; }

    /// <summary>The kinds it can carry out.</summary>
    ImmutableArray<AgentKind> Kinds { get; }

    /// <summary>What is missing for this task on this agent, said before a run is accepted; <see langword="null"/>: nothing.</summary>
    string? WhyNot(AgentSpec agent, PlanTask task);

    /// <summary>The agent.</summary>
    IAgent Agent { get; }
}
