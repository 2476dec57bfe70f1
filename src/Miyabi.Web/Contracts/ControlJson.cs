using Miyabi.Core.FrontDoor;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;

namespace Miyabi.Web.Contracts;

/// <summary>What a person decided about a run, as it was written down: <c>miyabi.control/1</c>.</summary>
public sealed record ControlJson
{
    /// <summary>Which contract this is, and its version.</summary>
    public string Contract { get; } = "miyabi.control/1";

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>What was decided; <see langword="null"/>: nothing had to be, the run only goes on.</summary>
    public ControlKind? Kind { get; init; }

    /// <summary>About which task, if about one.</summary>
    public string? Task { get; init; }

    /// <summary>The sealed document, below the run's folder.</summary>
    public string? Document { get; init; }

    /// <summary>The document's digest.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The machine whose runner takes it up.</summary>
    public string? CarriedOutBy { get; init; }

    /// <summary>Over HTTP: who carries the run out now.</summary>
    public RunStanding? Standing { get; init; }

    /// <summary>Over HTTP: the engine's instance of the run.</summary>
    public string? Instance { get; init; }

    /// <summary>A control that was sent.</summary>
    public static ControlJson Of(string run, SentControl sent, RunOwner? owner) => new()
    {
        Run = run,
        Kind = sent.Control.Kind,
        Task = sent.Control.Task,
        Document = sent.Path,
        Sha256 = sent.Digest,
        CarriedOutBy = owner?.Host,
    };
}
