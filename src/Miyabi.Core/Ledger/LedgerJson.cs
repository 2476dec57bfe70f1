using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Miyabi.Core.Ledger;

/// <summary>How documents are written: UTF-8, indented, camelCase, RFC 3339 in UTC, ISO 8601 durations.</summary>
[JsonSourceGenerationOptions(
    // Only how types are read and written property by property: the generated writers would never run, because documents have an encoder of their own.
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    WriteIndented = true,
    NewLine = "\n",
    MaxDepth = 128,
    Converters = [typeof(UtcConverter), typeof(DurationConverter)])]
[JsonSerializable(typeof(PlanDocument))]
[JsonSerializable(typeof(InstructionDocument))]
[JsonSerializable(typeof(ClaimDocument))]
[JsonSerializable(typeof(ResultDocument))]
[JsonSerializable(typeof(StepDocument))]
[JsonSerializable(typeof(ControlDocument))]
[JsonSerializable(typeof(OwnerDocument))]
[JsonSerializable(typeof(ManifestDocument))]
[JsonSerializable(typeof(LeaseDocument))]
[JsonSerializable(typeof(ResultPayload))]
[JsonSerializable(typeof(Reuse.AskedWork))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class LedgerJson : JsonSerializerContext
{
    // A task's documents have a few KB: a buffer for each of them would leave the collector more than the document itself does.
    private const int FirstScratch = 8 * 1024;
    private const int LargestScratch = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? scratch;

    /// <summary>SHA-256 of a payload in compact form, lower-case hex.</summary>
    /// <exception cref="SealException">A text in it is not Unicode.</exception>
    internal static string DigestOf(ResultPayload payload)
    {
        try
        {
            return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(payload, Compact.Json.ResultPayload)));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or JsonException)
        {
            throw new SealException("The payload holds text that is not Unicode.", e);
        }
    }

    /// <summary>SHA-256 of a JSON value in compact form, lower-case hex.</summary>
    internal static string DigestOf(JsonElement value) =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(value, Compact.Json.JsonElement)));

    /// <summary>A document's value as it stands in its file: indented one level, as it is nested there.</summary>
    internal static byte[] Write<T>(T document, JsonTypeInfo<T> type)
    {
        var buffer = scratch ?? new ArrayBufferWriter<byte>(FirstScratch);
        scratch = null; // while it is in use
        // Documents are files for people too: only what JSON must have escaped is escaped.
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions
        {
            Indented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            MaxDepth = 128,
        }))
            JsonSerializer.Serialize(writer, document, type);

        var nested = Nested(buffer.WrittenSpan);
        if (buffer.Capacity <= LargestScratch)
        {
            buffer.ResetWrittenCount();
            scratch = buffer;
        }

        return nested;
    }

    /// <summary>Reads a document's value.</summary>
    /// <exception cref="SealException">It has not the form of the type.</exception>
    internal static T Read<T>(ReadOnlySpan<byte> document)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(document, (JsonTypeInfo<T>)DocumentForm.Strict.GetTypeInfo(typeof(T)))
                ?? throw new SealException("The document is null.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            // Not only JsonException: a decision without its kind, for one, is 'not supported'.
            throw new SealException($"The document has not the form of a {typeof(T).Name}: {e.Message}");
        }
    }

    // No string in JSON holds a raw line feed, so every one in the bytes is layout.
    private static byte[] Nested(ReadOnlySpan<byte> json)
    {
        var result = new byte[json.Length + (2 * json.Count((byte)'\n'))];
        var to = 0;
        foreach (var range in json.Split((byte)'\n'))
        {
            if (to > 0)
            {
                "\n  "u8.CopyTo(result.AsSpan(to));
                to += 3;
            }

            json[range].CopyTo(result.AsSpan(to));
            to += json[range].Length;
        }

        return result;
    }
}

/// <summary>The form that digests of content are over: no layout, so that indentation is nobody's content.</summary>
internal static class Compact
{
    internal static readonly LedgerJson Json = new(new JsonSerializerOptions(LedgerJson.Default.Options)
    {
        WriteIndented = false,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
