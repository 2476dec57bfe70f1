using System.Security.Cryptography;
using System.Text;
using Miyabi.Core.Ledger;
using Miyabi.Testing.Runs;

namespace Miyabi.Core.Tests.Ledger;

public sealed class SealFormatTests : IDisposable
{
    private const string Text = """{ "run": "r", "holder": "„Ж計🚀\u0007\ud83d\ude80\\\"", "until": "2026-01-31T12:00:00.0000000Z" }""";
    private readonly TestSigner signer = new();

    [Fact]
    public async Task Parse_WhatComposeMade_GivesItBack()
    {
        var file = await FileAsync(Text);
        var parsed = SealFormat.Parse(file);

        Assert.Equal(DocumentTypes.Lease, parsed.Type);
        Assert.Equal(signer.KeyId, parsed.KeyId);
        Assert.Equal(Text, Encoding.UTF8.GetString(parsed.Document.Span));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text))), parsed.Digest);
        Assert.Equal(file, parsed.File.ToArray());
    }

    [Fact]
    public void PreAuthenticationEncoding_IsThatOfDsse() => Assert.Equal(
        "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
        Encoding.UTF8.GetString(SealFormat.PreAuthenticationEncoding("http://example.com/HelloWorld", "hello world"u8)));

    [Fact]
    public async Task Signature_IsPlainEcdsaOverTheEncoding()
    {
        // With nothing of ours but the bytes between the two properties: any tool can do it.
        var text = Encoding.UTF8.GetString(await FileAsync(Text));
        var body = Between(text, "\"document\": ", ",\n  \"seal\"");
        var signature = Convert.FromBase64String(Between(text, "\"signature\": \"", "\""));
        var signed = $"DSSEv1 {DocumentTypes.Lease.Length} {DocumentTypes.Lease} {Encoding.UTF8.GetByteCount(body)} {body}";

        Assert.True(signer.Key.VerifyData(Encoding.UTF8.GetBytes(signed), signature, HashAlgorithmName.SHA256));
    }

    [Fact]
    public async Task Open_AnyBitFlipped_IsRefused()
    {
        var file = await FileAsync("""{ "a": [1, "x"] }""");
        var trust = new TrustList([signer.Trusted()]);
        trust.Open(file);
        for (var bit = 0; bit < file.Length * 8; bit++)
        {
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(Refused(() => trust.Open(file)), $"bit {bit}");
            file[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public async Task Parse_CutAtAnyLength_IsRefused()
    {
        var file = await FileAsync(Text);
        for (var length = 0; length < file.Length; length++)
            Assert.Throws<SealException>(() => SealFormat.Parse(file.AsMemory(0, length)));
    }

    [Fact]
    public async Task Parse_AnyOtherLayoutOfTheSame_IsRefused()
    {
        var good = Encoding.UTF8.GetString(await FileAsync(Text));
        var document = Between(good, "\"document\": ", ",\n  \"seal\"");
        var seal = Between(good, "\"seal\": ", "\n}\n");
        var keyId = Between(good, "\"keyId\": \"", "\"");
        var digest = Between(good, "\"sha256\": \"", "\"");
        var signature = Between(good, "\"signature\": \"", "\"");
        string[] variants =
        [
            $$"""{ "seal": {{seal}}, "document": {{document}} }""",
            $$"""{ "document": {{document}}, "seal": {{seal}} }""",
            good.Replace("\"seal\"", $"\"document\": {document},\n  \"seal\""),
            good.Replace("\n}\n", $",\n  \"seal\": {seal}\n}}\n"),
            good.Replace("\n}\n", ",\n  \"more\": 1\n}\n"),
            good.Replace("\"type\"", "\"more\": 1,\n    \"type\""),
            good.Replace($"    \"sha256\": \"{digest}\",\n", ""),
            good.Replace(digest, digest.ToUpperInvariant()),
            good.Replace(digest, new string('0', 64)),
            good.Replace(signature, signature.TrimEnd('=')),
            good.Replace(signature, signature[..^3] + (char)(signature[^3] + 1) + "=="), // the same bytes: base64 has bits to spare
            good.Replace(signature, signature[..8] + "\\n" + signature[8..]),
            good.Replace(signature, signature[..8] + " " + signature[8..]),
            good.Replace(signature, Convert.ToBase64String(new byte[63])),
            good.Replace(keyId, ""),
            good.Replace(keyId, keyId + "\\\""),
            good.Replace(keyId, "\\u0061" + keyId[1..]),
            good.Replace(keyId, new string('a', 101)),
            good.Replace("application/", "application\\/"),
            good.Replace("\n", "\r\n"),
            good.Replace("  \"seal\"", "\t\"seal\""),
            good + "\n", good + " ", good + "{}", good + good, " " + good, "\uFEFF" + good, good.TrimEnd(), good + "\0",
            "// x\n" + good,
            good.Replace(document, "[]"), good.Replace(document, "null"), good.Replace(document, "\"x\""),
            "", " ", "null", "[]", "{}", "\"x\"", "1", "{", "not JSON", """{"document":{},"seal":{}}""", """{"document":{},"seal":null}""",
            $$$"""{"document":{"a":{{{new string('[', 100_000)}}}}},"seal":{}}""",
        ];
        foreach (var variant in variants)
        {
            Assert.NotEqual(good, variant);
            var refused = Record.Exception(() => SealFormat.Parse(Encoding.UTF8.GetBytes(variant)));
            Assert.True(refused is SealException, $"{variant[..Math.Min(60, variant.Length)]}: {refused}");
        }
    }

    [Fact]
    public async Task Parse_InvalidUtf8_IsRefused()
    {
        var file = await FileAsync(Text);
        var type = Encoding.UTF8.GetString(file).IndexOf("vnd", StringComparison.Ordinal);
        foreach (var at in new[] { 3, type + 20, file.Length - 10 })
        {
            var bad = file.ToArray();
            bad[at] = 0xFF;
            Assert.Throws<SealException>(() => SealFormat.Parse(bad));
        }
    }

    [Fact]
    public void Parse_RandomBytes_ThrowsNothingElse()
    {
        var random = new Random(1);
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            Assert.Throws<SealException>(() => SealFormat.Parse(bytes));
        }
    }

    public void Dispose() => signer.Dispose();

    private static bool Refused(Action action) => Record.Exception(action) is SealException or UntrustedKeyException;

    private static string Between(string text, string before, string after)
    {
        var start = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
        return text[start..text.IndexOf(after, start, StringComparison.Ordinal)];
    }

    private async Task<byte[]> FileAsync(string document) =>
        await Verification.Scene.SealAsync(signer, DocumentTypes.Lease, Encoding.UTF8.GetBytes(document));
}
