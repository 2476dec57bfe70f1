using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

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
/// <param name="CostUsd">In US dollars, 0 or more; of what has a price (<see cref="Unpriced"/>).</param>
public sealed record AgentUsage(long InputTokens, long OutputTokens, decimal CostUsd)
{
    /// <summary>Some of the tokens have no known price: the whole cost more than <see cref="CostUsd"/> says, and nobody knows how much.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Unpriced { get; init; }

    /// <summary>More may have been used up than is said here: a call ended before its provider had said how much.</summary>
    /// <remarks>Whoever keeps to a budget counts what was set aside for the attempt (<see cref="IAgentProvider.Reserve"/>), if that is more.</remarks>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Incomplete { get; init; }

    /// <summary>Nothing.</summary>
    public static AgentUsage None { get; } = new(0, 0, 0m);

    /// <summary>Both together.</summary>
    public AgentUsage Plus(AgentUsage other) => other == None
        ? this
        : new(InputTokens + other.InputTokens, OutputTokens + other.OutputTokens, CostUsd + other.CostUsd) 
        {
            Unpriced = Unpriced || other.Unpriced,
            Incomplete = Incomplete || other.Incomplete,
        };
}
