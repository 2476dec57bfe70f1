using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Miyabi.Core.Plans;

namespace Miyabi.Cli.Remote;

/// <summary>What is asked for by <c>POST runs</c>.</summary>
internal sealed record StartRequest(JsonElement Plan, string RunId, StartOptions Options);

/// <summary>How the run is to be carried out.</summary>
internal sealed record StartOptions(string? Schedule, int? MaxParallel, ImmutableSortedDictionary<string, string> Providers, bool Reuse, double Speed);

/// <summary>What is asked for by the requests that decide about a run.</summary>
internal sealed record DecisionRequest(string Reason)
{
    public string? Task { get; init; }

    public Budget? Budget { get; init; }
}

/// <summary>What is sent; what is answered is read by the types of Miyabi.Web that it was written by.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 192,
    Converters = [typeof(Core.Ledger.DurationConverter)])]
[JsonSerializable(typeof(StartRequest))]
[JsonSerializable(typeof(DecisionRequest))]
internal sealed partial class RemoteJson : JsonSerializerContext;
