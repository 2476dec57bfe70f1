using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Ledger;

/// <summary>What a person decided about a run.</summary>
public sealed record ControlDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => At;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>Counted from 1 in the run.</summary>
    public required int Number { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What.</summary>
    public required Control Control { get; init; }
}
