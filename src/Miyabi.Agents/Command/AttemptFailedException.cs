using Miyabi.Core.Agents;

namespace Miyabi.Agents.Command;

/// <summary>Ends an attempt with a failure from within one of its parts; never leaves <see cref="CommandAgent"/>.</summary>
internal sealed class AttemptFailedException(FailureKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public FailureKind Kind { get; } = kind;
}
