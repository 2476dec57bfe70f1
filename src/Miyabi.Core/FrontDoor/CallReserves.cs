using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Core.FrontDoor;

/// <summary>What attempts of a plan's agents may use up at most, asked of their providers when a run is accepted.</summary>
internal static class CallReserves
{
    // What comes from other tasks is not there yet: as much as any prompt takes.
    private const int Pieces = 10_000;
    private const long Bytes = 1L << 40;

    /// <summary>For each agent that may use anything up, the most that an attempt of any task that could come to it may; <see langword="null"/>: none may.</summary>
    /// <param name="agents">The plan's agents.</param>
    /// <param name="work">Its tasks and their checks.</param>
    /// <param name="providers">The provider of each agent, by the agent's id.</param>
    internal static ImmutableSortedDictionary<string, CallReserve>? Of(IEnumerable<AgentSpec> agents, IEnumerable<PlanTask> work, IReadOnlyDictionary<string, IAgentProvider> providers)
    {
        var reserves = ImmutableSortedDictionary.CreateBuilder<string, CallReserve>(StringComparer.Ordinal);
        var byKind = work.ToLookup(task => task.Agent.Kind);
        foreach (var agent in agents)
        {
            if (!providers.TryGetValue(agent.Id, out var provider))
                continue;
            var most = CallReserve.None;
            foreach (var task in byKind[agent.Kind])
                most = Larger(most, provider.Reserve(agent, task, Pieces, Bytes));
            if (most != CallReserve.None)
                reserves[agent.Id] = most;
        }

        return reserves.Count == 0 ? null : reserves.ToImmutable();
    }

    /// <summary>Why a budget of costs cannot be kept; <see langword="null"/>: it can.</summary>
    internal static string? WhyNoCost(IReadOnlyDictionary<string, CallReserve>? reserves)
    {
        var unpriced = (reserves ?? ImmutableSortedDictionary<string, CallReserve>.Empty).Where(reserve => reserve.Value.CostUsd is null).Select(reserve => reserve.Key).ToList();
        return unpriced.Count == 0
            ? null
            : $"A budget of costs cannot be kept: nobody knows what {string.Join(", ", unpriced.Take(5))} {(unpriced.Count == 1 ? "costs" : "cost")}. "
                + "Give prices of the models in the settings (docs/agents.md), or a budget of tokens: maxTokens.";
    }

    private static CallReserve Larger(CallReserve one, AgentUsage other) => new(
        Math.Max(one.Tokens, Math.Clamp(other.InputTokens, 0, PlanLimits.MaxTokens / 2) + Math.Clamp(other.OutputTokens, 0, PlanLimits.MaxTokens / 2)),
        one.CostUsd is { } cost && !other.Unpriced ? Math.Max(cost, Math.Clamp(other.CostUsd, 0, PlanLimits.MaxCostUsd)) : null);
}
