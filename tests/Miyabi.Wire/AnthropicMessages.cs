using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Miyabi.Wire;

/// <summary>The Anthropic Messages API, streaming.</summary>
public sealed class AnthropicMessages : WireServer
{
    private const int PieceLength = 64;
    private const int LargePieceLength = 64 * 1024;

    private AnthropicMessages()
    {
    }

    /// <inheritdoc/>
    public override string Url => Root;

    /// <summary>Starts one.</summary>
    public static async Task<AnthropicMessages> StartAsync()
    {
        var server = new AnthropicMessages();
        await server.ListenAsync();
        return server;
    }

    /// <inheritdoc/>
    protected override string ModelJson(string id) => JsonSerializer.Serialize(new { id, type = "model", display_name = id, created_at = "2026-01-01T00:00:00Z" });

    /// <inheritdoc/>
    protected override WireRequest Read(HttpRequest request, JsonElement body) => new(
        request.Path,
        // The API takes a key in either; this version of the client sends it as a token.
        request.Headers.TryGetValue("x-api-key", out var key) ? key.ToString() : request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal),
        body,
        body.GetProperty("system").GetString()!,
        body.GetProperty("messages")[0].GetProperty("content").GetString()!,
        body.TryGetProperty("output_config", out var config) ? config.GetProperty("format").GetProperty("schema") : default);

    /// <inheritdoc/>
    protected override async Task AnswerAsync(HttpContext context, WireRequest request, WireScenario scenario)
    {
        switch (scenario)
        {
            case WireScenario.Unauthorized:
                await ErrorAsync(context, 401, "authentication_error", $"invalid x-api-key: {request.Key}");
                break;
            case WireScenario.NotFound:
                await ErrorAsync(context, 404, "not_found_error", "model: no such model");
                break;
            case WireScenario.RateLimitedFor7s:
                context.Response.Headers.RetryAfter = "7";
                goto case WireScenario.RateLimited;
            case WireScenario.RateLimitedForAnHour:
                context.Response.Headers.RetryAfter = "3600";
                goto case WireScenario.RateLimited;
            case WireScenario.RateLimited:
                await ErrorAsync(context, 429, "rate_limit_error", $"too many calls of {request.Key}");
                break;
            case WireScenario.QuotaExhausted:
                await ErrorAsync(context, 400, "invalid_request_error", "Your credit balance is too low to access the API.");
                break;
            case WireScenario.ServerError:
                await ErrorAsync(context, 500, "api_error", "Internal server error");
                break;
            case WireScenario.Overloaded:
                await ErrorAsync(context, 529, "overloaded_error", "Overloaded");
                break;
            case WireScenario.GatewayAway:
                await PageAsync(context, 503);
                break;
            case WireScenario.UnknownStatus:
                await ErrorAsync(context, 418, "teapot", "Something new");
                break;
            case WireScenario.ContextTooLong:
                await ErrorAsync(context, 400, "invalid_request_error", "prompt is too long: 250000 tokens > 200000 maximum");
                break;
            case WireScenario.BadRequest:
                await ErrorAsync(context, 400, "invalid_request_error", "output_config: not supported by this model");
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
            default:
                await StreamAsync(context, request, scenario);
                break;
        }
    }

    private static Task ErrorAsync(HttpContext context, int status, string type, string message) =>
        JsonAsync(context, status, new JsonObject { ["type"] = "error", ["error"] = new JsonObject { ["type"] = type, ["message"] = message }, ["request_id"] = "req_1" }.ToJsonString());

    private async Task StreamAsync(HttpContext context, WireRequest request, WireScenario scenario)
    {
        context.Response.ContentType = "text/event-stream";
        if (scenario == WireScenario.OverloadedAtOnce)
        {
            await OverloadedAsync(context);
            return;
        }

        await EventAsync(context, "message_start", new JsonObject
        {
            ["message"] = new JsonObject
            {
                ["id"] = "msg_1", ["type"] = "message", ["role"] = "assistant", ["model"] = request.Body.GetProperty("model").GetString(), ["content"] = new JsonArray(),
                ["stop_reason"] = null, ["stop_sequence"] = null,
                ["usage"] = new JsonObject { ["input_tokens"] = InputTokens, ["cache_read_input_tokens"] = CachedTokens, ["cache_creation_input_tokens"] = 0, ["output_tokens"] = 1 },
            },
        });
        await EventAsync(context, "ping", []);
        await EventAsync(context, "content_block_start", new JsonObject { ["index"] = 0, ["content_block"] = new JsonObject { ["type"] = "text", ["text"] = "" } });
        var text = scenario switch
        {
            WireScenario.Empty or WireScenario.Refusal => "",
            WireScenario.NoJson => "Certainly! Here is what you asked for.",
            WireScenario.SchemaNotMet => """{"answer": 42}""",
            WireScenario.HugeOutput => new string('x', 1024 * 1024),
            _ => Answer(request),
        };
        if (scenario is WireScenario.MaxTokens or WireScenario.Cut or WireScenario.DroppedMidway or WireScenario.OverloadedMidway or WireScenario.Slow)
            text = text[..(text.Length / 2)];
        for (var times = scenario == WireScenario.HugeOutput ? 4_096 : 1; times > 0; times--)
            await TextAsync(context, text);
        switch (scenario)
        {
            case WireScenario.Slow:
                await HangAsync(context);
                return;
            case WireScenario.Cut:
                return;
            case WireScenario.DroppedMidway:
                await IsHalfway.Task.WaitAsync(context.RequestAborted);
                context.Abort();
                return;
            case WireScenario.OverloadedMidway:
                await OverloadedAsync(context);
                return;
        }

        var reason = scenario switch
        {
            WireScenario.MaxTokens => "max_tokens",
            WireScenario.Refusal or WireScenario.Filtered => "refusal",
            _ => "end_turn",
        };
        await EventAsync(context, "content_block_stop", new JsonObject { ["index"] = 0 });
        await EventAsync(context, "message_delta", new JsonObject
        {
            ["delta"] = new JsonObject { ["stop_reason"] = reason, ["stop_sequence"] = null },
            ["usage"] = new JsonObject { ["output_tokens"] = OutputTokens },
        });
        await EventAsync(context, "message_stop", []);
    }

    private static Task OverloadedAsync(HttpContext context) =>
        EventAsync(context, "error", new JsonObject { ["error"] = new JsonObject { ["type"] = "overloaded_error", ["message"] = "Overloaded" } });

    private static async Task TextAsync(HttpContext context, string text)
    {
        var length = text.Length > 64 * PieceLength ? LargePieceLength : PieceLength;
        for (var at = 0; at < text.Length; at += length)
        {
            await EventAsync(context, "content_block_delta", new JsonObject
            {
                ["index"] = 0,
                ["delta"] = new JsonObject { ["type"] = "text_delta", ["text"] = text[at..Math.Min(at + length, text.Length)] },
            });
        }
    }

    private static async Task EventAsync(HttpContext context, string type, JsonObject data)
    {
        data["type"] = type;
        // After the last event the caller has the whole answer, and may hang up before this server notices that it gave it: it is paid either way.
        var hungUp = type == "message_stop" ? CancellationToken.None : context.RequestAborted;
        await context.Response.WriteAsync($"event: {type}\ndata: {data.ToJsonString()}\n\n", hungUp);
        await context.Response.Body.FlushAsync(hungUp);
    }
}
