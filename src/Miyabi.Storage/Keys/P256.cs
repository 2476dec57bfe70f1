using System.Security.Cryptography;

namespace Miyabi.Storage.Keys;

/// <summary>The one kind of key there is: ECDSA on P-256.</summary>
internal static class P256
{
    private const string CurveOid = "1.2.840.10045.3.1.7";
    private const string PrivateLabel = "PRIVATE KEY";
    private const string PublicLabel = "PUBLIC KEY";

    /// <summary>Why a SubjectPublicKeyInfo is no P-256 key in its one usual encoding; <see langword="null"/>: it is one.</summary>
    public static string? WhatIsWrong(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        try
        {
            using var key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out var read);
            if (!IsP256(key))
                return "is a key, but not on P-256";

            // One key, one encoding: otherwise it would have several ids.
            return read == subjectPublicKeyInfo.Length && subjectPublicKeyInfo.SequenceEqual(key.ExportSubjectPublicKeyInfo())
                ? null
                : "is not the usual encoding of its key";
        }
        catch (CryptographicException)
        {
            return "is no public key (SubjectPublicKeyInfo) for ECDSA on P-256";
        }
    }

    /// <summary>A private key from PKCS#8 in PEM; <see langword="null"/> if it is none.</summary>
    public static ECDsa? ReadPrivate(string pem)
    {
        if (Decode(pem, PrivateLabel) is not { } pkcs8)
            return null;
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out var read);
            if (read == pkcs8.Length && IsP256(key))
                return key;
        }
        catch (CryptographicException)
        {
            // Said by the caller, who knows the file.
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pkcs8);
        }

        key.Dispose();
        return null;
    }

    /// <summary>The bytes in a public key's PEM; <see langword="null"/> if there is none.</summary>
    public static byte[]? ReadPublic(string pem) => Decode(pem, PublicLabel);

    /// <summary>A public key as PEM, with a line break at its end.</summary>
    public static string WritePublic(ReadOnlySpan<byte> subjectPublicKeyInfo) => PemEncoding.WriteString(PublicLabel, subjectPublicKeyInfo) + "\n";

    /// <summary>A PEM whose line breaks are missing, spaces, or written as <c>\\n</c>, with line breaks where the form needs them.</summary>
    public static string Unfolded(string pem) => pem.Replace("\\n", "\n", StringComparison.Ordinal)
        .Replace("-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n", StringComparison.Ordinal)
        .Replace("-----END PRIVATE KEY-----", "\n-----END PRIVATE KEY-----", StringComparison.Ordinal);

    private static bool IsP256(ECDsa key)
    {
        var curve = key.ExportParameters(includePrivateParameters: false).Curve;
        return curve.IsNamed && (curve.Oid.Value == CurveOid || curve.Oid.FriendlyName is "nistP256" or "ECDSA_P256");
    }

    private static byte[]? Decode(string pem, string label)
    {
        if (!PemEncoding.TryFind(pem, out var fields) || !pem[fields.Label].Equals(label, StringComparison.Ordinal))
            return null;
        return Convert.FromBase64String(pem[fields.Base64Data]);
    }
}
