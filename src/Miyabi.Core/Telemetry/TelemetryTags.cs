using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Telemetry;

/// <summary>The attributes by name, and their values.</summary>
internal static class TelemetryTags
{
    internal const string Run = "miyabi.run";
    internal const string Task = "miyabi.task";
    internal const string Attempt = "miyabi.attempt";
    internal const string Step = "miyabi.step";
    internal const string Owner = "miyabi.owner";
    internal const string Agent = "miyabi.agent";
    internal const string AgentKind = "miyabi.agent.kind";
    internal const string Provider = "miyabi.provider";
    internal const string Outcome = "miyabi.outcome";
    internal const string Found = "miyabi.attempt.found";
    internal const string Reused = "miyabi.attempt.reused";
    internal const string TakenOver = "miyabi.attempt.taken_over";
    internal const string Files = "miyabi.attempt.files";
    internal const string Endings = "miyabi.step.endings";
    internal const string Starts = "miyabi.step.starts";
    internal const string Superseded = "miyabi.superseded";
    internal const string Reopened = "miyabi.run.reopened";

    internal const string ErrorType = "error.type";

    // OpenTelemetry's GenAI conventions, v0.1.0 of semantic-conventions-genai.
    internal const string GenAiOperation = "gen_ai.operation.name";
    internal const string GenAiProvider = "gen_ai.provider.name";
    internal const string GenAiAgent = "gen_ai.agent.name";
    internal const string GenAiInputTokens = "gen_ai.usage.input_tokens";
    internal const string GenAiOutputTokens = "gen_ai.usage.output_tokens";
    internal const string GenAiTokenType = "gen_ai.token.type";
    internal const string InvokeAgent = "invoke_agent";

    internal const string Succeeded = "succeeded";
    internal const string Failed = "failed";

    private static readonly string[] Failures = Names<FailureKind>();
    private static readonly string[] Outcomes = Names<RunOutcome>();
    private static readonly string[] Kinds = Names<Plans.AgentKind>();

    /// <summary>As documents have it: <c>timedOut</c>.</summary>
    internal static string Of(FailureKind kind) => Failures[(int)kind];

    internal static string Of(RunOutcome outcome) => Outcomes[(int)outcome];

    internal static string Of(Plans.AgentKind kind) => Kinds[(int)kind];

    /// <summary>The provider as the GenAI conventions name it: who makes the model, as far as our provider's name says so; else our provider's name.</summary>
    internal static string GenAiProviderOf(string provider) =>
        provider.StartsWith("claude", StringComparison.Ordinal) ? "anthropic"
        : provider.StartsWith("codex", StringComparison.Ordinal) ? "openai"
        : provider;

    private static string[] Names<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName)];
}
