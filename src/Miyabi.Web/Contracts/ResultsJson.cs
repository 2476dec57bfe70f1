using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;

namespace Miyabi.Web.Contracts;

/// <summary>The last results of a run's tasks: <c>miyabi.results/1</c>.</summary>
public sealed record ResultsJson
{
    /// <summary>Which contract this is, and its version.</summary>
    public string Contract { get; } = "miyabi.results/1";

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>The results, in the plan's order.</summary>
    public required ImmutableArray<ResultJson> Results { get; init; }

    /// <summary>Over HTTP, where there may be more: what to ask for them with.</summary>
    public string? Next { get; init; }

    /// <summary>Of results.</summary>
    public static ResultsJson Of(string run, IEnumerable<ResultDocument> results) => new() { Run = run, Results = [.. results.Select(ResultJson.Of)] };
}

/// <summary>A task's last result.</summary>
/// <param name="Task">The task's id.</param>
/// <param name="Attempt">The attempt, from 1.</param>
/// <param name="Agent">The agent's id.</param>
/// <param name="Provider">Who carried the work out.</param>
/// <param name="Outcome">How the attempt ended.</param>
/// <param name="StartedAt">When the agent began.</param>
/// <param name="EndedAt">When it had ended.</param>
/// <param name="Usage">What it used up.</param>
/// <param name="Failure">Why, if it failed; untrusted text.</param>
/// <param name="PayloadDigest">SHA-256 of output and files.</param>
/// <param name="Output">What the agent put out; untrusted. Left out over HTTP, where the sealed result has it.</param>
/// <param name="Files">The files it produced, by path.</param>
public sealed record ResultJson(
    string Task,
    int Attempt,
    string Agent,
    string Provider,
    AttemptOutcome Outcome,
    DateTimeOffset StartedAt,
    DateTimeOffset EndedAt,
    AgentUsage Usage,
    AgentFailure? Failure,
    string? PayloadDigest,
    JsonElement? Output,
    ImmutableArray<ArtifactReference> Files)
{
    /// <summary>Of a result.</summary>
    public static ResultJson Of(ResultDocument result) => new(
        result.Task,
        result.Attempt,
        result.Agent,
        result.Provider,
        result.Outcome,
        result.StartedAt,
        result.EndedAt,
        result.Usage,
        result.Failure,
        result.PayloadDigest,
        result.Payload?.Output,
        result.Payload?.Files ?? []);
}
