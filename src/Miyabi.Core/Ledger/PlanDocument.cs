using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Ledger;

/// <summary>What was accepted to run: the plan as it came, and what was said about this run.</summary>
public sealed record PlanDocument : IRunDocument
{
    DateTimeOffset IRunDocument.Dated => AcceptedAt;

    /// <summary>The run's id.</summary>
    public required string Run { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    /// <summary>SHA-256 of the plan in compact form: two runs of one plan have the same.</summary>
    public required string PlanDigest { get; init; }

    /// <summary>What was said about this run.</summary>
    public required RunOptions Options { get; init; }

    /// <summary>The plan, in the format of <c>schemas/plan.schema.json</c>.</summary>
    public required JsonElement Plan { get; init; }
}

/// <summary>What is said about one run, beside its plan.</summary>
public sealed record RunOptions
{
    /// <summary>In place of the plan's schedule.</summary>
    public Schedule? Schedule { get; init; }

    /// <summary>In place of the plan's <c>maxParallel</c>, 1 to 200.</summary>
    public int? MaxParallel { get; init; }

    /// <summary>Who carries each agent's work out: agent id to provider name, for every agent of the plan.</summary>
    public ImmutableSortedDictionary<string, string> Providers { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What an attempt of each agent may use up at most, as its provider said when the run was accepted: agent id to that; without those that use up nothing.</summary>
    public ImmutableSortedDictionary<string, CallReserve>? Reserves { get; init; }

    /// <summary>The plan's inputs: name to absolute path.</summary>
    public ImmutableSortedDictionary<string, string> Paths { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The plan file's folder, absolute; empty where the plan came without a file.</summary>
    public string PlanDirectory { get; init; } = "";

    /// <summary>Tasks may take accepted results of other runs of the store that were asked for the same.</summary>
    public bool Reuse { get; init; }

    /// <summary>What simulated times are divided by, more than 0 to 100,000.</summary>
    public double Speed { get; init; } = 1;
}
