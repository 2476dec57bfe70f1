using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Miyabi.Core.Agents;

namespace Miyabi.Core.Ledger;

/// <summary>What an attempt came to: an envelope, and the payload that alone counts as content.</summary>
public sealed record ResultDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => EndedAt;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>The task's id.</summary>
    public required string Task { get; init; }

    /// <summary>The attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>The agent's id.</summary>
    public required string Agent { get; init; }

    /// <summary>Who carried its work out.</summary>
    public required string Provider { get; init; }

    /// <summary>Digest of the instruction document it answers.</summary>
    public required string Instruction { get; init; }

    /// <summary>Names what the agent was asked for: equal keys ask the same of the same kind of agent, with the same inputs.</summary>
    public string? Key { get; init; }

    /// <summary>Whose accepted result was taken, in place of having the work done again.</summary>
    public ResultSource? Source { get; init; }

    /// <summary>Digests of the claims by which the attempt was taken over, in order; none unless a worker was lost.</summary>
    public ImmutableArray<string> Claims { get; init; } = [];

    /// <summary>When the agent began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it had ended.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>What it used up.</summary>
    public AgentUsage Usage { get; init; } = AgentUsage.None;

    /// <summary>How it ended.</summary>
    public required AttemptOutcome Outcome { get; init; }

    /// <summary>Why, if it failed.</summary>
    public AgentFailure? Failure { get; init; }

    /// <summary>SHA-256 of the payload in compact form; only with a payload.</summary>
    public string? PayloadDigest { get; init; }

    /// <summary>The content; only of an attempt that succeeded.</summary>
    public ResultPayload? Payload { get; init; }
}

/// <summary>An accepted result of another run.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Task">The task's id there.</param>
/// <param name="Attempt">The attempt there.</param>
/// <param name="Result">Digest of the result document there.</param>
public sealed record ResultSource(string Run, string Task, int Attempt, string Result);

/// <summary>How an attempt ended.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<AttemptOutcome>))]
public enum AttemptOutcome
{
    /// <summary>With an output that kept all rules.</summary>
    Succeeded,

    /// <summary>In any other way.</summary>
    Failed,
}

/// <summary>The content of a result.</summary>
/// <param name="Output">What the agent put out.</param>
/// <param name="Files">The files it produced, by path in ordinal order.</param>
public sealed record ResultPayload(JsonElement Output, ImmutableArray<ArtifactReference> Files);
