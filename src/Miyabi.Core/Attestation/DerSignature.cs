using System.Formats.Asn1;

namespace Miyabi.Core.Attestation;

/// <summary>ECDSA signatures as other tools expect them: an ASN.1 sequence of r and s, DER (RFC 3279).</summary>
internal static class DerSignature
{
    /// <summary>The same signature in this form.</summary>
    /// <param name="signature">r and s, of the same length each (IEEE P1363), as seals have it.</param>
    internal static byte[] Of(ReadOnlySpan<byte> signature)
    {
        var half = signature.Length / 2;
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(Shortest(signature[..half]));
            writer.WriteIntegerUnsigned(Shortest(signature[half..]));
        }

        return writer.Encode();
    }

    // DER has one encoding for a number: without the zeros in front that fill it up here.
    private static ReadOnlySpan<byte> Shortest(ReadOnlySpan<byte> number)
    {
        var first = number.IndexOfAnyExcept((byte)0);
        return first < 0 ? number[^1..] : number[first..];
    }
}
