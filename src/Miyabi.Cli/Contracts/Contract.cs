using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Miyabi.Cli.Doctor;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Transfer;
using Miyabi.Core.Verification;
using Miyabi.Storage.Keys;

namespace Miyabi.Cli.Contracts;

/// <summary>What <c>--json</c> prints: one object a command, described by <c>schemas/cli/*.schema.json</c>, versioned by its <c>contract</c>.</summary>
/// <remarks>A version gains properties; what is there keeps its name and meaning.</remarks>
internal static class Contract
{
    private static readonly ContractJson Json = new(new JsonSerializerOptions(ContractJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // ReadableJson sees to what must not reach a terminal
    });

    private static readonly ContractJson CompactJson = new(new JsonSerializerOptions(Json.Options) { WriteIndented = false });

    /// <summary>How a view is read that another process printed.</summary>
    internal static JsonTypeInfo<RunView> RunViewType => Json.RunView;

    internal static Task WriteAsync(PlanJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.PlanJson));

    /// <summary><c>run --json</c>, <c>resume --json</c>, <c>status --json</c>.</summary>
    internal static Task WriteAsync(RunView value) => WriteAsync(Versioned("miyabi.run/1", JsonSerializer.SerializeToNode(value, Json.RunView)!));

    /// <summary>A line of <c>watch --json</c>: the same object.</summary>
    internal static string Line(RunView value) =>
        ReadableJson.Of(JsonSerializer.Serialize(WithContract("miyabi.run/1", JsonSerializer.SerializeToNode(value, Json.RunView)!), CompactJson.JsonNode));

    internal static Task WriteAsync(ListJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.ListJson));

    internal static Task WriteAsync(ResultsJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.ResultsJson));

    /// <summary><c>verify --json</c>.</summary>
    internal static Task WriteAsync(VerificationReport value)
    {
        var report = JsonSerializer.SerializeToNode(value, Json.VerificationReport)!.AsObject();
        report.Remove("isProven");
        report.Insert(1, "proven", JsonValue.Create(value.IsProven, Json.Boolean));
        return WriteAsync(Versioned("miyabi.verify/1", report));
    }

    internal static Task WriteAsync(ControlJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.ControlJson));

    internal static Task WriteAsync(KeysJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.KeysJson));

    internal static Task WriteAsync(DoctorJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.DoctorJson));

    internal static Task WriteAsync(CopyJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.CopyJson));

    /// <summary>A JSON value as it is.</summary>
    internal static Task WriteElementAsync(JsonElement value) => WriteAsync(JsonSerializer.Serialize(value, Json.JsonElement));

    /// <summary>A JSON value on one line.</summary>
    internal static string Compact(JsonElement value) => ReadableJson.Of(JsonSerializer.Serialize(value, CompactJson.JsonElement));

    private static string Versioned(string contract, JsonNode value) => JsonSerializer.Serialize(WithContract(contract, value), Json.JsonNode);

    private static JsonNode WithContract(string contract, JsonNode value)
    {
        value.AsObject().Insert(0, "contract", JsonValue.Create(contract, Json.String));
        return value;
    }

    private static Task WriteAsync(string json) => Console.Out.WriteLineAsync(ReadableJson.Of(json));
}

/// <summary><c>plan --json</c>.</summary>
internal sealed record PlanJson
{
    public string Contract { get; } = "miyabi.plan/1";

    public required string Name { get; init; }

    public required Schedule Schedule { get; init; }

    public required int MaxParallel { get; init; }

    public required int Tasks { get; init; }

    public required ImmutableArray<ImmutableArray<string>> Waves { get; init; }

    public required ImmutableArray<string> CriticalPath { get; init; }

    public required TimeSpan CriticalPathDuration { get; init; }

    public required int PeakParallelism { get; init; }

    public required TimeSpan ExpectedMakespan { get; init; }

    public required ImmutableArray<AgentLoad> Agents { get; init; }

    internal static PlanJson Of(RunPlan plan, CriticalPath path, Forecast forecast) => new()
    {
        Name = plan.Plan.Name,
        Schedule = plan.Schedule,
        MaxParallel = plan.MaxParallel,
        Tasks = plan.TaskCount,
        Waves = [.. plan.Waves.Select(wave => wave.Select(task => plan.Plan.Tasks[task].Id).ToImmutableArray())],
        CriticalPath = path.Tasks,
        CriticalPathDuration = path.Length,
        PeakParallelism = forecast.PeakParallelism,
        ExpectedMakespan = forecast.Makespan,
        Agents = forecast.Load,
    };
}

/// <summary><c>list --json</c>.</summary>
internal sealed record ListJson
{
    public string Contract { get; } = "miyabi.list/1";

    public required ImmutableArray<RunSummary> Runs { get; init; }
}

/// <summary><c>results --json</c>.</summary>
internal sealed record ResultsJson
{
    public string Contract { get; } = "miyabi.results/1";

    public required string Run { get; init; }

    public required ImmutableArray<ResultJson> Results { get; init; }

    internal static ResultsJson Of(string run, IEnumerable<ResultDocument> results) => new() { Run = run, Results = [.. results.Select(ResultJson.Of)] };
}

/// <summary>A task's last result.</summary>
internal sealed record ResultJson(
    string Task,
    int Attempt,
    string Agent,
    string Provider,
    AttemptOutcome Outcome,
    DateTimeOffset StartedAt,
    DateTimeOffset EndedAt,
    AgentUsage Usage,
    AgentFailure? Failure,
    string? PayloadDigest,
    JsonElement? Output,
    ImmutableArray<ArtifactReference> Files)
{
    internal static ResultJson Of(ResultDocument result) => new(
        result.Task,
        result.Attempt,
        result.Agent,
        result.Provider,
        result.Outcome,
        result.StartedAt,
        result.EndedAt,
        result.Usage,
        result.Failure,
        result.PayloadDigest,
        result.Payload?.Output,
        result.Payload?.Files ?? []);
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

/// <summary>Enumerations as this contract has them: camelCase.</summary>
internal sealed class NameConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n",
    MaxDepth = 128,
    Converters =
    [
        typeof(UtcConverter), typeof(DurationConverter), typeof(NameConverter<RunState>), typeof(NameConverter<TaskPhase>), typeof(NameConverter<Schedule>),
        typeof(NameConverter<AgentKind>), typeof(NameConverter<AttemptOutcome>), typeof(NameConverter<FailureKind>), typeof(NameConverter<RunOutcome>),
        typeof(NameConverter<FindingKind>), typeof(NameConverter<ControlKind>), typeof(NameConverter<KeyRole>), typeof(NameConverter<CopySide>),
        typeof(NameConverter<CheckState>), typeof(NameConverter<LeftoverKind>), typeof(NameConverter<LeftoverState>),
    ])]
[JsonSerializable(typeof(PlanJson))]
[JsonSerializable(typeof(RunView))]
[JsonSerializable(typeof(ListJson))]
[JsonSerializable(typeof(ResultsJson))]
[JsonSerializable(typeof(VerificationReport))]
[JsonSerializable(typeof(CopyJson))]
[JsonSerializable(typeof(KeysJson))]
[JsonSerializable(typeof(DoctorJson))]
[JsonSerializable(typeof(ControlJson))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(bool))]
internal sealed partial class ContractJson : JsonSerializerContext;
