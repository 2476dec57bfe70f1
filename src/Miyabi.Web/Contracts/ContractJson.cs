using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;

namespace Miyabi.Web.Contracts;

/// <summary>How what the commands print and the HTTP API answers is written as JSON: the forms that both have, in one place.</summary>
/// <remarks>For people: indented, with letters of any script as they are; whoever prints it sees to what must not reach a terminal.</remarks>
public static class ContractJson
{
    private static readonly SharedJson Json = new(new JsonSerializerOptions(SharedJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    private static readonly SharedJson CompactJson = new(new JsonSerializerOptions(Json.Options) { WriteIndented = false });

    /// <summary>How a run's is read that came from elsewhere: unknown properties are passed over, and nothing else is looked at.</summary>
    public static JsonTypeInfo<RunView> RunType => Json.RunView;

    /// <summary>How many runs' are read that came from elsewhere.</summary>
    public static JsonTypeInfo<ListJson> ListType => Json.ListJson;

    /// <summary>How a control's is read that came from elsewhere.</summary>
    public static JsonTypeInfo<ControlJson> ControlType => Json.ControlJson;

    /// <summary>A plan's.</summary>
    public static string Of(PlanJson value) => JsonSerializer.Serialize(value, Json.PlanJson);

    /// <summary>A run's: <c>miyabi.run/1</c>.</summary>
    public static string Of(RunView value) => JsonSerializer.Serialize(Node(value), Json.JsonNode);

    /// <summary>The same on one line.</summary>
    public static string LineOf(RunView value) => JsonSerializer.Serialize(Node(value), CompactJson.JsonNode);

    /// <summary>Many runs'.</summary>
    public static string Of(ListJson value) => JsonSerializer.Serialize(value, Json.ListJson);

    /// <summary>Results'.</summary>
    public static string Of(ResultsJson value) => JsonSerializer.Serialize(value, Json.ResultsJson);

    /// <summary>A control's.</summary>
    public static string Of(ControlJson value) => JsonSerializer.Serialize(value, Json.ControlJson);

    /// <summary>Any value's.</summary>
    public static string Of(JsonElement value) => JsonSerializer.Serialize(value, Json.JsonElement);

    /// <summary>The same on one line.</summary>
    public static string LineOf(JsonElement value) => JsonSerializer.Serialize(value, CompactJson.JsonElement);

    /// <summary>A run with its contract's name.</summary>
    internal static JsonNode Node(RunView value)
    {
        var node = JsonSerializer.SerializeToNode(value, Json.RunView)!;
        node.AsObject().Insert(0, "contract", JsonValue.Create("miyabi.run/1", Json.String));
        return node;
    }
}

/// <summary>Enumerations as the contracts have them: camelCase.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
public sealed class NameConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n",
    MaxDepth = 128,
    Converters =
    [
        typeof(UtcConverter), typeof(DurationConverter), typeof(NameConverter<RunState>), typeof(NameConverter<TaskPhase>), typeof(NameConverter<TaskStage>), typeof(NameConverter<Schedule>),
        typeof(NameConverter<AgentKind>), typeof(NameConverter<AttemptOutcome>), typeof(NameConverter<FailureKind>), typeof(NameConverter<RunOutcome>),
        typeof(NameConverter<ControlKind>), typeof(NameConverter<Core.FrontDoor.RunStanding>),
    ])]
[JsonSerializable(typeof(PlanJson))]
[JsonSerializable(typeof(RunView))]
[JsonSerializable(typeof(ListJson))]
[JsonSerializable(typeof(ResultsJson))]
[JsonSerializable(typeof(ControlJson))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(string))]
internal sealed partial class SharedJson : JsonSerializerContext;
