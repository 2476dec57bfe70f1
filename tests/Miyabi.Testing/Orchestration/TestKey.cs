using System.Security.Cryptography;
using Miyabi.Core.Ledger;

namespace Miyabi.Testing.Orchestration;

/// <summary>A signing key in memory.</summary>
public sealed class TestKey : ISigner, IDisposable
{
    // An ECDsa is not promised to be safe for two threads at once.
    private readonly ThreadLocal<ECDsa> algorithm;
    private readonly byte[] publicKey;

    public TestKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = key.ExportParameters(includePrivateParameters: true);
        algorithm = new ThreadLocal<ECDsa>(() => ECDsa.Create(parameters));
        publicKey = key.ExportSubjectPublicKeyInfo();
        KeyId = PublicKey.KeyId(publicKey);
    }

    public string KeyId { get; }

    /// <summary>The key, trusted for everything.</summary>
    public TrustedKey Trusted => new(KeyId, publicKey, [KeyRole.Run, KeyRole.Agent, KeyRole.Control], null, null, "test");

    public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
        ValueTask.FromResult(algorithm.Value!.SignData(message.Span, HashAlgorithmName.SHA256));

    public void Dispose() => algorithm.Dispose();
}
