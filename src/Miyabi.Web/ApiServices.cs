using System.Collections.Immutable;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;

namespace Miyabi.Web;

/// <summary>What the HTTP API works with.</summary>
public sealed class ApiServices
{
    /// <summary>The runs as the front door sees them: its own, not those of activities. Each is closed after the request that opened it.</summary>
    public required OpenRuns Runs { get; init; }

    /// <summary>The store.</summary>
    public required IBlobStore Store { get; init; }

    /// <summary>Finds a provider by name.</summary>
    public required Func<string, IAgentProvider?> Providers { get; init; }

    /// <summary>The names of providers, for people.</summary>
    public required ImmutableArray<string> ProviderNames { get; init; }

    /// <summary>The id of the key that documents are sealed with.</summary>
    public required string KeyId { get; init; }

    /// <summary>The public half of that key, PEM.</summary>
    public required string PublicKeyPem { get; init; }

    /// <summary>Who carries out agents of a kind for which neither the request nor the plan says so. Default: nobody.</summary>
    public ImmutableDictionary<AgentKind, string> DefaultProviders { get; init; } = ImmutableDictionary<AgentKind, string>.Empty;

    /// <summary>The longest timeout of a task; <see langword="null"/>: any. Default: any.</summary>
    public TimeSpan? LongestTask { get; init; }

    /// <summary>
    /// Requests are let in by App Service's authentication, which says who it is in <c>X-MS-CLIENT-PRINCIPAL</c>; one without that is refused. Default: no, the host
    /// asks for keys.
    /// </summary>
    public bool AsksForPrincipal { get; init; }

    /// <summary>The time. Default: the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Makes 32 hex digits that nobody else has.</summary>
    public Func<string> NewHolder { get; init; } = () => Guid.NewGuid().ToString("N");
}
