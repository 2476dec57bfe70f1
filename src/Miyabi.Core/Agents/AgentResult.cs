using System.Collections.Immutable;
using System.Text.Json;

namespace Miyabi.Core.Agents;

/// <summary>What an attempt came to: an output and files, or a failure. Hostile until it is checked.</summary>
public sealed record AgentResult
{
    /// <summary>The output; JSON <c>null</c> or left out with a failure.</summary>
    public JsonElement Output { get; init; }

    /// <summary>The files it produced.</summary>
    public ImmutableArray<AgentFile> Files { get; init; } = [];

    /// <summary>Why the attempt failed; <see langword="null"/> for success.</summary>
    public AgentFailure? Failure { get; init; }

    /// <summary>What the attempt used up, as far as it is known, also when it failed.</summary>
    public AgentUsage Usage { get; init; } = AgentUsage.None;

    /// <summary>A failed attempt.</summary>
    public static AgentResult Failed(FailureKind kind, string message, TimeSpan? retryAfter = null) =>
        new() { Failure = new AgentFailure(kind, message) { RetryAfter = retryAfter } };
}

/// <summary>A file that an attempt produced.</summary>
/// <param name="Path">Relative to the workspace, with forward slashes.</param>
/// <param name="Content">Its bytes.</param>
public sealed record AgentFile(string Path, ReadOnlyMemory<byte> Content);

/// <summary>What an attempt used up.</summary>
/// <param name="InputTokens">0 or more.</param>
/// <param name="OutputTokens">0 or more.</param>
/// <param name="CostUsd">In US dollars, 0 or more.</param>
public sealed record AgentUsage(long InputTokens, long OutputTokens, decimal CostUsd)
{
    /// <summary>Nothing.</summary>
    public static AgentUsage None { get; } = new(0, 0, 0m);

    /// <summary>Both together.</summary>
    public AgentUsage Plus(AgentUsage other) => other == None
        ? this
        : new(InputTokens + other.InputTokens, OutputTokens + other.OutputTokens, CostUsd + other.CostUsd);
}
