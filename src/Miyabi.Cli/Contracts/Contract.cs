using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Miyabi.Cli.Doctor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Transfer;
using Miyabi.Core.Verification;
using Miyabi.Storage.Keys;
using Miyabi.Web.Contracts;

namespace Miyabi.Cli.Contracts;

/// <summary>What <c>--json</c> prints: one object a command, described by <c>schemas/cli/*.schema.json</c>, versioned by its <c>contract</c>.</summary>
/// <remarks>A version gains properties; what is there keeps its name and meaning.</remarks>
internal static class Contract
{
    private static readonly CommandJson Json = new(new JsonSerializerOptions(CommandJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // ReadableJson sees to what must not reach a terminal
    });

    internal static Task WriteAsync(PlanJson value) => WriteAsync(ContractJson.Of(value));

    /// <summary><c>run --json</c>, <c>resume --json</c>, <c>status --json</c>.</summary>
    internal static Task WriteAsync(RunView value) => WriteAsync(ContractJson.Of(value));

    /// <summary>A line of <c>watch --json</c>: the same object.</summary>
    internal static string Line(RunView value) => ReadableJson.Of(ContractJson.LineOf(value));

    internal static Task WriteAsync(ListJson value) => WriteAsync(ContractJson.Of(value));

    internal static Task WriteAsync(ResultsJson value) => WriteAsync(ContractJson.Of(value));

    internal static Task WriteAsync(ControlJson value) => WriteAsync(ContractJson.Of(value));

    /// <summary><c>verify --json</c>.</summary>
    internal static Task WriteAsync(VerificationReport value)
    {
        var report = JsonSerializer.SerializeToNode(value, Json.VerificationReport)!.AsObject();
        report.Remove("isProven");
        report.Insert(0, "contract", JsonValue.Create("miyabi.verify/1", Json.String));
        report.Insert(2, "proven", JsonValue.Create(value.IsProven, Json.Boolean));
        return WriteAsync(JsonSerializer.Serialize(report, Json.JsonNode));
    }

    internal static Task WriteAsync(KeysJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.KeysJson));

    internal static Task WriteAsync(DoctorJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.DoctorJson));

    internal static Task WriteAsync(CopyJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.CopyJson));

    /// <summary>A JSON value as it is.</summary>
    internal static Task WriteElementAsync(JsonElement value) => WriteAsync(ContractJson.Of(value));

    /// <summary>A JSON value on one line.</summary>
    internal static string Compact(JsonElement value) => ReadableJson.Of(ContractJson.LineOf(value));

    private static Task WriteAsync(string json) => Console.Out.WriteLineAsync(ReadableJson.Of(json));
}

/// <summary><c>copy --json</c>.</summary>
internal sealed record CopyJson
{
    public string Contract { get; } = "miyabi.copy/1";

    public required string Run { get; init; }

    public required string From { get; init; }

    public required string To { get; init; }

    public required bool Copied { get; init; }

    public required bool HasEnded { get; init; }

    public required RunOutcome? Outcome { get; init; }

    public required int Documents { get; init; }

    public required int AlreadyThere { get; init; }

    public required int Events { get; init; }

    public required string? ContentRoot { get; init; }

    public required string? SourceRoot { get; init; }

    public required string? TargetRoot { get; init; }

    public required CopySide? WrongIn { get; init; }

    public required ImmutableArray<Finding> Findings { get; init; }

    internal static CopyJson Of(string from, string to, CopyReport report) => new()
    {
        Run = report.Run,
        From = from,
        To = to,
        Copied = report.IsCopied,
        HasEnded = report.HasEnded,
        Outcome = report.Outcome,
        Documents = report.Copied,
        AlreadyThere = report.AlreadyThere,
        Events = report.Events,
        ContentRoot = report.ContentRoot,
        SourceRoot = report.SourceRoot,
        TargetRoot = report.TargetRoot,
        WrongIn = report.WrongIn,
        Findings = report.Findings,
    };
}

/// <summary><c>keys --json</c>.</summary>
internal sealed record KeysJson
{
    public string Contract { get; } = "miyabi.keys/1";

    public required string Home { get; init; }

    public required string OwnKey { get; init; }

    public required ImmutableArray<KeyJson> Keys { get; init; }

    internal static KeysJson Of(string home, InstallationKeys keys) => new()
    {
        Home = home,
        OwnKey = keys.Signer.KeyId,
        Keys = [.. keys.Trusted.Select(key => new KeyJson(key.KeyId, key.Name, key.Roles, key.NotBefore, key.NotAfter))],
    };
}

/// <summary>A trusted key.</summary>
internal sealed record KeyJson(string KeyId, string Name, ImmutableArray<KeyRole> Roles, DateTimeOffset? NotBefore, DateTimeOffset? NotAfter);

/// <summary>What only commands print.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n",
    MaxDepth = 128,
    Converters =
    [
        typeof(UtcConverter), typeof(DurationConverter), typeof(NameConverter<RunOutcome>), typeof(NameConverter<FindingKind>), typeof(NameConverter<KeyRole>),
        typeof(NameConverter<CopySide>), typeof(NameConverter<CheckState>), typeof(NameConverter<LeftoverKind>), typeof(NameConverter<LeftoverState>),
    ])]
[JsonSerializable(typeof(VerificationReport))]
[JsonSerializable(typeof(CopyJson))]
[JsonSerializable(typeof(KeysJson))]
[JsonSerializable(typeof(DoctorJson))]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
internal sealed partial class CommandJson : JsonSerializerContext;
