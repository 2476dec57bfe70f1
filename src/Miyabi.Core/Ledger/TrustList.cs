using System.Collections.Immutable;
using System.Buffers;
using System.Security.Cryptography;

namespace Miyabi.Core.Ledger;

/// <summary>The public keys that are trusted, and for what.</summary>
/// <remarks>Safe to use from many threads.</remarks>
public sealed class TrustList
{
    // An ECDsa is not promised to be safe for use from two threads at once, so each thread has its own.
    private readonly ImmutableDictionary<string, (TrustedKey Key, ThreadLocal<ECDsa> Algorithm)> keys;

    /// <summary>Takes P-256 keys with distinct ids.</summary>
    /// <exception cref="CryptographicException">A key is no P-256 public key.</exception>
    public TrustList(IEnumerable<TrustedKey> keys) =>
        this.keys = keys.ToImmutableDictionary(key => key.KeyId, Entry, StringComparer.Ordinal);

    /// <summary>The keys, by id.</summary>
    public IEnumerable<TrustedKey> Keys => keys.Values.Select(entry => entry.Key).OrderBy(key => key.KeyId, StringComparer.Ordinal);

    /// <summary>Takes a file apart and checks that a key trusted for what the document is has signed it.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="type">The document type that is expected there.</param>
    /// <exception cref="SealException">It is no sealed document of the type, or its seal does not hold.</exception>
    /// <exception cref="UntrustedKeyException">The seal's key is not in the list, or not for documents of this type.</exception>
    public SealedDocument Open(ReadOnlyMemory<byte> file, string type)
    {
        var document = Open(file);
        return document.Type == type
            ? document
            : throw new SealException($"The document is a '{document.Type}'; here belongs a '{type}'.");
    }

    /// <summary>The same for a document of any type.</summary>
    /// <exception cref="SealException">It is no sealed document, or its seal does not hold.</exception>
    /// <exception cref="UntrustedKeyException">The seal's key is not in the list, or not for documents of its type.</exception>
    public SealedDocument Open(ReadOnlyMemory<byte> file)
    {
        var document = SealFormat.Parse(file);
        var role = DocumentTypes.RoleOf(document.Type);
        if (!keys.TryGetValue(document.KeyId, out var entry))
            throw new UntrustedKeyException(document.KeyId, $"The document is sealed by key {document.KeyId}, which is not trusted here.");
        if (!entry.Key.Roles.Contains(role))
            throw new UntrustedKeyException(document.KeyId, $"Key {document.KeyId} is trusted, but not in the role '{role.ToString().ToLowerInvariant()}'.");
        return Fits(document, entry.Algorithm.Value!) ? document : throw new SealException("The signature does not fit the document.");
    }

    /// <summary>Checks that a document's date lies in its key's time of validity.</summary>
    /// <exception cref="UntrustedKeyException">It does not.</exception>
    internal void CheckDate(SealedDocument document, DateTimeOffset date)
    {
        var key = keys[document.KeyId].Key;
        if (date < key.NotBefore || date > key.NotAfter)
        {
            throw new UntrustedKeyException(
                document.KeyId, $"Key {document.KeyId} is trusted from {key.NotBefore:O} to {key.NotAfter:O}; the document is dated {date:O}. Check this machine's clock, or the key's times in the trust file.");
        }
    }

    private static bool Fits(SealedDocument document, ECDsa key)
    {
        var signed = ArrayPool<byte>.Shared.Rent(SealFormat.PreAuthenticationRoom(document.Type, document.Document.Length));
        try
        {
            var length = SealFormat.WritePreAuthenticationEncoding(document.Type, document.Document.Span, signed);
            return key.VerifyData(signed.AsSpan(0, length), document.Signature.Span, HashAlgorithmName.SHA256);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(signed);
        }
    }

    private static (TrustedKey Key, ThreadLocal<ECDsa> Algorithm) Entry(TrustedKey key)
    {
        Import(key).Dispose(); // a bad key is an error now, not at its first use
        return (key, new ThreadLocal<ECDsa>(() => Import(key)));
    }

    private static ECDsa Import(TrustedKey key)
    {
        var algorithm = ECDsa.Create();
        algorithm.ImportSubjectPublicKeyInfo(key.SubjectPublicKeyInfo.Span, out _);
        var curve = algorithm.ExportParameters(includePrivateParameters: false).Curve.Oid;
        return curve.Value == ECCurve.NamedCurves.nistP256.Oid.Value || curve.FriendlyName == ECCurve.NamedCurves.nistP256.Oid.FriendlyName
            ? algorithm
            : throw new CryptographicException($"Key {key.KeyId} is on the curve {curve.FriendlyName}; P-256 is expected.");
    }
}

/// <summary>A document is sealed by a key that is not trusted for it.</summary>
public sealed class UntrustedKeyException(string keyId, string message) : Exception(message)
{
    /// <summary>The key's id.</summary>
    public string KeyId { get; } = keyId;

    /// <summary>The document, below the run's folder; <see langword="null"/>: not known here.</summary>
    public string? Document { get; init; }
}
