using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Attestation;

/// <summary>A DSSE envelope v1: bytes of a named type, and signatures over both.</summary>
/// <param name="PayloadType">How the payload is to be read.</param>
/// <param name="Payload">The bytes, base64.</param>
/// <param name="Signatures">One or more.</param>
internal sealed record DsseEnvelope(string PayloadType, byte[] Payload, ImmutableArray<DsseSignature> Signatures)
{
    /// <summary>Puts bytes into an envelope with a signature by a key: ECDSA over the pre-authentication encoding, in DER.</summary>
    /// <returns>The envelope as JSON, on one line that ends in a line feed: several may stand in one file.</returns>
    internal static async ValueTask<byte[]> SealAsync(string payloadType, byte[] payload, ISigner signer, CancellationToken cancellationToken)
    {
        var signature = await signer.SignAsync(SealFormat.PreAuthenticationEncoding(payloadType, payload), cancellationToken);
        var envelope = new DsseEnvelope(payloadType, payload, [new DsseSignature(signer.KeyId, DerSignature.Of(signature))]);
        return [.. JsonSerializer.SerializeToUtf8Bytes(envelope, AttestationForm.Json.DsseEnvelope), (byte)'\n'];
    }
}

/// <summary>A signature of an envelope.</summary>
/// <param name="Keyid">A hint at the key; not signed.</param>
/// <param name="Sig">The signature, base64.</param>
internal sealed record DsseSignature(string Keyid, byte[] Sig);
