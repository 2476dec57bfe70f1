using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Miyabi.Core.Ledger;

/// <summary>The bytes of a sealed file: how they are put together, and the one way in which they may be taken apart.</summary>
internal static class SealFormat
{
    /// <summary>The largest sealed file: a plan at its limit, indented, with room to spare.</summary>
    internal const int MaxFileBytes = 128 * 1024 * 1024;

    internal const int SignatureBytes = 64;

    private const int MaxSealText = 100;

    // Four texts - the signature's has 88 characters - and the layout around them.
    private const int MaxTailBytes = 1024;

    private const string LettersAndDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly SearchValues<char> TypeCharacters = SearchValues.Create(LettersAndDigits + "/+.-");
    private static readonly SearchValues<char> IdCharacters = SearchValues.Create(LettersAndDigits);

    private static ReadOnlySpan<byte> Head => "{\n  \"document\": "u8;

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 128 };

    /// <summary>What is signed: "DSSEv1", then type and body, each with its length (the DSSE pre-authentication encoding).</summary>
    internal static byte[] PreAuthenticationEncoding(string type, ReadOnlySpan<byte> body)
    {
        var room = new byte[PreAuthenticationRoom(type, body.Length)];
        return room[..WritePreAuthenticationEncoding(type, body, room)];
    }

    /// <summary>Bytes that <see cref="WritePreAuthenticationEncoding"/> fills at most.</summary>
    internal static int PreAuthenticationRoom(string type, int bodyBytes) => 32 + Encoding.UTF8.GetMaxByteCount(type.Length) + bodyBytes;

    /// <summary>The same into memory that is there already.</summary>
    /// <returns>How many bytes it has.</returns>
    internal static int WritePreAuthenticationEncoding(string type, ReadOnlySpan<byte> body, Span<byte> to)
    {
        if (!Utf8.TryWrite(to, CultureInfo.InvariantCulture, $"DSSEv1 {Encoding.UTF8.GetByteCount(type)} {type} {body.Length} ", out var header))
            throw new ArgumentException("There is not enough room.", nameof(to));
        body.CopyTo(to[header..]);
        return header + body.Length;
    }

    /// <summary>The file of a document. There is exactly one for a document, key and signature: nothing in it is free to differ.</summary>
    internal static byte[] Compose(string type, string keyId, string digest, ReadOnlySpan<byte> document, ReadOnlySpan<byte> signature)
    {
        Span<byte> room = stackalloc byte[MaxTailBytes];
        var tail = WriteTail(type, keyId, digest, signature, room);
        var file = new byte[Head.Length + document.Length + tail.Length];
        Head.CopyTo(file);
        document.CopyTo(file.AsSpan(Head.Length));
        tail.CopyTo(file.AsSpan(Head.Length + document.Length));
        return file;
    }

    /// <summary>Takes a file apart: two properties, in this order, once each, and not a byte that a writer would not have written.</summary>
    /// <exception cref="SealException">It is anything else.</exception>
    internal static SealedDocument Parse(ReadOnlyMemory<byte> file)
    {
        try
        {
            var parsed = Take(file);
            // The layout around the document is not signed, so it must not be able to carry anything: it is compared with the only right one.
            return IsComposed(file.Span, parsed)
                ? parsed
                : throw new SealException("The file differs from what its document and seal make: its digest, layout or signature text was altered.");
        }
        catch (JsonException e)
        {
            throw new SealException($"The file is not JSON from byte {e.BytePositionInLine ?? 0} of line {(e.LineNumber ?? 0) + 1} on.");
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException)
        {
            throw new SealException("The file is not a document with a seal.");
        }
    }

    private static SealedDocument Take(ReadOnlyMemory<byte> file)
    {
        var reader = new Utf8JsonReader(file.Span, Strict);
        Expect(ref reader, JsonTokenType.StartObject);
        ExpectName(ref reader, "document"u8);
        Expect(ref reader, JsonTokenType.StartObject);
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var document = file[start..(int)reader.BytesConsumed];
        ExpectName(ref reader, "seal"u8);
        Expect(ref reader, JsonTokenType.StartObject);
        var type = ExpectText(ref reader, "type"u8);
        var keyId = ExpectText(ref reader, "keyId"u8);
        var digest = ExpectText(ref reader, "sha256"u8);
        var signature = ExpectText(ref reader, "signature"u8);
        Expect(ref reader, JsonTokenType.EndObject);
        Expect(ref reader, JsonTokenType.EndObject);
        if (reader.Read())
            throw new SealException("The file goes on after its seal.");

        // These three are written into the composed file as they are: anything but plain characters would be a way to smuggle.
        if (!IsPlain(type, TypeCharacters) || !IsPlain(keyId, IdCharacters) || !IsPlain(digest, IdCharacters))
            throw new SealException("The seal has characters that no seal has.");
        var bytes = Convert.FromBase64String(signature);
        return bytes.Length == SignatureBytes
            ? new SealedDocument(type, keyId, document, SealedDocument.DigestOf(document.Span), bytes, file)
            : throw new SealException($"The signature has {bytes.Length} bytes instead of {SignatureBytes}.");
    }

    // The same bytes as Compose makes.
    private static bool IsComposed(ReadOnlySpan<byte> file, SealedDocument parsed)
    {
        Span<byte> room = stackalloc byte[MaxTailBytes];
        var tail = WriteTail(parsed.Type, parsed.KeyId, parsed.Digest, parsed.Signature.Span, room);
        var document = parsed.Document.Span;
        return file.Length == Head.Length + document.Length + tail.Length
            && file.StartsWith(Head)
            && file[Head.Length..].StartsWith(document)
            && file.EndsWith(tail);
    }

    private static ReadOnlySpan<byte> WriteTail(string type, string keyId, string digest, ReadOnlySpan<byte> signature, Span<byte> room) => Utf8.TryWrite(
        room,
        CultureInfo.InvariantCulture,
        $$"""
        ,
          "seal": {
            "type": "{{type}}",
            "keyId": "{{keyId}}",
            "sha256": "{{digest}}",
            "signature": "{{Convert.ToBase64String(signature)}}"
          }
        }

        """,
        out var length) ? room[..length] : throw new ArgumentException("A type or a key's id is longer than any is.", nameof(type));

    private static bool IsPlain(string text, SearchValues<char> characters) =>
        text.Length is > 0 and <= MaxSealText && !text.AsSpan().ContainsAnyExcept(characters);

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token)
    {
        if (!reader.Read() || reader.TokenType != token)
            throw new SealException($"The file is not a document with a seal: at byte {reader.TokenStartIndex} there should be a {token}.");
    }

    private static void ExpectName(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        Expect(ref reader, JsonTokenType.PropertyName);
        if (!reader.ValueTextEquals(name))
            throw new SealException($"At byte {reader.TokenStartIndex} there should be '{Encoding.UTF8.GetString(name)}'.");
    }

    private static string ExpectText(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        ExpectName(ref reader, name);
        Expect(ref reader, JsonTokenType.String);
        return reader.GetString()!;
    }
}
