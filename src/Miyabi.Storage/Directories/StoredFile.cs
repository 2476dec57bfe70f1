using Microsoft.Win32.SafeHandles;
using Miyabi.Core.Ledger;

namespace Miyabi.Storage.Directories;

/// <summary>Reads what stands under a blob's path: a file that this store made, or anything that somebody put there.</summary>
internal static class StoredFile
{
    /// <summary>Reads a file whole, whatever may have its name.</summary>
    /// <param name="path">Where it may be.</param>
    /// <param name="name">What the blob is called, for people.</param>
    /// <param name="maxBytes">How large it may be.</param>
    /// <returns>Its bytes; <see langword="null"/> if there is none.</returns>
    /// <exception cref="StoreException">It is larger, a link, or no regular file.</exception>
    public static byte[]? Read(string path, string name, long maxBytes)
    {
        try
        {
            using var file = Open(path);
            var content = Read(file, path, name, maxBytes);
            // An empty folder has no length on some file systems, and none of its own to read.
            return content.Length == 0 && IsFolder(path) ? null : content;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null; // not there, or deleted since we found it
        }
        catch (Exception e) when ((e is StoreException || StoreFailure.IsFileTrouble(e)) && IsFolder(path))
        {
            return null; // a folder has the name: no blob
        }
        catch (IOException e) when (e.HResult is Errno.LoopOnLinux or Errno.LoopOnMac)
        {
            throw StoreFailure.Foreign(path, "a link");
        }
    }

    private static bool IsFolder(string path) =>
        StoreFolders.Kind(path) is { } kind && kind.HasFlag(FileAttributes.Directory) && !kind.HasFlag(FileAttributes.ReparsePoint);

    private static SafeFileHandle Open(string path) =>
        OperatingSystem.IsWindows()
            ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
            : PosixFiles.OpenToRead(path);

    private static byte[] Read(SafeFileHandle file, string path, string name, long maxBytes)
    {
        long length;
        try
        {
            length = RandomAccess.GetLength(file);
        }
        catch (NotSupportedException)
        {
            throw StoreFailure.Foreign(path, "no regular file");
        }

        if (length > Math.Min(maxBytes, Array.MaxLength))
            throw new StoreException(StoreFault.TooLarge, $"{name} has {length} bytes; {maxBytes} are allowed ({path}).");
        var content = new byte[length];
        var read = 0;
        while (read < content.Length && RandomAccess.Read(file, content.AsSpan(read), read) is > 0 and var more)
            read += more;
        return read == content.Length ? content : content[..read];
    }
}
