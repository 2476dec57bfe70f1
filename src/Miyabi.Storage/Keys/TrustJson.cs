using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Miyabi.Core.Ledger;

namespace Miyabi.Storage.Keys;

/// <summary>The text of a trust file. Read strictly: what is misunderstood here is trusted wrongly.</summary>
internal static class TrustJson
{
    private const int Version = 1;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'";
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    // Only a program's own files have it: names stay readable, and nothing is embedded in HTML.
    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    private static readonly ImmutableArray<(string Name, KeyRole Role)> Roles =
        [("run", KeyRole.Run), ("agent", KeyRole.Agent), ("control", KeyRole.Control)];

    /// <summary>The keys in a trust file.</summary>
    /// <exception cref="KeyException">It is not one; with file, place and cure.</exception>
    public static ImmutableArray<TrustedKey> Read(ReadOnlyMemory<byte> json, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return new Reader(file).Keys(document.RootElement);
        }
        catch (JsonException e)
        {
            var place = e.LineNumber is { } line ? $", line {line + 1}, column {e.BytePositionInLine + 1}" : "";
            throw new KeyException($"{file}{place}: not JSON, or a property twice in one object. Mend it, or remove it and trust anew with 'miyabi keys trust'.", e);
        }
        catch (InvalidOperationException e)
        {
            throw new KeyException($"{file}: a string in it is not Unicode text. Mend it, or remove the file and trust anew with 'miyabi keys trust'.", e);
        }
    }

    /// <summary>A trust file of the keys.</summary>
    public static byte[] Write(IEnumerable<TrustedKey> keys)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Readable))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteStartArray("keys");
            foreach (var key in keys)
                Write(json, key);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter json, TrustedKey key)
    {
        json.WriteStartObject();
        json.WriteString("keyId", key.KeyId);
        json.WriteString("name", key.Name);
        json.WriteBase64String("publicKey", key.SubjectPublicKeyInfo.Span);
        json.WriteStartArray("roles");
        foreach (var (name, role) in Roles)
        {
            if (key.Roles.Contains(role))
                json.WriteStringValue(name);
        }

        json.WriteEndArray();
        if (key.NotBefore is { } notBefore)
            json.WriteString("notBefore", notBefore.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
        if (key.NotAfter is { } notAfter)
            json.WriteString("notAfter", notAfter.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }

    private sealed class Reader(string file)
    {
        public ImmutableArray<TrustedKey> Keys(JsonElement root)
        {
            Fields(root, "$", ["version", "keys"], []);
            if (root.GetProperty("version") is not { ValueKind: JsonValueKind.Number } version || !version.TryGetInt32(out var number) || number != Version)
                throw Wrong("$.version", $"must be {Version}. A newer version of this program may read it");
            var keys = ImmutableArray.CreateBuilder<TrustedKey>();
            foreach (var (index, element) in Array(root, "$", "keys").Index())
            {
                var key = Key(element, $"$.keys[{index}]");
                if (keys.Any(other => other.KeyId == key.KeyId))
                    throw Wrong($"$.keys[{index}].keyId", $"{key.KeyId} is there twice. Remove one");
                keys.Add(key);
            }

            return keys.ToImmutable();
        }

        private TrustedKey Key(JsonElement element, string place)
        {
            Fields(element, place, ["keyId", "name", "publicKey", "roles"], ["notBefore", "notAfter"]);
            if (element.GetProperty("publicKey") is not { ValueKind: JsonValueKind.String } encoded || !encoded.TryGetBytesFromBase64(out var publicKey))
                throw Wrong($"{place}.publicKey", "must be base64. Export the key again with 'miyabi keys export'");
            if (P256.WhatIsWrong(publicKey) is { } wrong)
                throw Wrong($"{place}.publicKey", $"{wrong}. Export the key again with 'miyabi keys export'");
            var keyId = Text(element, place, "keyId");
            if (keyId != PublicKey.KeyId(publicKey))
                throw Wrong($"{place}.keyId", $"is {Shown(keyId)}, but the id of this public key is {PublicKey.KeyId(publicKey)}. Find out which of them is meant");
            var (notBefore, notAfter) = (Time(element, place, "notBefore"), Time(element, place, "notAfter"));
            if (notAfter < notBefore)
                throw Wrong($"{place}.notAfter", "is before notBefore. Exchange them");
            return new TrustedKey(keyId, publicKey, RolesOf(element, place), notBefore, notAfter, Text(element, place, "name"));
        }

        private ImmutableArray<KeyRole> RolesOf(JsonElement element, string place)
        {
            var roles = ImmutableArray.CreateBuilder<KeyRole>();
            foreach (var (index, item) in Array(element, place, "roles").Index())
            {
                var text = item.ValueKind == JsonValueKind.String ? item.GetString() : null;
                var (name, role) = Roles.FirstOrDefault(known => known.Name == text);
                if (name is null || roles.Contains(role))
                    throw Wrong($"{place}.roles[{index}]", "must be one of run, agent, control, each at most once");
                roles.Add(role);
            }

            return roles.Count > 0 ? roles.ToImmutable() : throw Wrong($"{place}.roles", "is empty. Give a role, or remove the key");
        }

        private DateTimeOffset? Time(JsonElement element, string place, string name)
        {
            if (!element.TryGetProperty(name, out var value))
                return null;
            return value.ValueKind == JsonValueKind.String
                && DateTimeOffset.TryParseExact(
                    value.GetString(), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
                ? time
                : throw Wrong($"{place}.{name}", "must be a time in UTC like 2030-01-31T00:00:00Z");
        }

        private string Text(JsonElement element, string place, string name) =>
            element.GetProperty(name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : throw Wrong($"{place}.{name}", "must be a string");

        private JsonElement.ArrayEnumerator Array(JsonElement element, string place, string name) =>
            element.GetProperty(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : throw Wrong($"{place}.{name}", "must be an array");

        private void Fields(JsonElement element, string place, string[] needed, string[] allowed)
        {
            if (element.ValueKind != JsonValueKind.Object)
                throw Wrong(place, "must be an object");
            foreach (var field in element.EnumerateObject())
            {
                if (!needed.Contains(field.Name) && !allowed.Contains(field.Name))
                    throw Wrong(place, $"{Shown(field.Name)} is no field here; there are {string.Join(", ", [.. needed, .. allowed])}. Remove it");
            }

            if (needed.FirstOrDefault(name => !element.TryGetProperty(name, out _)) is { } missing)
                throw Wrong(place, $"{missing} is missing. Add it");
        }

        private KeyException Wrong(string place, string what) => new($"{file}: {place}: {what}.");

        // A file may come from anywhere; what is quoted from it must not fill or colour a terminal.
        private static string Shown(string text) => JsonEncodedText.Encode(text.Length > 64 ? text[..64] + "..." : text).ToString();
    }
}
