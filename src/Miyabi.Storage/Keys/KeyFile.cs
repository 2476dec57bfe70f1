using System.Security.Cryptography;
using System.Text;
using Miyabi.Storage.Directories;

namespace Miyabi.Storage.Keys;

/// <summary>The private key of this installation: <c>signing-key.pem</c> in the home folder, PKCS#8, for its owner only.</summary>
internal static class KeyFile
{
    /// <summary>Its name in the home folder.</summary>
    public const string FileName = "signing-key.pem";

    private const int MaxBytes = 16 * 1024;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Reads the key; <see langword="null"/> if there is none.</summary>
    public static async Task<FileSigner?> ReadAsync(string home, CancellationToken cancellationToken)
    {
        var path = Path.Combine(home, FileName);
        var content = new byte[MaxBytes];
        try
        {
            int length;
            await using (var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0))
            {
                // Of the open file: the one with the name may be another by now.
                if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & Others) != UnixFileMode.None)
                    throw new KeyException($"{path} can be read by others than its owner, so whatever it signs proves nothing. Run: chmod 600 '{path}'");
                length = await file.ReadAtLeastAsync(content, MaxBytes, throwOnEndOfStream: false, cancellationToken);
            }

            var key = P256.ReadPrivate(Encoding.UTF8.GetString(content.AsSpan(0, length)))
                ?? throw new KeyException($"{path} is no private key on P-256 in PKCS#8 PEM (-----BEGIN PRIVATE KEY-----). Restore it from a copy; "
                    + "or move it away, and the next run makes a new one (what the old one signed stays valid while the trust file has it).");
            return new FileSigner(key);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (StoreFailure.IsFileTrouble(e))
        {
            throw HomeLock.Trouble("read", path, e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>Makes a key; for who has the lock. Trusted before it is there: a key without a trust file means that the file was lost.</summary>
    public static async Task MakeAsync(string home, CancellationToken cancellationToken)
    {
        var path = Path.Combine(home, FileName);
        RemoveLeftovers(home);
        using var signer = new FileSigner(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        var pem = Encoding.UTF8.GetBytes(signer.ExportPkcs8Pem() + "\n");
        try
        {
            using var aside = AsideFile.Write(HomeLock.NewAside(home, FileName), pem, flush: true, HomeLock.OwnerOnly);
            await TrustFile.AddLockedAsync(home, TrustFile.Own(signer), cancellationToken);
            aside.PublishNew(path); // if another made one without our lock (a file system without locks), that one is read
            if (!OperatingSystem.IsWindows())
                PosixFiles.FlushFolder(home);
        }
        catch (Exception e) when (StoreFailure.IsFileTrouble(e))
        {
            throw HomeLock.Trouble("write", path, e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pem);
        }
    }

    // A key that a crash left unfinished signs nothing, and no one should find it.
    private static void RemoveLeftovers(string home)
    {
        foreach (var leftover in Directory.EnumerateFiles(home, $"~{FileName}.*"))
            File.Delete(leftover);
    }
}
