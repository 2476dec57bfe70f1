namespace Miyabi.Core.Ledger;

/// <summary>Signs with the one key of this installation: a file on a laptop, Key Vault in Azure.</summary>
public interface ISigner
{
    /// <summary>The key's id: <see cref="PublicKey.KeyId"/> of its public half.</summary>
    string KeyId { get; }

    /// <summary>Signs bytes: ECDSA on P-256 with SHA-256, 64 bytes (r and s, IEEE P1363).</summary>
    /// <param name="message">Not to be read once the answer is there: its memory is used again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken);
}
