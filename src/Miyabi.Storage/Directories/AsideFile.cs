using Microsoft.Win32.SafeHandles;
using Miyabi.Core.Ledger;

namespace Miyabi.Storage.Directories;

/// <summary>A file written where nobody looks, until it gets its name: so a reader sees it whole or not at all. Disposing removes what was not published.</summary>
internal sealed class AsideFile : IDisposable
{
    private readonly string path;

    private AsideFile(string path) => this.path = path;

    /// <summary>Writes the file.</summary>
    /// <param name="path">A new name, in an existing folder on the file system that it is published to.</param>
    /// <param name="content">All of it.</param>
    /// <param name="flush">Whether the content is on the disk when this returns.</param>
    /// <param name="mode">Its permissions on Unix, from the first moment; <see langword="null"/>: what the umask leaves.</param>
    public static AsideFile Write(string path, ReadOnlySpan<byte> content, bool flush, UnixFileMode? mode = null)
    {
        var file = Open(path, mode);
        var aside = new AsideFile(path);
        try
        {
            // Closed before it is removed for a failure: Windows removes no file that is open.
            using (file)
            {
                RandomAccess.Write(file, content, fileOffset: 0);
                if (flush)
                    RandomAccess.FlushToDisk(file);
            }
        }
        catch
        {
            aside.Dispose();
            throw;
        }

        return aside;
    }

    /// <summary>Gives the file its name, unless the name is taken: one of any number of threads and processes succeeds.</summary>
    /// <returns>Whether it did; if not, what has the name is untouched.</returns>
    public bool PublishNew(string target)
    {
        if (OperatingSystem.IsWindows())
            return MoveOnWindows(target);

        // File.Move without overwrite looks, then renames: two could win. link(2) refuses a taken name by itself.
        var errno = PosixFiles.Link(path, target);
        if (errno is Errno.NotPermitted or Errno.TooManyLinks or Errno.FunctionMissing or Errno.NotSupportedOnLinux or Errno.NotSupportedOnMac)
            return PublishNewByRename(target);
        return errno switch
        {
            0 => true,
            Errno.Exists => false,
            _ => throw PosixFiles.Error(errno, target),
        };
    }

    /// <summary>The same on file systems without hard links (FAT, some network and user-space ones).</summary>
    internal bool PublishNewByRename(string target)
    {
        if (OperatingSystem.IsWindows())
            return MoveOnWindows(target);
        return PosixFiles.RenameNoReplace(path, target) switch
        {
            0 => true,
            Errno.Exists => false,
            Errno.Invalid or Errno.FunctionMissing or Errno.NotSupportedOnLinux => throw new StoreException(
                StoreFault.NotAStore,
                $"The file system of {target} can neither link files nor rename them without replacing, so two writers could overwrite each other there. "
                + "Choose a folder on a local disk."),
            var errno => throw PosixFiles.Error(errno, target),
        };
    }

    /// <summary>Gives the file its name in place of what may have it, atomically.</summary>
    public void PublishOver(string target) => File.Move(path, target, overwrite: true);

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What matters is decided by now; the leftover is removed by a later first write.
        }
    }

    private static SafeFileHandle Open(string path, UnixFileMode? mode)
    {
        if (mode is null || OperatingSystem.IsWindows())
            return File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        // Only a stream takes permissions; the handle is all that is wanted of it.
        var stream = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0, UnixCreateMode = mode,
        });
        return stream.SafeFileHandle;
    }

    private bool MoveOnWindows(string target)
    {
        try
        {
            File.Move(path, target, overwrite: false); // MoveFileEx without replacing: atomic there, on one volume
            return true;
        }
        catch (IOException) when (File.Exists(target))
        {
            return false;
        }
    }
}
