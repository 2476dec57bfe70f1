using System.Text;
using System.Text.Json;
using Miyabi.Agents.ClaudeApi;
using Miyabi.Agents.CodexApi;
using Miyabi.Agents.Models;
using Miyabi.Core.Agents;
using Miyabi.Testing.Agents;

namespace Miyabi.Agents.Tests.Models;

/// <summary>What stands where the API should be, and answers as it likes: over the product's own transport.</summary>
public sealed class HostileEndpointTests
{
    private const string Key = ModelBench.Key;

    /// <summary>Responses that no API has: packed as their heads do not say, with half characters, with nothing where something must be.</summary>
    public static TheoryData<string, string, string> Damaged
    {
        get
        {
            var cases = new TheoryData<string, string, string>();
            foreach (var provider in new[] { "claude-api", "codex-api" })
            {
                foreach (var status in new[] { "200 OK", "429 Too Many Requests", "500 Internal Server Error" })
                {
                    foreach (var packing in new[] { "gzip", "deflate", "br" })
                        cases.Add(provider, status, $"Content-Encoding: {packing}");
                    cases.Add(provider, status, """{ "\ud800": 1 }""");
                }

                cases.Add(provider, "200 OK", """{ "status": "completed", "output": [{ "type": "message", "role": "assistant", "content": [null] }] }""");
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Damaged))]
    public async Task Response_ThatIsDamaged_IsAFailureOfTheProvider(string provider, string status, string damage)
    {
        var isHead = damage.StartsWith("Content-", StringComparison.Ordinal);
        var result = await RunAsync(provider, RawEndpoint.Response(status, isHead ? "{}" : damage, "Content-Type: application/json", isHead ? damage : "X-Nothing: 1"));

        Assert.Contains(result.Failure!.Kind, new[] { FailureKind.Unavailable, FailureKind.RateLimited });
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Redirect_IsNotFollowed_SoTheKeyStaysHere(string provider)
    {
        await using var elsewhere = new RawEndpoint(RawEndpoint.Response("200 OK", "{}"));

        var result = await RunAsync(provider, RawEndpoint.Response("307 Temporary Redirect", "", $"Location: {elsewhere.Url}"));

        Assert.Equal(FailureKind.Unavailable, result.Failure!.Kind);
        Assert.Empty(elsewhere.Heads);
    }

    // Cut where the key stands, its beginning would be left, which no search for the key finds.
    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Key_WhereAMessageIsCut_IsNotShownInPart(string provider)
    {
        var body = JsonSerializer.Serialize(new { error = new { type = new string('t', 50) + Key, code = "c", message = new string('m', 480) + Key } });

        Assert.DoesNotContain(Key[..8], ModelBench.TextOf(await RunAsync(provider, RawEndpoint.Response("400 Bad Request", body))));
        Assert.DoesNotContain(Key[..8], ModelBench.TextOf(await RunAsync(provider, Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\n{new string('h', 240)}{Key} none\r\n\r\n"))));
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Token_ThatAnErrorShows_IsLeftOut(string provider)
    {
        var credential = ModelCredential.OfToken(_ => ValueTask.FromResult("eyJ-a-token-of-Entra"));

        var result = await RunAsync(provider, RawEndpoint.Response("400 Bad Request", """{ "error": { "type": "x", "message": "You sent eyJ-a-token-of-Entra." } }"""), credential);

        Assert.Contains("You sent ***.", result.Failure!.Message);
        Assert.DoesNotContain("eyJ", ModelBench.TextOf(result));
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Token_InAnAnswer_IsKeptNowhere(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider, options => options with { Credential = ModelCredential.OfToken(_ => ValueTask.FromResult("eyJ-a-token-of-Entra")) });
        bench.Server.Answer = request => JsonSerializer.Serialize(new { summary = $"Your token is {request.Key}.", files = Array.Empty<string>(), notes = (string?)null });

        var result = await bench.RunAsync();

        Assert.Equal(FailureKind.InvalidOutput, result.Failure!.Kind);
        Assert.DoesNotContain("eyJ", ModelBench.TextOf(result));
    }

    [Theory]
    [InlineData("claude-api", "2147483647")]
    [InlineData("codex-api", "2147483647")]
    [InlineData("claude-api", "Fri, 31 Dec 9999 23:59:59 GMT")]
    [InlineData("codex-api", "Fri, 31 Dec 9999 23:59:59 GMT")]
    public async Task RetryAfter_OfAnyError_IsCapped(string provider, string wanted)
    {
        var result = await RunAsync(provider, RawEndpoint.Response("500 Internal Server Error", "{}", $"Retry-After: {wanted}"));

        Assert.Equal(TimeSpan.FromMinutes(2), result.Failure!.RetryAfter);
    }

    [Theory]
    [InlineData("claude-api", 0, 3)]
    [InlineData("claude-api", -5, 3)]
    [InlineData("claude-api", 10, -5)]
    [InlineData("codex-api", 0, 0)]
    [InlineData("codex-api", -5, 3)]
    [InlineData("codex-api", 10, -5)]
    public async Task Usage_ThatNoAnswerHas_IsNotTold(string provider, int input, int output)
    {
        const string Answer = """{"summary":"s","files":[],"notes":null}""";
        var usage = new { input_tokens = input, output_tokens = output };
        var body = provider == "codex-api"
            ? JsonSerializer.Serialize(new
            {
                id = "r", created_at = 1, status = "completed", model = "m", usage,
                output = new[] { new { type = "message", id = "i", role = "assistant", status = "completed", content = new[] { new { type = "output_text", text = Answer, annotations = Array.Empty<string>() } } } },
            })
            : Event("message_start", new { type = "message_start", message = new { id = "m", type = "message", role = "assistant", model = "m", content = Array.Empty<string>(), stop_reason = (string?)null, stop_sequence = (string?)null, usage } })
                + Event("content_block_delta", new { type = "content_block_delta", index = 0, delta = new { type = "text_delta", text = Answer } })
                + Event("message_delta", new { type = "message_delta", delta = new { stop_reason = "end_turn", stop_sequence = (string?)null }, usage = new { output_tokens = output } })
                + Event("message_stop", new { type = "message_stop" });

        var result = await RunAsync(provider, RawEndpoint.Response("200 OK", body, $"Content-Type: {(provider == "codex-api" ? "application/json" : "text/event-stream")}"));

        Assert.Null(result.Failure);
        Assert.True(result.Usage.Incomplete);
    }

    private static string Event<T>(string type, T data) => $"event: {type}\ndata: {JsonSerializer.Serialize(data)}\n\n";

    private static async Task<AgentResult> RunAsync(string provider, byte[] response, ModelCredential? credential = null)
    {
        await using var endpoint = new RawEndpoint(response);
        var options = new ModelOptions
        {
            Model = "m", KeySetting = "KEY", BaseUrl = endpoint.Url, Credential = credential ?? ModelCredential.OfKey(Key), Limits = new ModelLimits { MaxWait = TimeSpan.FromMilliseconds(1) },
        };
        ModelProvider model = provider == ClaudeApiProvider.ProviderName ? new ClaudeApiProvider(options, TimeProvider.System) : new CodexApiProvider(options, TimeProvider.System);
        return await model.Agent.RunAsync(AgentRequests.Of("t", model.Kinds[0]), new RecordedProgress(), CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(90));
    }
}
