using System.Collections.Immutable;
using System.Text.Json;

namespace Miyabi.Agents.Models;

/// <summary>What came back on the wire for one call, which the clients do not always tell.</summary>
internal sealed class WireRecord
{
    /// <summary>Bytes of an error's body that are looked at.</summary>
    public const int MaxErrorBytes = 64 * 1024;

    private static readonly string[] CodeFields = ["code", "type"];

    private static readonly AsyncLocal<WireRecord?> At = new();

    /// <summary>The one of the call that is being made here.</summary>
    public static WireRecord? Current => At.Value;

    /// <summary>The HTTP status; <see langword="null"/>: there was no response.</summary>
    public int? Status { get; private set; }

    /// <summary>Whether it was an error: in the status, or inside a response that began well.</summary>
    public bool IsError { get; private set; }

    /// <summary>How long the provider asks to wait; more than 0, and no more than it may ask for.</summary>
    public TimeSpan? RetryAfter { get; private set; }

    /// <summary>The error's <c>code</c> and <c>type</c>, as far as there are any. Untrusted text, without the secret.</summary>
    public ImmutableArray<string> ErrorCodes { get; private set; } = [];

    /// <summary>The error's message. Untrusted text, without the secret.</summary>
    public string? ErrorMessage { get; private set; }

    /// <summary>The response was larger than it may be.</summary>
    public bool IsTooLarge { get; set; }

    /// <summary>What the call was let in by. A secret.</summary>
    public string? Secret { get; set; }

    /// <summary>Begins a call; what is awaited from here on writes into it.</summary>
    public static WireRecord Begin() => At.Value = new WireRecord();

    /// <summary>Takes a response's head.</summary>
    /// <param name="response">The response.</param>
    /// <param name="now">The time.</param>
    /// <param name="longest">The longest wait that a provider may ask for.</param>
    public void Take(HttpResponseMessage response, DateTimeOffset now, TimeSpan longest)
    {
        Status = (int)response.StatusCode;
        IsError = !response.IsSuccessStatusCode;
        var wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - now,
            _ => TimeSpan.Zero,
        };
        RetryAfter = wait <= TimeSpan.Zero ? null : wait < longest ? wait : longest;
    }

    /// <summary>Takes an error's body, as both APIs have it: <c>{ "error": { "type", "code", "message" } }</c>.</summary>
    public void TakeError(ReadOnlyMemory<byte> body)
    {
        IsError = true;
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("error", out var error) || error.ValueKind != JsonValueKind.Object)
                return;
            (ErrorCodes, ErrorMessage) = ([.. CodeFields.Select(name => Text(error, name)).OfType<string>()], Text(error, "message"));
        }
        catch (JsonException)
        {
            // A proxy's page: the status has to do.
        }
    }

    /// <summary>Takes an error that the API tells of in other ways.</summary>
    public void TakeError(string code, string? message) => (IsError, ErrorCodes, ErrorMessage) = (true, [Without(code)], message is null ? null : Without(message));

    /// <summary>A text of the other side, for people: what shows the secret is left out before anything is cut.</summary>
    public string Without(string text) => Models.Secret.Without(text, Secret);

    private string? Text(JsonElement error, string name)
    {
        try
        {
            return error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Without(value.GetString()!) : null;
        }
        catch (InvalidOperationException)
        {
            return null; // half a surrogate pair
        }
    }
}
