using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace Miyabi.Core.Ledger;

/// <summary>What a key may sign.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<KeyRole>))]
public enum KeyRole
{
    /// <summary>Plans, steps, manifests, owners: what the runner decides.</summary>
    Run,

    /// <summary>Instructions, claims and results: what agents are told and say.</summary>
    Agent,

    /// <summary>Approvals, cancels and the like: what a person decides.</summary>
    Control,
}

/// <summary>A public key that is trusted, for what, and when.</summary>
/// <param name="KeyId">See <see cref="PublicKey.KeyId"/>.</param>
/// <param name="SubjectPublicKeyInfo">The P-256 key, DER.</param>
/// <param name="Roles">What it may sign.</param>
/// <param name="NotBefore">Documents dated earlier are not trusted; <see langword="null"/>: no such bound.</param>
/// <param name="NotAfter">Documents dated later are not trusted; <see langword="null"/>: no such bound.</param>
/// <param name="Name">What people call it; may be empty.</param>
public sealed record TrustedKey(
    string KeyId,
    ReadOnlyMemory<byte> SubjectPublicKeyInfo,
    ImmutableArray<KeyRole> Roles,
    DateTimeOffset? NotBefore,
    DateTimeOffset? NotAfter,
    string Name);

/// <summary>Facts about public keys.</summary>
public static class PublicKey
{
    /// <summary>The first 32 hex digits of the SHA-256 of a key's SubjectPublicKeyInfo.</summary>
    /// <remarks>A name, not a proof: the signature is checked with the key itself.</remarks>
    public static string KeyId(ReadOnlySpan<byte> subjectPublicKeyInfo) => Convert.ToHexStringLower(SHA256.HashData(subjectPublicKeyInfo))[..32];
}
