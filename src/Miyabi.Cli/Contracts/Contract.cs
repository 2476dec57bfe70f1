using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Verification;
using Miyabi.Storage.Keys;

namespace Miyabi.Cli.Contracts;

/// <summary>What <c>--json</c> prints: one object a command, described by <c>schemas/cli/*.schema.json</c>, versioned by its <c>contract</c>.</summary>
/// <remarks>A version gains properties; what is there keeps its name and meaning.</remarks>
internal static class Contract
{
    private static readonly ContractJson Json = new(new JsonSerializerOptions(ContractJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.Default, // goes to terminals: everything that is not plain is escaped
    });

    internal static Task WriteAsync(PlanJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.PlanJson));

    internal static Task WriteAsync(RunView value) => WriteAsync(JsonSerializer.Serialize(new RunJson { Run = value }, Json.RunJson));

    internal static Task WriteAsync(ListJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.ListJson));

    internal static Task WriteAsync(ResultsJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.ResultsJson));

    internal static Task WriteAsync(VerifyJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.VerifyJson));

    internal static Task WriteAsync(KeysJson value) => WriteAsync(JsonSerializer.Serialize(value, Json.KeysJson));

    /// <summary>A JSON value as it is.</summary>
    internal static Task WriteElementAsync(JsonElement value) => WriteAsync(JsonSerializer.Serialize(value, Json.JsonElement));

    private static Task WriteAsync(string json) => Console.Out.WriteLineAsync(json);
}

/// <summary><c>plan --json</c>.</summary>
internal sealed record PlanJson
{
    public string Contract { get; } = "miyabi.plan/1";

    public required string Name { get; init; }

    public required string Schedule { get; init; }

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
        Schedule = plan.Schedule.ToString().ToLowerInvariant(),
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

/// <summary><c>run --json</c>, <c>resume --json</c>, <c>status --json</c>.</summary>
internal sealed record RunJson
{
    public string Contract { get; } = "miyabi.run/1";

    public required RunView Run { get; init; }
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

/// <summary><c>verify --json</c>.</summary>
internal sealed record VerifyJson
{
    public string Contract { get; } = "miyabi.verify/1";

    public required bool Proven { get; init; }

    public required VerificationReport Report { get; init; }

    internal static VerifyJson Of(VerificationReport report) => new() { Proven = report.IsProven, Report = report };
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

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    WriteIndented = true,
    NewLine = "\n",
    Converters = [typeof(UtcConverter), typeof(DurationConverter)])]
[JsonSerializable(typeof(PlanJson))]
[JsonSerializable(typeof(RunJson))]
[JsonSerializable(typeof(ListJson))]
[JsonSerializable(typeof(ResultsJson))]
[JsonSerializable(typeof(VerifyJson))]
[JsonSerializable(typeof(KeysJson))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ContractJson : JsonSerializerContext;
