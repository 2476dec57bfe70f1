using System.Collections.Concurrent;
using System.Security.Cryptography;
using Miyabi.Core.Ledger;

namespace Miyabi.Storage.Keys;

/// <summary>Signs with a private key in memory, on any number of threads at once.</summary>
public sealed class FileSigner : ISigner, IDisposable
{
    // An ECDsa serves one thread at a time. The first stays here as the source of copies; copies wait in the bag between uses.
    private readonly ECDsa key;
    private readonly ConcurrentBag<ECDsa> idle = [];
    private readonly Lock copying = new();
    private volatile bool disposed;

    /// <summary>Takes a P-256 key with its private half, and owns it from now on.</summary>
    public FileSigner(ECDsa key)
    {
        this.key = key;
        SubjectPublicKeyInfo = key.ExportSubjectPublicKeyInfo();
        KeyId = PublicKey.KeyId(SubjectPublicKeyInfo);
    }

    /// <summary>Reads a private key, PKCS#8 in PEM. Its line breaks may be missing or spaces, as they are in settings of one line.</summary>
    /// <returns><see langword="null"/>: it is no P-256 key.</returns>
    public static FileSigner? FromPem(string pem) => P256.ReadPrivate(P256.Unfolded(pem)) is { } key ? new FileSigner(key) : null;

    /// <inheritdoc/>
    public string KeyId { get; }

    /// <summary>The public half, PEM: what others need to trust it.</summary>
    public string PublicKeyPem => P256.WritePublic(SubjectPublicKeyInfo);

    /// <summary>This key, trusted in every role.</summary>
    /// <param name="name">What people call it.</param>
    public TrustedKey Trusted(string name) => new(KeyId, SubjectPublicKeyInfo, [KeyRole.Run, KeyRole.Agent, KeyRole.Control], null, null, name);

    /// <summary>The public half, DER.</summary>
    public byte[] SubjectPublicKeyInfo { get; }

    /// <inheritdoc/>
    public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(disposed, this);
        var signer = idle.TryTake(out var waiting) ? waiting : Copy();
        var signature = signer.SignData(message.Span, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        idle.Add(signer);
        return ValueTask.FromResult(signature);
    }

    /// <summary>The private key, for the file it is kept in and nothing else.</summary>
    public string ExportPkcs8Pem()
    {
        lock (copying)
            return key.ExportPkcs8PrivateKeyPem();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        disposed = true;
        while (idle.TryTake(out var copy))
            copy.Dispose();
        key.Dispose();
    }

    private ECDsa Copy()
    {
        lock (copying)
        {
            var parameters = key.ExportParameters(includePrivateParameters: true);
            try
            {
                return ECDsa.Create(parameters);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(parameters.D);
            }
        }
    }
}
