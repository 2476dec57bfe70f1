using Miyabi.Core.Agents;

namespace Miyabi.Agents.Models;

/// <summary>A provider that calls models over their API.</summary>
public interface IModelProvider : IAgentProvider
{
    /// <summary>How models are called.</summary>
    ModelOptions Options { get; }

    /// <summary>Asks the API whether a model is there for this key. Costs nothing.</summary>
    /// <returns>What is wrong and what to do; <see langword="null"/>: it is there.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set; no other bound in time is kept.</exception>
    Task<string?> WhyNotThereAsync(string model, CancellationToken cancellationToken);
}
