using Miyabi.Core.Agents;

namespace Miyabi.Agents.Models;

/// <summary>Ends an attempt, or has it wait its turn; never leaves <see cref="ModelAgent"/>.</summary>
internal sealed class ModelCallException(FailureKind kind, string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    public FailureKind Kind => kind;

    /// <summary>How long the provider asks to wait.</summary>
    public TimeSpan? RetryAfter => retryAfter;
}
