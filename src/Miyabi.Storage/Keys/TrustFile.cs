using System.Collections.Immutable;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Directories;

namespace Miyabi.Storage.Keys;

/// <summary>The public keys that are trusted, for what, and when: <c>trust.json</c> in the home folder. Verifying needs it and no private key.</summary>
/// <remarks>
/// Changes are whole or not at all, and wait for one another, between processes too.
/// Every method throws <see cref="KeyException"/> with the file, the place in it and the cure.
/// </remarks>
public static class TrustFile
{
    /// <summary>Its name in the home folder.</summary>
    public const string FileName = "trust.json";

    private const long MaxBytes = 1024 * 1024;

    /// <summary>The trusted keys.</summary>
    /// <param name="homeOrFile">The home folder, or a trust file anywhere; at most 1 MiB.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<ImmutableArray<TrustedKey>> ReadAsync(string homeOrFile, CancellationToken cancellationToken)
    {
        var file = Directory.Exists(homeOrFile) ? Path.Combine(homeOrFile, FileName) : homeOrFile;
        return await ReadIfThereAsync(file, cancellationToken)
            ?? throw new KeyException($"{file} is missing, so no key is trusted. 'miyabi keys trust --own' makes it with this installation's own key; "
                + "'miyabi keys trust FILE' adds others.");
    }

    /// <summary>Trusts a public key; one that is trusted already gets the new name and roles.</summary>
    /// <param name="home">The home folder; made if need be.</param>
    /// <param name="publicKeyPem">The key, PEM, as <see cref="InstallationKeys.PublicKeyPem"/> gives it.</param>
    /// <param name="name">What people call it; may be empty.</param>
    /// <param name="roles">What it may sign; at least one.</param>
    /// <param name="cancellationToken">Ends the work before the file is changed.</param>
    public static Task<TrustedKey> AddAsync(
        string home, string publicKeyPem, string name, ImmutableArray<KeyRole> roles, CancellationToken cancellationToken)
    {
        if (roles.IsDefaultOrEmpty)
            throw new ArgumentException("A trusted key has at least one role.", nameof(roles));
        var publicKey = ReadPem(publicKeyPem);
        return AddAsync(home, new TrustedKey(PublicKey.KeyId(publicKey), publicKey, [.. roles.Distinct()], null, null, name), cancellationToken);
    }

    /// <summary>The id of a public key, worked out of the key itself.</summary>
    /// <param name="publicKeyPem">The key, PEM.</param>
    public static string KeyIdOf(string publicKeyPem) => PublicKey.KeyId(ReadPem(publicKeyPem));

    /// <summary>Trusts this installation's own key in every role. Makes a missing trust file; makes no key.</summary>
    public static async Task<TrustedKey> AddOwnAsync(string home, CancellationToken cancellationToken)
    {
        using var signer = await KeyFile.ReadAsync(home, cancellationToken)
            ?? throw new KeyException($"{Path.Combine(home, KeyFile.FileName)} is missing: this installation has no key yet. The first run makes it.");
        return await AddAsync(home, Own(signer), cancellationToken);
    }

    /// <summary>Trusts a key no longer: documents signed with it fail verification from now on.</summary>
    /// <returns>Whether it was trusted.</returns>
    public static async Task<bool> RemoveAsync(string home, string keyId, CancellationToken cancellationToken)
    {
        using var changing = await HomeLock.TakeAsync(home, cancellationToken);
        var keys = await ReadAsync(home, cancellationToken);
        var left = keys.RemoveAll(key => key.KeyId == keyId);
        if (left.Length < keys.Length)
            Write(home, left);
        return left.Length < keys.Length;
    }

    /// <summary>The trusted keys in JSON of the form of the file.</summary>
    /// <param name="json">The JSON, UTF-8.</param>
    /// <param name="name">What it is called in messages.</param>
    public static ImmutableArray<TrustedKey> Read(ReadOnlyMemory<byte> json, string name) => TrustJson.Read(json, name);

    internal static TrustedKey Own(FileSigner signer) => signer.Trusted("this installation");

    /// <summary>Adds a key; for who has the lock.</summary>
    internal static async Task AddLockedAsync(string home, TrustedKey key, CancellationToken cancellationToken)
    {
        var keys = await ReadIfThereAsync(Path.Combine(home, FileName), cancellationToken) ?? [];
        Write(home, [.. keys.Where(other => other.KeyId != key.KeyId), key]);
    }

    private static async Task<TrustedKey> AddAsync(string home, TrustedKey key, CancellationToken cancellationToken)
    {
        using var changing = await HomeLock.TakeAsync(home, cancellationToken);
        await AddLockedAsync(home, key, cancellationToken);
        return key;
    }

    private static async Task<ImmutableArray<TrustedKey>?> ReadIfThereAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            if (new FileInfo(file) is { Exists: true, Length: > MaxBytes } large)
                throw new KeyException($"{file} has {large.Length} bytes; a trust file has at most {MaxBytes}. Remove keys that are not needed.");
            return TrustJson.Read(await File.ReadAllBytesAsync(file, cancellationToken), file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (StoreFailure.IsFileTrouble(e))
        {
            throw HomeLock.Trouble("read", file, e);
        }
    }

    private static void Write(string home, ImmutableArray<TrustedKey> keys)
    {
        var file = Path.Combine(home, FileName);
        try
        {
            using var aside = AsideFile.Write(HomeLock.NewAside(home, FileName), TrustJson.Write(keys), flush: true, HomeLock.OwnerOnly);
            aside.PublishOver(file);
            if (!OperatingSystem.IsWindows())
                PosixFiles.FlushFolder(home);
        }
        catch (Exception e) when (StoreFailure.IsFileTrouble(e))
        {
            throw HomeLock.Trouble("write", file, e);
        }
    }

    private static byte[] ReadPem(string publicKeyPem)
    {
        if (P256.ReadPublic(publicKeyPem) is not { } publicKey)
            throw new KeyException("This is no public key in PEM (-----BEGIN PUBLIC KEY-----). 'miyabi keys export', where the key is, writes it.") { IsArgument = true };
        return P256.WhatIsWrong(publicKey) is { } wrong
            ? throw new KeyException($"The PEM {wrong}. 'miyabi keys export', where the key is, writes one that is.") { IsArgument = true }
            : publicKey;
    }
}
