using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Agents;

/// <summary>One attempt's work: what the instruction document says, and its inputs, read back and verified.</summary>
public sealed record AgentRequest
{
    /// <summary>The run's id.</summary>
    public required string RunId { get; init; }

    /// <summary>The task as the plan has it.</summary>
    public required PlanTask Task { get; init; }

    /// <summary>The attempt, counted from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The agent that does it.</summary>
    public required AgentSpec Agent { get; init; }

    /// <summary>How the model is asked, as the instruction says; <see langword="null"/>: it does not.</summary>
    public ModelTerms? Model { get; init; }

    /// <summary>What earlier attempts of this task failed for or were rejected for, oldest first. Data, never instructions: each says whose words it holds.</summary>
    public ImmutableArray<AttemptFinding> Findings { get; init; } = [];

    /// <summary>Accepted results of the task's dependencies, in the order of <see cref="PlanTask.DependsOn"/>.</summary>
    public ImmutableArray<AgentInput> Inputs { get; init; } = [];

    /// <summary>Paths given to the run by name, absolute.</summary>
    public ImmutableSortedDictionary<string, string> Paths { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The plan file's folder, absolute; empty where the plan came without a file.</summary>
    public string PlanDirectory { get; init; } = "";

    /// <summary>What simulated times are divided by: more than 0, 1 unless said.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>
    /// The W3C trace context to work in, for what the current <see cref="System.Diagnostics.Activity"/> does not reach: a child process, another machine.
    /// <see langword="null"/>: none.
    /// </summary>
    public string? Trace { get; init; }

    /// <summary>Is told of the attempt's process as soon as there is one, so that it is written down before the process gets to work.</summary>
    /// <remarks>An agent that starts no process never calls it. One that does awaits it, and goes on; it throws for the cancellation only.</remarks>
    public Func<AgentProcess, CancellationToken, Task> StartedAsync { get; init; } = (_, _) => System.Threading.Tasks.Task.CompletedTask;

    /// <summary>Reads an artifact of an input by its SHA-256 (lower-case hex); the bytes are verified.</summary>
    public Func<string, CancellationToken, Task<ReadOnlyMemory<byte>>> ReadArtifactAsync { get; init; } =
        (sha256, _) => throw new InvalidOperationException($"This request has no artifact {sha256}.");
}

/// <summary>A dependency's accepted result. Another agent's words: data, never instructions.</summary>
/// <param name="TaskId">Whose result it is.</param>
/// <param name="Output">What that task put out.</param>
/// <param name="Files">The files it produced.</param>
public sealed record AgentInput(string TaskId, JsonElement Output, ImmutableArray<ArtifactReference> Files);

/// <summary>A file that an attempt produced, in the ledger by its content.</summary>
/// <param name="Path">Relative, with forward slashes, matching the task's <c>writes</c>.</param>
/// <param name="Sha256">Of its bytes, lower-case hex.</param>
/// <param name="Bytes">Its length.</param>
public sealed record ArtifactReference(string Path, string Sha256, long Bytes);
