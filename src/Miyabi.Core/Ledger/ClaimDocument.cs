using Miyabi.Core.Agents;

namespace Miyabi.Core.Ledger;

/// <summary>Who works on an attempt, and until when without renewing.</summary>
/// <param name="Id">Told apart from every other claim: 32 hex digits.</param>
/// <param name="Owner">The number of the run's owner on whose order it is.</param>
/// <param name="Until">After this, and after the lease that extends it, another may take the attempt over.</param>
public sealed record Claim(string Id, int Owner, DateTimeOffset Until);

/// <summary>Who took an attempt over after its former claim had lapsed.</summary>
public sealed record ClaimDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => At;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>The task's id.</summary>
    public required string Task { get; init; }

    /// <summary>The attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>Counted from 1 for each attempt.</summary>
    public required int Number { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The claim.</summary>
    public required Claim Claim { get; init; }
}

/// <summary>Extends a claim or an ownership while its holder lives. Replaced in place; no evidence, and gone when the work has ended.</summary>
public sealed record LeaseDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => Until;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>The claim's id or the owner's holder.</summary>
    public required string Holder { get; init; }

    /// <summary>Until when it holds.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>The process that carries the attempt out; <see langword="null"/> with an ownership, and with agents that have none.</summary>
    public AgentProcess? Process { get; init; }
}
