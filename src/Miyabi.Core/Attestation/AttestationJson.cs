using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Attestation;

/// <summary>How statements and envelopes are written: compact, camelCase, times in RFC 3339.</summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UtcConverter)])]
[JsonSerializable(typeof(DsseEnvelope))]
[JsonSerializable(typeof(Statement))]
internal sealed partial class AttestationJson : JsonSerializerContext;

/// <summary>The form in which both are written: only what JSON must have escaped is escaped, so the plus signs of base64 are not.</summary>
internal static class AttestationForm
{
    internal static readonly AttestationJson Json =
        new(new JsonSerializerOptions(AttestationJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
