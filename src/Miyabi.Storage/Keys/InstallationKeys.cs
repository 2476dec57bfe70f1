using System.Collections.Immutable;
using Miyabi.Core.Ledger;

namespace Miyabi.Storage.Keys;

/// <summary>The key that this installation signs with, and the keys it trusts.</summary>
public sealed class InstallationKeys : IDisposable
{
    private readonly FileSigner signer;

    private InstallationKeys(FileSigner signer, ImmutableArray<TrustedKey> trusted) => (this.signer, Trusted) = (signer, trusted);

    /// <summary>Signs with the private key; safe to call from any number of threads.</summary>
    public ISigner Signer => signer;

    /// <summary>The trust file's keys when this was opened.</summary>
    public ImmutableArray<TrustedKey> Trusted { get; }

    /// <summary>The public half of the signing key, PEM: what others need to trust it.</summary>
    public string PublicKeyPem => P256.WritePublic(signer.SubjectPublicKeyInfo);

    /// <summary>Opens the keys; at first use makes the key, readable for its owner only, and trusts it in every role.</summary>
    /// <remarks>Of several processes at once, one makes the key and all use it.</remarks>
    /// <param name="home">The home folder (<see cref="MiyabiHome.Find()"/>); made if need be.</param>
    /// <param name="cancellationToken">Ends the work; what is made stays.</param>
    /// <exception cref="KeyException">A file is missing, unreadable, not as it must be, or the key readable by others; with the cure.</exception>
    public static async Task<InstallationKeys> OpenOrCreateAsync(string home, CancellationToken cancellationToken)
    {
        var own = await KeyFile.ReadAsync(home, cancellationToken) ?? await MakeAsync(home, cancellationToken);
        try
        {
            return new InstallationKeys(own, await TrustFile.ReadAsync(Path.Combine(home, TrustFile.FileName), cancellationToken));
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    /// <summary>Whether a home folder has neither a key nor a trust file yet.</summary>
    public static bool IsNew(string home) => !File.Exists(Path.Combine(home, TrustFile.FileName)) && !File.Exists(Path.Combine(home, KeyFile.FileName));

    /// <inheritdoc/>
    public void Dispose() => signer.Dispose();

    private static async Task<FileSigner> MakeAsync(string home, CancellationToken cancellationToken)
    {
        using var changing = await HomeLock.TakeAsync(home, cancellationToken);
        if (await KeyFile.ReadAsync(home, cancellationToken) is { } made)
            return made; // by who had the lock before
        await KeyFile.MakeAsync(home, cancellationToken);
        return await KeyFile.ReadAsync(home, cancellationToken)
            ?? throw new KeyException($"{Path.Combine(home, KeyFile.FileName)} was made and has been removed since. Do the same again.");
    }
}
