using System.Security.Cryptography;
using Miyabi.Core.Attestation;

namespace Miyabi.Core.Tests.Attestation;

public class DerSignatureTests
{
    [Theory]
    [InlineData(1, "020101")]
    [InlineData(0x7f, "02017F")]
    [InlineData(0x80, "02020080")]
    [InlineData(0x1234, "02021234")]
    [InlineData(0xffff, "020300FFFF")]
    public void Number_IsAsShortAsItMayBe(int number, string expected)
    {
        var raw = new byte[64];
        raw[30] = raw[62] = (byte)(number >> 8);
        raw[31] = raw[63] = (byte)number;

        var der = Convert.ToHexString(DerSignature.Of(raw));

        Assert.Equal(expected + expected, der[4..]);
        Assert.Equal($"30{expected.Length:X2}", der[..4]);
    }

    [Fact]
    public void AnySignature_IsTakenByWhoExpectsDer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // One in 128 has a number that is shorter than the others.
        for (var i = 0; i < 1_000; i++)
        {
            byte[] message = [(byte)i, (byte)(i >> 8)];
            var der = DerSignature.Of(key.SignData(message, HashAlgorithmName.SHA256));
            Assert.True(key.VerifyData(message, der, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence), Convert.ToHexString(der));
        }
    }
}
