using System.Collections.Immutable;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Ledger;

/// <summary>A step: what had ended, what people had decided, and what was decided then. The chain of steps is the run.</summary>
public sealed record StepDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => At;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>Its number, from 1.</summary>
    public required int Step { get; init; }

    /// <summary>The number of the owner that took it.</summary>
    public required int Owner { get; init; }

    /// <summary>Digest of step n-1, or of the plan document.</summary>
    public required string Previous { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Of a step that takes a run up again after its end: digest of the manifest of the generation that had ended.</summary>
    public string? Reopens { get; init; }

    /// <summary>Attempts that had ended.</summary>
    public ImmutableArray<StepEnding> Endings { get; init; } = [];

    /// <summary>Controls that took effect.</summary>
    public ImmutableArray<StepControl> Controls { get; init; } = [];

    /// <summary>What was decided, in order.</summary>
    public ImmutableArray<Decision> Decisions { get; init; } = [];
}

/// <summary>An attempt that had ended, as it was found when it was read back.</summary>
public sealed record StepEnding
{
    /// <summary>What the Scheduler was told.</summary>
    public required Ending Ending { get; init; }

    /// <summary>Digest of the result document; none if it was rejected.</summary>
    public string? Result { get; init; }

    /// <summary>Digest of the instruction document; none if there is no valid one.</summary>
    public string? Instruction { get; init; }

    /// <summary>Digests of the claims by which the attempt was taken over.</summary>
    public ImmutableArray<string> Claims { get; init; } = [];

    /// <summary>Digest of the payload, of an accepted result.</summary>
    public string? Payload { get; init; }
}

/// <summary>A control that took effect.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Digest">Of its document.</param>
/// <param name="Control">What the Scheduler was told.</param>
public sealed record StepControl(int Number, string Digest, Control Control)
{
    /// <summary>Where its document lies below the run's folder.</summary>
    internal string Path => LedgerPath.Control(Number, RunLedger.NameOf(Control.Kind));
}
