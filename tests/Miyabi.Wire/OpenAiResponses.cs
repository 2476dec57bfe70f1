using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Miyabi.Wire;

/// <summary>The OpenAI Responses API.</summary>
public sealed class OpenAiResponses : WireServer
{
    private OpenAiResponses()
    {
    }

    /// <inheritdoc/>
    public override string Url => $"{Root}/v1";

    /// <summary>Starts one.</summary>
    public static async Task<OpenAiResponses> StartAsync()
    {
        var server = new OpenAiResponses();
        await server.ListenAsync();
        return server;
    }

    /// <inheritdoc/>
    protected override string ModelJson(string id) => JsonSerializer.Serialize(new { id, @object = "model", created = 1767225600, owned_by = "openai" });

    /// <inheritdoc/>
    protected override WireRequest Read(HttpRequest request, JsonElement body) => new(
        request.Path,
        request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal),
        body,
        body.GetProperty("instructions").GetString()!,
        body.GetProperty("input")[0].GetProperty("content")[0].GetProperty("text").GetString()!,
        body.TryGetProperty("text", out var text) ? text.GetProperty("format").GetProperty("schema") : default);

    /// <inheritdoc/>
    protected override async Task AnswerAsync(HttpContext context, WireRequest request, WireScenario scenario)
    {
        switch (scenario)
        {
            case WireScenario.Slow:
                await HangAsync(context);
                break;
            case WireScenario.Unauthorized:
                await ErrorAsync(context, 401, "invalid_request_error", "invalid_api_key", $"Incorrect API key provided: {request.Key}.");
                break;
            case WireScenario.NotFound:
                await ErrorAsync(context, 404, "invalid_request_error", "model_not_found", "The model does not exist or you do not have access to it.");
                break;
            case WireScenario.RateLimitedFor7s:
                context.Response.Headers.RetryAfter = "7";
                goto case WireScenario.RateLimited;
            case WireScenario.RateLimitedForAnHour:
                context.Response.Headers.RetryAfter = "3600";
                goto case WireScenario.RateLimited;
            case WireScenario.RateLimited:
                await ErrorAsync(context, 429, "requests", "rate_limit_exceeded", $"Rate limit reached by {request.Key}.");
                break;
            case WireScenario.QuotaExhausted:
                await ErrorAsync(context, 429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota.");
                break;
            case WireScenario.ServerError:
                await ErrorAsync(context, 500, "server_error", null, "The server had an error.");
                break;
            case WireScenario.Overloaded:
                await ErrorAsync(context, 529, "overloaded", null, "Overloaded");
                break;
            case WireScenario.GatewayAway:
                await PageAsync(context, 503);
                break;
            case WireScenario.UnknownStatus:
                await ErrorAsync(context, 418, "teapot", null, "Something new");
                break;
            case WireScenario.ContextTooLong:
                await ErrorAsync(context, 400, "invalid_request_error", "context_length_exceeded", "Your input exceeds the context window of this model.");
                break;
            case WireScenario.BadRequest:
                await ErrorAsync(context, 400, "invalid_request_error", "invalid_json_schema", "Invalid schema for response_format.");
                break;
            case WireScenario.Garbage:
                await PageAsync(context, 200);
                break;
            case WireScenario.Redirect:
                context.Response.Redirect($"{Root}/elsewhere", permanent: false, preserveMethod: true);
                break;
            case WireScenario.Dropped:
                context.Abort();
                break;
            case WireScenario.HugeOutput:
                await HugeAsync(context);
                break;
            case WireScenario.Cut or WireScenario.DroppedMidway:
                await HalfAsync(context, Response(request, WireScenario.Success).ToJsonString(), scenario);
                break;
            default:
                await JsonAsync(context, 200, Response(request, scenario).ToJsonString());
                break;
        }
    }

    private JsonObject Response(WireRequest request, WireScenario scenario)
    {
        var text = scenario switch
        {
            WireScenario.NoJson => "Certainly! Here is what you asked for.",
            WireScenario.SchemaNotMet => """{"answer": 42}""",
            _ => Answer(request),
        };
        if (scenario is WireScenario.MaxTokens or WireScenario.Filtered)
            text = text[..(text.Length / 2)];
        var status = scenario switch
        {
            WireScenario.MaxTokens or WireScenario.Filtered => "incomplete",
            WireScenario.OverloadedMidway => "failed",
            _ => "completed",
        };
        var part = scenario == WireScenario.Refusal
            ? new JsonObject { ["type"] = "refusal", ["refusal"] = "I cannot help with that." }
            : new JsonObject { ["type"] = "output_text", ["text"] = text, ["annotations"] = new JsonArray() };
        return new JsonObject
        {
            ["id"] = "resp_1", ["object"] = "response", ["created_at"] = 1_800_000_000, ["status"] = status, ["model"] = request.Body.GetProperty("model").GetString(),
            ["error"] = scenario == WireScenario.OverloadedMidway ? new JsonObject { ["code"] = "rate_limit_exceeded", ["message"] = "Too many." } : null,
            ["incomplete_details"] = scenario switch
            {
                WireScenario.MaxTokens => new JsonObject { ["reason"] = "max_output_tokens" },
                WireScenario.Filtered => new JsonObject { ["reason"] = "content_filter" },
                _ => null,
            },
            ["parallel_tool_calls"] = true, ["tool_choice"] = "auto", ["tools"] = new JsonArray(),
            ["output"] = scenario is WireScenario.Empty or WireScenario.OverloadedMidway ? new JsonArray() : new JsonArray(new JsonObject
            {
                ["id"] = "msg_1", ["type"] = "message", ["role"] = "assistant", ["status"] = status, ["content"] = new JsonArray(part),
            }),
            ["usage"] = new JsonObject
            {
                // Here the cached ones are among the input tokens.
                ["input_tokens"] = InputTokens + CachedTokens, ["input_tokens_details"] = new JsonObject { ["cached_tokens"] = CachedTokens },
                ["output_tokens"] = OutputTokens, ["output_tokens_details"] = new JsonObject { ["reasoning_tokens"] = 0 }, ["total_tokens"] = InputTokens + CachedTokens + OutputTokens,
            },
        };
    }

    private static Task ErrorAsync(HttpContext context, int status, string type, string? code, string message) =>
        JsonAsync(context, status, new JsonObject { ["error"] = new JsonObject { ["message"] = message, ["type"] = type, ["param"] = null, ["code"] = code } }.ToJsonString());

    private static async Task HalfAsync(HttpContext context, string json, WireScenario scenario)
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(json[..(json.Length / 2)], context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        if (scenario == WireScenario.DroppedMidway)
            context.Abort();
    }

    private static async Task HugeAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync("""{ "id": "resp_1", "filler": " """, context.RequestAborted);
        var piece = new string('x', 1024 * 1024);
        for (var times = 0; times < 4_096; times++)
            await context.Response.WriteAsync(piece, context.RequestAborted);
    }
}
