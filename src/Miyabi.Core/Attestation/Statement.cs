using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Attestation;

// The shapes of the in-toto Statement v1 (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md) and of the SLSA
// provenance v1 (https://slsa.dev/spec/v1.0/provenance). What is ours stands in externalParameters, whose content the build type
// defines, and in 'miyabi_run', named as extensions are there.

/// <summary>Says how artifacts came about.</summary>
internal sealed record Statement(ImmutableArray<ResourceDescriptor> Subject, [property: JsonPropertyOrder(1)] Provenance Predicate)
{
    internal const string MediaType = "application/vnd.in-toto+json";

    [JsonPropertyName("_type")]
    [JsonPropertyOrder(-1)]
    public string Type { get; } = "https://in-toto.io/Statement/v1";

    public string PredicateType { get; } = "https://slsa.dev/provenance/v1";
}

/// <summary>Something with a name and a digest.</summary>
internal sealed record ResourceDescriptor(string Name, DigestSet Digest);

/// <summary>Digests of the same bytes by several algorithms; here by one.</summary>
internal sealed record DigestSet(string Sha256);

/// <summary>What a build was made from, and how it went.</summary>
internal sealed record Provenance(BuildDefinition BuildDefinition, RunDetails RunDetails);

/// <summary>What a build was made from.</summary>
internal sealed record BuildDefinition(ExternalParameters ExternalParameters, ImmutableArray<ResourceDescriptor> ResolvedDependencies)
{
    [JsonPropertyOrder(-1)]
    public string BuildType { get; } = "urn:miyabi:run:1";
}

/// <summary>What a person asked for: the plan, and what was said about this run.</summary>
internal sealed record ExternalParameters(PlanParameter Plan, ImmutableSortedDictionary<string, string> Providers, ImmutableArray<string> Inputs)
{
    public Schedule? Schedule { get; init; }

    public int? MaxParallel { get; init; }
}

/// <summary>The plan: its name and the digest of its compact form.</summary>
internal sealed record PlanParameter(string Name, DigestSet Digest);

/// <summary>How a build went.</summary>
internal sealed record RunDetails(Builder Builder, BuildMetadata Metadata, ImmutableArray<ResourceDescriptor> Byproducts)
{
    [JsonPropertyName("miyabi_run")]
    public required RunFacts Run { get; init; }
}

/// <summary>Who carried a build out.</summary>
internal sealed record Builder(string Id);

/// <summary>Which build it was, and when.</summary>
internal sealed record BuildMetadata(string InvocationId, DateTimeOffset StartedOn, DateTimeOffset FinishedOn);

/// <summary>What a run's last manifest says of the whole.</summary>
internal sealed record RunFacts
{
    public required int Generation { get; init; }

    public required RunOutcome Outcome { get; init; }

    public required int Tasks { get; init; }

    public required int Accepted { get; init; }

    public required int Failed { get; init; }

    public required int Skipped { get; init; }

    public required int Attempts { get; init; }

    public required long InputTokens { get; init; }

    public required long OutputTokens { get; init; }

    public required decimal CostUsd { get; init; }

    public required string ContentRoot { get; init; }

    public required string Root { get; init; }

    /// <summary>Ids of the keys that sealed the run's documents.</summary>
    public required ImmutableArray<string> KeyIds { get; init; }
}
