using System.Collections.Immutable;
using Miyabi.Core.Runs;

namespace Miyabi.Web.Contracts;

/// <summary>Runs of a store: <c>miyabi.list/1</c>.</summary>
public sealed record ListJson
{
    /// <summary>Which contract this is, and its version.</summary>
    public string Contract { get; } = "miyabi.list/1";

    /// <summary>The runs.</summary>
    public required ImmutableArray<RunSummary> Runs { get; init; }

    /// <summary>Over HTTP, where there may be more: what to ask for them with.</summary>
    public string? Next { get; init; }
}
