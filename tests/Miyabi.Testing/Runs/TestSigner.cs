using System.Collections.Immutable;
using System.Security.Cryptography;
using Miyabi.Core.Ledger;

namespace Miyabi.Testing.Runs;

/// <summary>A signing key of a test's own, in memory.</summary>
public sealed class TestSigner : ISigner, IDisposable
{
    private readonly Lock gate = new();

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string KeyId => PublicKey.KeyId(Key.ExportSubjectPublicKeyInfo());

    public TrustedKey Trusted(params ImmutableArray<KeyRole> roles) =>
        new(KeyId, Key.ExportSubjectPublicKeyInfo(), roles.IsEmpty ? [.. Enum.GetValues<KeyRole>()] : roles, null, null, "test");

    public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        lock (gate)
            return new(Key.SignData(message.Span, HashAlgorithmName.SHA256));
    }

    public void Dispose() => Key.Dispose();
}
