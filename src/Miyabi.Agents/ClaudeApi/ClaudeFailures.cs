using Miyabi.Agents.Models;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.ClaudeApi;

/// <summary>What errors of the Anthropic Messages API mean.</summary>
internal static class ClaudeFailures
{
    public static FailureMap Map { get; } = new(
    [
        new(401, null, null, FailureKind.Unauthorized, "The key is missing or wrong: look at ANTHROPIC_API_KEY."),
        new(403, null, null, FailureKind.Unauthorized, "The key may not do this: look at what its workspace is allowed."),
        new(404, null, null, FailureKind.Unauthorized, "The model is not there, or not for this key: look at the settings of the model and the base URL."),
        new(402, null, null, FailureKind.QuotaExhausted, "The account has no credit left: add some, or use another key."),
        new(null, "billing_error", null, FailureKind.QuotaExhausted, "The account has no credit left: add some, or use another key."),
        new(400, null, "credit balance", FailureKind.QuotaExhausted, "The account has no credit left: add some, or use another key."),
        new(400, null, "usage limits", FailureKind.QuotaExhausted, "The account's spending limit is reached: raise it, or wait for the next month."),
        new(400, null, "prompt is too long", FailureKind.ContextTooLong, "The prompt does not fit the model: set its context tokens to what it really has."),
        new(400, null, "context limit", FailureKind.ContextTooLong, "Prompt and answer do not fit the model: set its context tokens to what it really has."),
        new(413, null, null, FailureKind.ContextTooLong, "The request is larger than the API takes: make prompt and inputs smaller."),
        new(429, null, null, FailureKind.RateLimited, "The API takes no more calls from this key now."),
        new(null, "rate_limit_error", null, FailureKind.RateLimited, "The API takes no more calls from this key now."),
        new(529, null, null, FailureKind.Overloaded, "The API is overloaded."),
        new(503, null, null, FailureKind.Overloaded, "The API is overloaded."),
        new(null, "overloaded_error", null, FailureKind.Overloaded, "The API is overloaded."),
        new(400, null, null, FailureKind.Failed, "The API refuses the request."),
        new(422, null, null, FailureKind.Failed, "The API refuses the request."),
        new(null, null, null, FailureKind.Unavailable, "The API failed."),
    ]);
}
