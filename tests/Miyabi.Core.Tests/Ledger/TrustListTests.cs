using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using Miyabi.Core.Ledger;
using Miyabi.Testing;
using Miyabi.Testing.Runs;

namespace Miyabi.Core.Tests.Ledger;

public sealed class TrustListTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private readonly TestSigner signer = new();

    [Fact]
    public async Task Open_UnknownKey_IsUntrusted()
    {
        var file = await FileAsync();

        var e = Assert.Throws<UntrustedKeyException>(() => new TrustList([]).Open(file));

        Assert.Equal(signer.KeyId, e.KeyId);
    }

    [Fact]
    public async Task Open_KeyOfAnotherRole_IsUntrusted()
    {
        var file = await FileAsync();

        Assert.Throws<UntrustedKeyException>(() => new TrustList([signer.Trusted(KeyRole.Agent, KeyRole.Control)]).Open(file));
        new TrustList([signer.Trusted(KeyRole.Run)]).Open(file);
    }

    [Fact]
    public async Task Open_AnotherKeyUnderTheSameId_IsRefused()
    {
        using var other = new TestSigner();
        var file = await FileAsync();

        Assert.Throws<SealException>(() => new TrustList([other.Trusted() with { KeyId = signer.KeyId }]).Open(file));
    }

    [Fact]
    public async Task Open_AnotherTypeThanExpected_IsRefused()
    {
        var file = await FileAsync();

        Assert.Throws<SealException>(() => new TrustList([signer.Trusted()]).Open(file, DocumentTypes.Plan));
    }

    [Fact]
    public async Task Open_MirroredSignature_IsTheSameDocument()
    {
        // With (r, s), (r, n - s) is a good signature too. It changes the file, not the digest by which others name the document.
        var parsed = SealFormat.Parse(await FileAsync());
        var order = BigInteger.Parse("0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", NumberStyles.HexNumber);
        var mirrored = parsed.Signature.ToArray();
        var s = order - new BigInteger(mirrored.AsSpan(32), isUnsigned: true, isBigEndian: true);
        mirrored.AsSpan(32).Clear();
        var bytes = s.ToByteArray(isUnsigned: true, isBigEndian: true);
        bytes.CopyTo(mirrored, 64 - bytes.Length);
        var file = SealFormat.Compose(parsed.Type, parsed.KeyId, parsed.Digest, parsed.Document.Span, mirrored);

        Assert.Equal(parsed.Digest, new TrustList([signer.Trusted()]).Open(file).Digest);
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(60, true)]
    [InlineData(61, false)]
    public async Task Read_DateOutsideTheKeysValidity_IsUntrusted(int minute, bool trusted)
    {
        var store = new InMemoryBlobStore();
        var key = signer.Trusted() with { NotBefore = Noon, NotAfter = Noon.AddMinutes(60) };
        var ledger = new RunLedger("r", store, new Sealer(signer), new TrustList([key]));
        await ledger.CreateOwnerAsync(new OwnerDocument { Run = "r", Owner = 1, Holder = "h", At = Noon.AddMinutes(minute), Until = Noon }, default);

        var e = await Record.ExceptionAsync(() => ledger.ReadOwnerAsync(1, default));

        Assert.Equal(trusted ? null : typeof(UntrustedKeyException), e?.GetType());
    }

    [Fact]
    public void TrustList_OtherCurveOrGarbage_IsRefused()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        Assert.ThrowsAny<CryptographicException>(() => new TrustList([signer.Trusted() with { SubjectPublicKeyInfo = p384.ExportSubjectPublicKeyInfo() }]));
        Assert.ThrowsAny<CryptographicException>(() => new TrustList([signer.Trusted() with { SubjectPublicKeyInfo = new byte[91] }]));
    }

    public void Dispose() => signer.Dispose();

    private async Task<byte[]> FileAsync() => await Verification.Scene.SealAsync(signer, DocumentTypes.Lease, """{ "run": "r" }"""u8.ToArray());
}
