using Miyabi.Agents.Models;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.CodexApi;

/// <summary>What errors of the OpenAI Responses API mean.</summary>
internal static class CodexFailures
{
    public static FailureMap Map { get; } = new(
    [
        new(401, null, null, FailureKind.Unauthorized, "The key is missing or wrong: look at OPENAI_API_KEY."),
        new(403, null, null, FailureKind.Unauthorized, "The key may not do this: look at what its project is allowed."),
        new(404, null, null, FailureKind.Unauthorized, "The model is not there, or not for this key: look at the settings of the model and the base URL."),
        new(null, "insufficient_quota", null, FailureKind.QuotaExhausted, "The account's quota is used up: add credit, or use another key."),
        new(null, "billing_hard_limit_reached", null, FailureKind.QuotaExhausted, "The account's spending limit is reached: raise it, or use another key."),
        new(402, null, null, FailureKind.QuotaExhausted, "The account's quota is used up: add credit, or use another key."),
        new(null, "context_length_exceeded", null, FailureKind.ContextTooLong, "The prompt does not fit the model: set its context tokens to what it really has."),
        new(413, null, null, FailureKind.ContextTooLong, "The request is larger than the API takes: make prompt and inputs smaller."),
        new(400, "invalid_prompt", null, FailureKind.Refused, "The provider refuses the prompt."),
        new(null, "content_policy_violation", null, FailureKind.Refused, "The provider refuses the prompt."),
        new(null, "content_filter", null, FailureKind.Refused, "The provider refuses the prompt."),
        new(429, null, null, FailureKind.RateLimited, "The API takes no more calls from this key now."),
        new(null, "rate_limit_exceeded", null, FailureKind.RateLimited, "The API takes no more calls from this key now."),
        new(503, null, null, FailureKind.Overloaded, "The API is overloaded."),
        new(529, null, null, FailureKind.Overloaded, "The API is overloaded."),
        new(400, null, null, FailureKind.Failed, "The API refuses the request."),
        new(422, null, null, FailureKind.Failed, "The API refuses the request."),
        new(null, null, null, FailureKind.Unavailable, "The API failed."),
    ]);
}
