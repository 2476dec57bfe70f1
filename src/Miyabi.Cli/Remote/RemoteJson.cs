using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Web.Contracts;

namespace Miyabi.Cli.Remote;

/// <summary>A page of <c>GET runs/{id}/documents</c>.</summary>
internal sealed record DocumentPage(ImmutableArray<DocumentItem> Documents, string? Next = null);

/// <summary>A document of a run: its name below the run's folder.</summary>
internal sealed record DocumentItem(string Name, long Bytes);

/// <summary>A page of <c>GET runs/{id}/events</c>: of the items, how many there are.</summary>
internal sealed record EventPage(ImmutableArray<JsonElement> Items, string? Next = null, bool Ended = false);

/// <summary>What is asked for by <c>POST runs</c>.</summary>
internal sealed record StartRequest(JsonElement Plan, string RunId, StartOptions Options);

/// <summary>How the run is to be carried out.</summary>
internal sealed record StartOptions(string? Schedule, int? MaxParallel, ImmutableSortedDictionary<string, string>? Providers, bool Reuse, double Speed);

/// <summary>What a run that was posted comes to.</summary>
internal sealed record StartAnswer(string Run, RunStanding? Standing = null);

/// <summary>What is asked for by the requests that decide about a run.</summary>
internal sealed record ControlRequest(string Reason)
{
    public string? Task { get; init; }

    public Budget? Budget { get; init; }
}

/// <summary>The app's key, <c>GET keys</c>.</summary>
internal sealed record AppKey(string KeyId, string PublicKey);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 192,
    Converters = [typeof(UtcConverter), typeof(DurationConverter), typeof(NameConverter<RunStanding>)])]
[JsonSerializable(typeof(DocumentPage))]
[JsonSerializable(typeof(EventPage))]
[JsonSerializable(typeof(StartRequest))]
[JsonSerializable(typeof(StartAnswer))]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(AppKey))]
internal sealed partial class RemoteJson : JsonSerializerContext;
