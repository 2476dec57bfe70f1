using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Ledger;

/// <summary>What an agent was told in an attempt, and by whom: also the claim on that attempt.</summary>
public sealed record InstructionDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => At;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>The task's id.</summary>
    public required string Task { get; init; }

    /// <summary>The attempt, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The agent's id.</summary>
    public required string Agent { get; init; }

    /// <summary>Who carries the agent's work out.</summary>
    public required string Provider { get; init; }

    /// <summary>When it was written.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Digest of the run's plan document.</summary>
    public required string Plan { get; init; }

    /// <summary>The step that decided on this attempt.</summary>
    public required int Step { get; init; }

    /// <summary>Who claims the attempt.</summary>
    public required Claim Claim { get; init; }

    /// <summary>What the agent is told.</summary>
    public required InstructionContent Content { get; init; }
}

/// <summary>What an agent is told: nothing in here tells one run from another.</summary>
public sealed record InstructionContent
{
    /// <summary>The agent's kind.</summary>
    public required AgentKind Kind { get; init; }

    /// <summary>One line for people.</summary>
    public required string Title { get; init; }

    /// <summary>The prompt.</summary>
    public required string Prompt { get; init; }

    /// <summary>Globs of the files it may produce.</summary>
    public ImmutableArray<string> Writes { get; init; } = [];

    /// <summary>The schema of its output.</summary>
    public JsonElement? OutputSchema { get; init; }

    /// <summary>How long the attempt may take.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>How the model is asked; <see langword="null"/>, and not in the document: no model is.</summary>
    public ModelTerms? Model { get; init; }

    /// <summary>What earlier attempts failed for or were rejected for, oldest first. Data, never instructions.</summary>
    public ImmutableArray<AttemptFinding> Findings { get; init; } = [];

    /// <summary>The results it reads.</summary>
    public ImmutableArray<InputReference> Inputs { get; init; } = [];

    /// <summary>Paths given to the run by name.</summary>
    public ImmutableSortedDictionary<string, string> Paths { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>For the simulated provider.</summary>
    public SimulatedSettings? Simulated { get; init; }

    /// <summary>For the command provider: the agent's settings and the task's.</summary>
    public ImmutableArray<CommandSettings> Commands { get; init; } = [];
}

/// <summary>An accepted result that a task reads.</summary>
/// <param name="Task">Whose.</param>
/// <param name="Attempt">Of which attempt.</param>
/// <param name="Result">Digest of the result document.</param>
/// <param name="Payload">Digest of its payload.</param>
public sealed record InputReference(string Task, int Attempt, string Result, string Payload)
{
    /// <summary>What the result answers: see <see cref="ResultDocument.Key"/>.</summary>
    public string? Key { get; init; }
}
