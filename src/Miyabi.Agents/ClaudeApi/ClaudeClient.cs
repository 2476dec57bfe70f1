using System.Text;
using System.Text.Json;
using Anthropic;
using Anthropic.Core;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using Miyabi.Agents.Models;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.ClaudeApi;

/// <summary>Calls the Anthropic Messages API with the official client, streaming: what a call has used up is then known also when it is broken off.</summary>
internal sealed class ClaudeClient : IModelClient, IDisposable
{
    // Of an answer that is broken off, the provider has not yet said how many tokens it has.
    private const int CharactersPerToken = 4;

    // The attempt's own timeout ends the call.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(25);

    private readonly AnthropicClient client;
    private readonly ModelOptions options;

    public ClaudeClient(ModelOptions options, TimeProvider time)
    {
        this.options = options;
        var settings = new ClientOptions
        {
            // Given in any case, so that the client looks for none of its own.
            ApiKey = options.Credential?.Key ?? "none",
            AuthToken = null,
            HttpClient = WireHandler.NewClient(options, time),
            MaxRetries = 0,
            Timeout = Longest,
            BaseUrl = options.BaseUrl?.ToString().TrimEnd('/') ?? "https://api.anthropic.com",
        };
        client = new AnthropicClient(settings);
    }

    public async Task<string> CallAsync(ModelCall call, CancellationToken cancellationToken)
    {
        var record = WireRecord.Begin();
        try
        {
            var text = await AnswerAsync(call, cancellationToken);
            call.Secret = record.Secret;
            return text;
        }
        catch (Exception e) when (e is not ModelCallException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // The client tells of an error in a stream by its text alone.
            if (e is AnthropicSseException { Message: var message })
                record.TakeError(ErrorIn(message));
            throw CallFailure.Of(call, record, ClaudeFailures.Map, ("Messages API", client.BaseUrl), options.MaxResponseBytes, e);
        }
    }

    public async Task LookAsync(string model, CancellationToken cancellationToken)
    {
        var record = WireRecord.Begin();
        try
        {
            await client.Models.Retrieve(model, cancellationToken: cancellationToken);
        }
        catch (Exception e) when (e is not ModelCallException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw CallFailure.Of(null, record, ClaudeFailures.Map, ("Models API", client.BaseUrl), options.MaxResponseBytes, e);
        }
    }

    public void Dispose() => client.Dispose();

    private async Task<string> AnswerAsync(ModelCall call, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var isWhole = false;
        StopReason? reason = null;
        var start = new TokenUsage();
        await foreach (var happening in client.Messages.CreateStreaming(Request(call), cancellationToken))
        {
            if (happening.TryPickStart(out var started))
            {
                var used = started.Message.Usage;
                call.Usage = start = TokenUsage.Of(used.InputTokens, used.CacheReadInputTokens ?? 0, used.CacheCreationInputTokens ?? 0, used.OutputTokens);
                call.Begins();
            }
            else if (happening.TryPickContentBlockDelta(out var block) && block.Delta.TryPickText(out var piece))
            {
                text.Append(piece.Text);
                call.Usage = start with { Output = Math.Max(start.Output, text.Length / CharactersPerToken) };
            }
            else if (happening.TryPickDelta(out var ending))
            {
                reason = ending.Delta.StopReason?.Value();
                call.Usage = start with { Output = TokenUsage.Of(0, 0, 0, ending.Usage.OutputTokens).Output };
                call.IsTold = call.Usage.IsOfAnAnswer;
            }
            else if (happening.TryPickStop(out _))
            {
                isWhole = true;
            }
        }

        if (!isWhole)
            throw new ModelCallException(FailureKind.Unavailable, "The answer was cut on the way: its end never came.");
        return reason switch
        {
            StopReason.EndTurn or StopReason.StopSequence when text.Length > 0 => text.ToString(),
            StopReason.EndTurn or StopReason.StopSequence => throw new ModelCallException(FailureKind.InvalidOutput, "The answer is empty."),
            StopReason.MaxTokens => throw new ModelCallException(
                FailureKind.InvalidOutput, $"The answer was cut after {call.Terms.MaxOutputTokens} tokens, which is all that it may have. Make the task smaller, or set more output tokens."),
            StopReason.Refusal => throw new ModelCallException(FailureKind.Refused, "The model refused to answer."),
            StopReason.ModelContextWindowExceeded => throw new ModelCallException(FailureKind.ContextTooLong, "Prompt and answer do not fit the model."),
            _ => throw new ModelCallException(FailureKind.InvalidOutput, "The answer did not come to its end: the model stopped for a reason that was not asked for."),
        };
    }

    private static MessageCreateParams Request(ModelCall call) => new()
    {
        Model = call.Terms.Name,
        MaxTokens = call.Terms.MaxOutputTokens,
        System = call.Prompt.Instructions,
        Messages = [new UserMessageParam(call.Prompt.Message)],
        OutputConfig = new OutputConfig
        {
            Format = new JsonOutputFormat { Schema = call.Schema.Json.EnumerateObject().ToDictionary(property => property.Name, property => property.Value) },
        },
    };

    // It stands there between quotation marks.
    private static byte[] ErrorIn(string message)
    {
        var (from, to) = (message.IndexOf('{', StringComparison.Ordinal), message.LastIndexOf('}'));
        return from >= 0 && to > from ? Encoding.UTF8.GetBytes(message[from..(to + 1)]) : [];
    }
}
