namespace Miyabi.Core.Ledger;

/// <summary>Which runner carries a run out.</summary>
public sealed record OwnerDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => At;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>Counted from 1 in the run: the highest is the owner.</summary>
    public required int Owner { get; init; }

    /// <summary>Told apart from every other holder: 32 hex digits.</summary>
    public required string Holder { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Until when, unless the lease says later.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>For people: where it runs.</summary>
    public string Host { get; init; } = "";

    /// <summary>Names a process so that another on the same system can tell whether it still lives; empty where nobody can.</summary>
    public string Process { get; init; } = "";

    /// <summary>The engine's instance, where that is the owner and no process is (<see cref="EngineOwner"/>); else <see langword="null"/>.</summary>
    public string? Instance { get; init; }
}
