using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Web.Contracts;

namespace Miyabi.Web.Answers;

/// <summary>A run that was asked for.</summary>
internal sealed record StartJson(string Run, RunState State, RunStanding Standing, string? Instance, IReadOnlyDictionary<string, string> Links);

/// <summary>Files of a run's folder.</summary>
internal sealed record DocumentsJson(IReadOnlyList<DocumentJson> Documents, string? Next);

/// <summary>A file of a run's folder.</summary>
internal sealed record DocumentJson(string Name, long Bytes);

/// <summary>The key that documents are sealed with.</summary>
internal sealed record KeyJson(string KeyId, string Pem);

/// <summary>How the app is.</summary>
internal sealed record HealthJson(string Status, string Store, string Engine, int? WaitingRuns);

/// <summary>What happened in a run.</summary>
internal sealed record EventsJson(IReadOnlyList<EventJson> Items, string Next, bool Ended)
{
    /// <summary>Of an empty answer: <see cref="RunStanding.Stalled"/>, if nobody is at the run any more. Else left out.</summary>
    public RunStanding? Standing { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 128,
    Converters =
    [
        typeof(UtcConverter), typeof(DurationConverter), typeof(NameConverter<RunState>), typeof(NameConverter<RunStanding>), typeof(NameConverter<RunOutcome>),
        typeof(NameConverter<TaskPhase>), typeof(NameConverter<TaskStage>), typeof(NameConverter<Schedule>), typeof(NameConverter<AgentKind>), typeof(NameConverter<AttemptOutcome>),
        typeof(NameConverter<Core.Agents.FailureKind>), typeof(NameConverter<ControlKind>),
    ])]
[JsonSerializable(typeof(StartJson))]
[JsonSerializable(typeof(DocumentsJson))]
[JsonSerializable(typeof(KeyJson))]
[JsonSerializable(typeof(HealthJson))]
[JsonSerializable(typeof(EventsJson))]
[JsonSerializable(typeof(EventJson))]
[JsonSerializable(typeof(ProblemJson))]
[JsonSerializable(typeof(ListJson))]
[JsonSerializable(typeof(ResultsJson))]
[JsonSerializable(typeof(ControlJson))]
[JsonSerializable(typeof(PlanJson))]
[JsonSerializable(typeof(JsonNode))]
internal sealed partial class AnswerJson : JsonSerializerContext;
