using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Miyabi.Agents.Models;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.ClaudeApi;

/// <summary>The provider <c>claude-api</c>: a Claude model over the Anthropic Messages API, for agents of the kind <see cref="AgentKind.Claude"/>.</summary>
/// <remarks>One instance has one limiter for its calls: a process makes one, so that all of its attempts stand in one line. It loads the client with the first call.</remarks>
/// <param name="options">How the model is called.</param>
/// <param name="time">The clock of waits.</param>
public sealed class ClaudeApiProvider(ModelOptions options, TimeProvider time) : IModelProvider
{
    /// <summary>Its name.</summary>
    public const string ProviderName = "claude-api";

    /// <inheritdoc/>
    public string Name => ProviderName;

    /// <inheritdoc/>
    public ImmutableArray<AgentKind> Kinds { get; } = [AgentKind.Claude];

    /// <inheritdoc/>
    public IAgent Agent { get; } = new ModelAgent(options, () => NewClient(options, time), time);

    /// <inheritdoc/>
    public ModelOptions Options => options;

    /// <inheritdoc/>
    public Task<string?> WhyNotThereAsync(string model, CancellationToken cancellationToken) => ModelNeeds.WhyNotThereAsync(() => NewClient(options, time), options, model, cancellationToken);

    /// <inheritdoc/>
    public string? WhyNot(AgentSpec agent, PlanTask task) => ModelNeeds.WhyNot(ProviderName, options);

    /// <inheritdoc/>
    public ModelTerms? TermsOf(AgentSpec agent, PlanTask task) => options.TermsOf(agent, task);

    /// <inheritdoc/>
    public AgentUsage Reserve(AgentSpec agent, PlanTask task, int pieces, long bytes) => ModelReserve.Of(options, agent, task, pieces, bytes);

    // Apart, so that the client's assemblies are loaded only when they are needed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ClaudeClient NewClient(ModelOptions options, TimeProvider time) => new(options, time);
}
