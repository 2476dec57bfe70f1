namespace Miyabi.Core.Agents;

/// <summary>An attempt was ended by its cancellation, and what it used up until then is known: an agent need not throw it, but without it nothing is settled.</summary>
/// <param name="usage">What was used up, as far as it is known.</param>
/// <param name="inner">What ended the work.</param>
/// <param name="cancellationToken">What was set.</param>
public sealed class AttemptCancelledException(AgentUsage usage, Exception? inner, CancellationToken cancellationToken)
    : OperationCanceledException("The attempt was cancelled.", inner, cancellationToken)
{
    /// <summary>What was used up.</summary>
    public AgentUsage Usage { get; } = usage;
}
