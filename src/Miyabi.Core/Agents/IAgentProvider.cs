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

    /// <summary>How a model would be asked for this task now, to be written into the instruction; <see langword="null"/>: no model is asked.</summary>
    ModelTerms? TermsOf(AgentSpec agent, PlanTask task) => null;

    /// <summary>What one attempt uses up at most, to be set aside before it begins; <see cref="AgentUsage.Unpriced"/>: what it costs cannot be said.</summary>
    /// <remarks>
    /// Tokens are counted as 2 bytes each, which is more than any kind of text has that we know. An attempt pays for one call at most: what turns a call away before
    /// anything is used up costs nothing, and anything else ends the attempt.
    /// </remarks>
    /// <param name="agent">Who does it.</param>
    /// <param name="task">What.</param>
    /// <param name="pieces">How many pieces of data go with the task: outputs and files of its dependencies, and what earlier attempts failed for.</param>
    /// <param name="bytes">Bytes of all of them; more than a prompt takes are cut.</param>
    AgentUsage Reserve(AgentSpec agent, PlanTask task, int pieces, long bytes) => AgentUsage.None;

    /// <summary>The agent.</summary>
    IAgent Agent { get; }
}
