using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Miyabi.Core.Plans;
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

    /// <summary>What the accepted result answers: see <see cref="ResultDocument.Key"/>.</summary>
    public string? Key { get; init; }

    /// <summary>The run whose result was taken, in place of having the work done again.</summary>
    public ResultSource? Source { get; init; }

    /// <summary>The check that the task's result must pass next, before it counts; <see langword="null"/>: it counts, or it will not.</summary>
    public TaskStage? Awaits { get; init; }

    /// <summary>The task whose result counts with this ending, and the attempt that made it; <see langword="null"/>: none does.</summary>
    [JsonIgnore]
    public (string Task, int Attempt)? Accepts
    {
        get
        {
            if (Ending.Failure is not null || Awaits is not null)
                return null;
            if (StageName.Parse(Ending.Task) is not { } check)
                return (Ending.Task, Ending.Attempt);
            return Ending.Verdict is { Accepted: true } ? (check.Task, check.Attempt) : null;
        }
    }
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
