using System.Text.Json.Serialization;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Runs;

/// <summary>Is told what happens in runs, for people to see. Nothing depends on it, and nothing it does may fail a run.</summary>
/// <remarks>Calls come from any thread, and must return at once.</remarks>
public interface IRunObserver
{
    /// <summary>A step was taken and stands in the ledger.</summary>
    void Stepped(StepDocument step);

    /// <summary>Something happened within an attempt.</summary>
    void Happened(string run, RunEvent happening);
}

/// <summary>What kind of thing happened.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<RunEventKind>))]
public enum RunEventKind
{
    /// <summary>The agent of an attempt began.</summary>
    Began,

    /// <summary>The agent told how far it is.</summary>
    Progress,

    /// <summary>The outcome of an attempt was written; it is not verified yet.</summary>
    Ended,

    /// <summary>A document that did not stand up to verification was put aside.</summary>
    Quarantined,

    /// <summary>Somebody whom the plan notifies could not be told something. Of the run as a whole: the task is empty, the attempt 0.</summary>
    Undelivered,
}

/// <summary>Progress for people: not sealed, decides nothing, is no evidence.</summary>
/// <param name="At">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Task">The task's id.</param>
/// <param name="Attempt">The attempt.</param>
public sealed record RunEvent(DateTimeOffset At, RunEventKind Kind, string Task, int Attempt)
{
    /// <summary>The agent's id.</summary>
    public string? Agent { get; init; }

    /// <summary>From 0 to 1.</summary>
    public double? Fraction { get; init; }

    /// <summary>A line for people; untrusted text.</summary>
    public string? Message { get; init; }
}
