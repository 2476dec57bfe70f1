using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Models;

/// <summary>A provider that calls models over their API.</summary>
/// <remarks>One instance has the limiters of its calls: a process makes one, so that all of its attempts stand in one line. It loads the client with the first call.</remarks>
public abstract class ModelProvider : IAgentProvider
{
    private readonly Func<IModelClient> newClient;

    /// <summary>For one provider's client.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">The kind of agents that it carries out.</param>
    /// <param name="options">How models are called.</param>
    /// <param name="newClient">Makes the client. In a method of its own, so that the client's assemblies are loaded only when they are needed.</param>
    /// <param name="time">The clock of waits.</param>
    private protected ModelProvider(string name, AgentKind kind, ModelOptions options, Func<IModelClient> newClient, TimeProvider time)
    {
        (Name, Kinds, Options, this.newClient) = (name, [kind], options, newClient);
        Agent = new ModelAgent(options, newClient, time);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ImmutableArray<AgentKind> Kinds { get; }

    /// <inheritdoc/>
    public IAgent Agent { get; }

    /// <summary>How models are called.</summary>
    public ModelOptions Options { get; }

    /// <inheritdoc/>
    public string? WhyNot(AgentSpec agent, PlanTask task) => Options.Credential is null
        ? $"The provider '{Name}' has no key: set {Options.KeySetting}, or use another provider, e.g. simulated."
        : null;

    /// <inheritdoc/>
    public ModelTerms? TermsOf(AgentSpec agent, PlanTask task) => Options.TermsOf(agent, task);

    /// <inheritdoc/>
    public AgentUsage Reserve(AgentSpec agent, PlanTask task, int pieces, long bytes) => ModelReserve.Of(Options, agent, task, pieces, bytes);

    /// <summary>Asks the API whether a model is there for this key. Costs nothing.</summary>
    /// <param name="model">Its id.</param>
    /// <param name="cancellationToken">Ends the question; no other bound in time is kept.</param>
    /// <returns>What is wrong and what to do, without the key; <see langword="null"/>: it is there.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set.</exception>
    public async Task<string?> WhyNotThereAsync(string model, CancellationToken cancellationToken)
    {
        var client = newClient();
        try
        {
            await client.LookAsync(model, cancellationToken);
            return null;
        }
        catch (ModelCallException e)
        {
            return Options.WithoutKey(e.Message);
        }
        finally
        {
            (client as IDisposable)?.Dispose();
        }
    }
}
