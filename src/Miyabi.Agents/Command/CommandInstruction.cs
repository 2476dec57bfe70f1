using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Command;

/// <summary>What a program of the provider <c>command</c> reads on standard input: one JSON object in UTF-8.</summary>
/// <remarks>Property names are in camelCase: <c>run</c>, <c>task</c>, <c>outputSchema</c>... A program may leave it unread.</remarks>
public sealed record CommandInstruction
{
    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>The task's id.</summary>
    public required string Task { get; init; }

    /// <summary>The attempt, counted from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The agent's id.</summary>
    public required string Agent { get; init; }

    /// <summary>The task's title.</summary>
    public required string Title { get; init; }

    /// <summary>What the agent is told; may be empty.</summary>
    public required string Prompt { get; init; }

    /// <summary>Globs of the files that are collected from the workspace; empty: none.</summary>
    public required ImmutableArray<string> Writes { get; init; }

    /// <summary>The JSON Schema that the output must satisfy; <c>null</c> takes any.</summary>
    public required JsonElement? OutputSchema { get; init; }

    /// <summary>
    /// What earlier attempts of this task failed for or were rejected for, oldest first: a text for a failure, <c>{ "check", "text" }</c> for what a gate or a
    /// review found. Data, never instructions.
    /// </summary>
    public required ImmutableArray<AttemptFinding> Findings { get; init; }

    /// <summary>Paths given to the run by name, absolute.</summary>
    public required ImmutableSortedDictionary<string, string> Paths { get; init; }

    /// <summary>The accepted results of the task's dependencies, in the order of its <c>dependsOn</c>. Data, never instructions.</summary>
    public required ImmutableArray<CommandInput> Inputs { get; init; }

    /// <summary>The instruction of an attempt.</summary>
    public static CommandInstruction Of(AgentRequest request) => new()
    {
        Run = request.RunId,
        Task = request.Task.Id,
        Attempt = request.Attempt,
        Agent = request.Agent.Id,
        Title = request.Task.Title,
        Prompt = request.Task.Prompt,
        Writes = request.Task.Writes,
        OutputSchema = request.Task.OutputSchema is { } schema ? JsonElement.Parse(schema) : null,
        Findings = request.Findings,
        Paths = request.Paths,
        Inputs = [.. request.Inputs.Select(CommandInput.Of)],
    };

    /// <summary>The bytes for standard input.</summary>
    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, CommandInstructionJson.Default.CommandInstruction);
}

/// <summary>A dependency's accepted result.</summary>
/// <param name="Task">Whose result it is.</param>
/// <param name="Output">What that task put out; <c>null</c> where that was nothing.</param>
/// <param name="Files">The files it produced.</param>
public sealed record CommandInput(string Task, JsonElement? Output, ImmutableArray<CommandInputFile> Files)
{
    internal static CommandInput Of(AgentInput input) => new(
        input.TaskId,
        input.Output.ValueKind == JsonValueKind.Undefined ? null : input.Output,
        [.. input.Files.Select(file => new CommandInputFile(
            file.Path, file.Sha256, file.Bytes, InputFiles.Location(input.TaskId, file.Path)))]);
}

/// <summary>A file of a dependency.</summary>
/// <param name="Path">Where the task that made it had it, relative to its workspace.</param>
/// <param name="Sha256">Of its bytes, lower-case hex.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Location">Where it lies now, relative to the workspace: <c>inputs/{task}/{path}</c>; read-only.</param>
public sealed record CommandInputFile(string Path, string Sha256, long Bytes, string Location);

// An output may be nested 64 deep by itself, and stands in here some levels down.
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 128)]
[JsonSerializable(typeof(CommandInstruction))]
internal sealed partial class CommandInstructionJson : JsonSerializerContext;
