using System.Runtime.InteropServices;

namespace Miyabi.Agents.Command;

/// <summary>What lies in folders: the bytes that it takes up on the disk, and how many files and folders.</summary>
/// <remarks>Links are counted and never followed. A file counts for each of its hard links. A file without content but with a length counts for what is on the disk.</remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DiskUse(long Bytes, long Entries)
{
    /// <summary>Measures folders; stops as soon as it is more than a limit.</summary>
    /// <param name="folders">Those that are not there count for nothing.</param>
    /// <param name="maxBytes">The limit of bytes.</param>
    /// <param name="maxEntries">The limit of files and folders.</param>
    public static DiskUse Of(IEnumerable<string> folders, long maxBytes = long.MaxValue, long maxEntries = long.MaxValue)
    {
        var (bytes, entries) = (0L, 0L);
        var pending = new Stack<string>(folders.Where(folder => !FolderTree.IsLink(folder)));
        while (pending.TryPop(out var folder))
        {
            try
            {
                foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
                {
                    entries++;
                    if (entry.FullName.Length == 0)
                        throw new PathTooLongException(); // so .NET says that there is no full path of that length
                    bytes += BytesOf(entry);
                    if (bytes > maxBytes || entries > maxEntries)
                        return new DiskUse(bytes, entries);
                    if (entry is DirectoryInfo && entry.LinkTarget is null)
                        pending.Push(entry.FullName);
                }
            }
            catch (PathTooLongException)
            {
                return new DiskUse(bytes, long.MaxValue); // deeper than any path reaches: nobody makes that by mistake
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It went away under us, or the program has taken the right to look away from itself too.
            }
        }

        return new DiskUse(bytes, entries);
    }

    private static long BytesOf(FileSystemInfo entry)
    {
        if (UnixFile.StatusOf(entry.FullName) is { } status)
            return status.BytesOnDisk;
        return entry is FileInfo { Exists: true } file ? file.Length : 0;
    }
}
