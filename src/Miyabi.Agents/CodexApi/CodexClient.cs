#pragma warning disable OPENAI001 // The client of the Responses API is marked as one that may still change; its version is pinned.
using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using Miyabi.Agents.Models;
using Miyabi.Core.Agents;
using OpenAI;
using OpenAI.Models;
using OpenAI.Responses;

namespace Miyabi.Agents.CodexApi;

/// <summary>Calls the OpenAI Responses API with the official client. Nothing is kept at the provider.</summary>
internal sealed class CodexClient : IModelClient
{
    // The attempt's own timeout ends the call.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(25);

    private readonly ResponsesClient client;
    private readonly OpenAIModelClient models;
    private readonly ModelOptions options;

    public CodexClient(ModelOptions options, TimeProvider time)
    {
        this.options = options;
        var settings = new ResponsesClientOptions
        {
            Transport = new HttpClientPipelineTransport(WireHandler.NewClient(options, time)),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Longest,
            Endpoint = options.BaseUrl ?? new Uri("https://api.openai.com/v1"),
        };
        var key = new ApiKeyCredential(options.Credential?.Key ?? "none");
        client = new ResponsesClient(key, settings);
        models = new OpenAIModelClient(key, new OpenAIClientOptions
        {
            Transport = settings.Transport, RetryPolicy = settings.RetryPolicy, NetworkTimeout = Longest, Endpoint = settings.Endpoint,
        });
    }

    public async Task LookAsync(string model, CancellationToken cancellationToken)
    {
        var record = WireRecord.Begin();
        try
        {
            await models.GetModelAsync(model, cancellationToken);
        }
        catch (Exception e) when (e is not ModelCallException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw CallFailure.Of(null, record, CodexFailures.Map, ("Models API", client.Endpoint.ToString()), options.MaxResponseBytes, e);
        }
    }

    public async Task<string> CallAsync(ModelCall call, CancellationToken cancellationToken)
    {
        var record = WireRecord.Begin();
        try
        {
            ResponseResult answer = await client.CreateResponseAsync(Request(call), cancellationToken);
            if (answer.Usage is { } used)
            {
                var cached = used.InputTokenDetails?.CachedTokenCount ?? 0;
                call.Usage = TokenUsage.Of(used.InputTokenCount - cached, cached, 0, used.OutputTokenCount);
                call.IsTold = call.Usage.IsOfAnAnswer;
            }

            call.Secret = record.Secret;
            return TextOf(call, answer, record);
        }
        catch (Exception e) when (e is not ModelCallException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw CallFailure.Of(call, record, CodexFailures.Map, ("Responses API", client.Endpoint.ToString()), options.MaxResponseBytes, e);
        }
    }

    private static string TextOf(ModelCall call, ResponseResult answer, WireRecord record)
    {
        switch (answer.Status)
        {
            case ResponseStatus.Completed:
                break;
            case ResponseStatus.Incomplete:
                throw answer.IncompleteStatusDetails?.Reason?.ToString() switch
                {
                    "max_output_tokens" => new ModelCallException(
                        FailureKind.InvalidOutput, $"The answer was cut after {call.Terms.MaxOutputTokens} tokens, which is all that it may have. Make the task smaller, or set more output tokens."),
                    "content_filter" => new ModelCallException(FailureKind.Refused, "The provider's filter stopped the answer."),
                    _ => new ModelCallException(FailureKind.InvalidOutput, "The answer is not complete, and the provider does not say why."),
                };
            case ResponseStatus.Failed:
                record.TakeError(answer.Error?.Code.ToString() ?? "failed", answer.Error?.Message);
                call.IsTold |= call.Usage.Total == 0;
                throw CodexFailures.Map.Of(record, null);
            default:
                throw new ModelCallException(FailureKind.Unavailable, "What came back is no complete answer of the Responses API.");
        }

        var parts = answer.OutputItems.OfType<MessageResponseItem>().SelectMany(item => item.Content).ToList();
        if (parts.Exists(part => part.Kind == ResponseContentPartKind.Refusal))
            throw new ModelCallException(FailureKind.Refused, "The model refused to answer.");
        var text = new StringBuilder();
        foreach (var part in parts.Where(part => part.Kind == ResponseContentPartKind.OutputText))
            text.Append(part.Text);
        return text.Length > 0 ? text.ToString() : throw new ModelCallException(FailureKind.InvalidOutput, "The answer is empty.");
    }

    private static CreateResponseOptions Request(ModelCall call) => new(call.Terms.Name, [ResponseItem.CreateUserMessageItem(call.Prompt.Message)])
    {
        Instructions = call.Prompt.Instructions,
        MaxOutputTokenCount = call.Terms.MaxOutputTokens,
        StoredOutputEnabled = false,
        TextOptions = new ResponseTextOptions
        {
            TextFormat = ResponseTextFormat.CreateJsonSchemaFormat("answer", BinaryData.FromString(call.Schema.Json.GetRawText()), jsonSchemaIsStrict: true),
        },
    };
}
