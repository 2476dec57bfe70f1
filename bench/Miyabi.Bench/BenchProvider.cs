using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Bench;

/// <summary>Agents that answer at once, with 1 KB of text: what is measured is everything around them.</summary>
internal sealed class BenchProvider : IAgentProvider, IAgent
{
    internal const string ProviderName = "bench";

    private const int OutputBytes = 1024;

    private static readonly JsonElement Output = JsonSerializer.SerializeToElement(new string('x', OutputBytes - 2));

    public string Name => ProviderName;

    public ImmutableArray<AgentKind> Kinds => [AgentKind.Claude];

    public IAgent Agent => this;

    public string? WhyNot(AgentSpec agent, PlanTask task) => null;

    public Task<AgentResult> RunAsync(AgentRequest request, IProgress<AgentProgress> progress, CancellationToken cancellationToken) =>
        Task.FromResult(new AgentResult { Output = Output });
}
