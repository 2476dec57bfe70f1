using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Wire;

namespace Miyabi.Agents.Tests.Models;

/// <summary>What a scenario comes to.</summary>
internal sealed record Expected
{
    /// <summary>The kind of failure; <see langword="null"/>: success.</summary>
    public FailureKind? Failure { get; init; }

    /// <summary>Why the provider has no such scenario.</summary>
    public string? NotApplicable { get; init; }

    /// <summary>Whether the attempt has used something up, and whether all of it is known.</summary>
    public Bill Bill { get; init; }

    public static Expected Success { get; } = new() { Bill = Bill.Told };

    public static Expected Failed(FailureKind kind, Bill bill = Bill.None) => new() { Failure = kind, Bill = bill };

    public static Expected None(string why) => new() { NotApplicable = why };
}

/// <summary>What is known of what an attempt has used up.</summary>
internal enum Bill
{
    /// <summary>Nothing was used up.</summary>
    None,

    /// <summary>What the provider said at the end.</summary>
    Told,

    /// <summary>What the provider said until it broke off, and perhaps more.</summary>
    Part,

    /// <summary>Nothing is known: it may be none, or much.</summary>
    Unknown,
}

/// <summary>For every provider and scenario what is expected, or why it does not apply.</summary>
internal static class ScenarioTable
{
    /// <summary>One row a scenario: over <c>claude-api</c>, over <c>codex-api</c>.</summary>
    public static ImmutableSortedDictionary<WireScenario, (Expected Claude, Expected Codex)> Rows { get; } = new Dictionary<WireScenario, (Expected, Expected)>
    {
        [WireScenario.Success] = (Expected.Success, Expected.Success),
        [WireScenario.Slow] = Both(Expected.None("it has no end of its own: the cancellations of the conformance suite and UsageTests end it")),
        [WireScenario.Unauthorized] = Both(Expected.Failed(FailureKind.Unauthorized)),
        [WireScenario.NotFound] = Both(Expected.Failed(FailureKind.Unauthorized)),
        [WireScenario.RateLimited] = Both(Expected.Failed(FailureKind.RateLimited)),
        [WireScenario.RateLimitedFor7s] = Both(Expected.Failed(FailureKind.RateLimited)),
        [WireScenario.RateLimitedForAnHour] = Both(Expected.Failed(FailureKind.RateLimited)),
        [WireScenario.QuotaExhausted] = Both(Expected.Failed(FailureKind.QuotaExhausted)),
        [WireScenario.ServerError] = Both(Expected.Failed(FailureKind.Unavailable)),
        [WireScenario.Overloaded] = Both(Expected.Failed(FailureKind.Overloaded)),
        [WireScenario.GatewayAway] = Both(Expected.Failed(FailureKind.Overloaded)),

        // Over OpenAI's API the same is a whole response that says that it failed.
        [WireScenario.OverloadedMidway] = (Expected.Failed(FailureKind.Overloaded, Bill.Part), Expected.Failed(FailureKind.RateLimited, Bill.Told)),
        [WireScenario.OverloadedAtOnce] = (Expected.Failed(FailureKind.Overloaded), Expected.None("over OpenAI's API there is no stream: it is a 503")),
        [WireScenario.Dropped] = Both(Expected.Failed(FailureKind.Unavailable, Bill.Unknown)),

        // A stream tells what it costs from its beginning on, a body with its end.
        [WireScenario.DroppedMidway] = (Expected.Failed(FailureKind.Unavailable, Bill.Part), Expected.Failed(FailureKind.Unavailable, Bill.Unknown)),
        [WireScenario.Cut] = (Expected.Failed(FailureKind.Unavailable, Bill.Part), Expected.Failed(FailureKind.Unavailable, Bill.Unknown)),
        [WireScenario.Garbage] = Both(Expected.Failed(FailureKind.Unavailable, Bill.Unknown)),
        [WireScenario.Redirect] = Both(Expected.Failed(FailureKind.Unavailable)),
        [WireScenario.Refusal] = Both(Expected.Failed(FailureKind.Refused, Bill.Told)),
        [WireScenario.Filtered] = (Expected.None("Anthropic's API tells of it as a refusal"), Expected.Failed(FailureKind.Refused, Bill.Told)),
        [WireScenario.ContextTooLong] = Both(Expected.Failed(FailureKind.ContextTooLong)),
        [WireScenario.BadRequest] = Both(Expected.Failed(FailureKind.Failed)),
        [WireScenario.MaxTokens] = Both(Expected.Failed(FailureKind.InvalidOutput, Bill.Told)),
        [WireScenario.Empty] = Both(Expected.Failed(FailureKind.InvalidOutput, Bill.Told)),
        [WireScenario.NoJson] = Both(Expected.Failed(FailureKind.InvalidOutput, Bill.Told)),
        [WireScenario.SchemaNotMet] = Both(Expected.Failed(FailureKind.InvalidOutput, Bill.Told)),
        [WireScenario.UnknownStatus] = Both(Expected.Failed(FailureKind.Unavailable)),
        [WireScenario.HugeOutput] = (Expected.Failed(FailureKind.InvalidOutput, Bill.Part), Expected.Failed(FailureKind.InvalidOutput, Bill.Unknown)),
    }.ToImmutableSortedDictionary();

    private static (Expected Claude, Expected Codex) Both(Expected expected) => (expected, expected);
}
