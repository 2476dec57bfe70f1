using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Runs;

/// <summary>An event as a line of JSON.</summary>
internal static class RunEventLine
{
    /// <summary>The longest message that is kept, in characters.</summary>
    internal const int MaxMessage = 500;

    private static readonly RunEventJson Json = new(new JsonSerializerOptions(RunEventJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>The line, with its line feed.</summary>
    internal static byte[] Write(RunEvent happening)
    {
        return [.. JsonSerializer.SerializeToUtf8Bytes(Bounded(happening), Json.RunEvent), (byte)'\n'];
    }

    /// <summary>The event with no more text than is kept, and none that could steer a terminal.</summary>
    internal static RunEvent Bounded(RunEvent happening) => happening with
    {
        Message = happening.Message is { } message ? Clean(message) : null,
        Agent = happening.Agent is { } agent ? Clean(agent) : null,
        Fraction = happening.Fraction is { } fraction && double.IsFinite(fraction) ? Math.Clamp(fraction, 0, 1) : null,
    };

    /// <summary>The event of a line; <see langword="null"/> if it is none.</summary>
    internal static RunEvent? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, Json.RunEvent);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Clean(string message)
    {
        var clean = new StringBuilder(Math.Min(message.Length, MaxMessage));
        foreach (var rune in message.EnumerateRunes()) // lone surrogates become U+FFFD
        {
            if (clean.Length + rune.Utf16SequenceLength > MaxMessage)
                break;
            if (Rune.GetUnicodeCategory(rune) is not UnicodeCategory.Control)
                clean.Append(rune.ToString());
        }

        return clean.ToString();
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 8,
    Converters = [typeof(UtcConverter)])]
[JsonSerializable(typeof(RunEvent))]
internal sealed partial class RunEventJson : JsonSerializerContext;
