using System.IO.Enumeration;
using Miyabi.Core.Ledger;

namespace Miyabi.Storage.Directories;

/// <summary>Walks a store's folders in the order of names, one folder in memory at a time on each level.</summary>
internal static class BlobTree
{
    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };

    /// <summary>Every blob under a prefix, in ordinal order of names.</summary>
    public static IEnumerable<BlobItem> Blobs(StoreFolders folders, string prefix)
    {
        foreach (var (entry, bytes) in Entries(folders, prefix).OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            if (entry[^1] != '/')
            {
                yield return new BlobItem(prefix + entry, bytes);
                continue;
            }

            foreach (var blob in Blobs(folders, prefix + entry))
                yield return blob;
        }
    }

    /// <summary>The folders right under a prefix that have a blob in them, in ordinal order.</summary>
    public static IEnumerable<string> Folders(StoreFolders folders, string prefix) =>
        Entries(folders, prefix)
            .Where(entry => entry.Name[^1] == '/')
            .Select(entry => entry.Name[..^1])
            .Order(StringComparer.Ordinal)
            .Where(folder => HasBlob(folders, $"{prefix}{folder}/"));

    // A folder without blobs is what a crash or a deletion leaves; other stores know no such thing.
    private static bool HasBlob(StoreFolders folders, string prefix)
    {
        var entries = Entries(folders, prefix);
        return entries.Exists(entry => entry.Name[^1] != '/') || entries.Exists(entry => HasBlob(folders, prefix + entry.Name));
    }

    // Folders end in a slash: that puts what lies in them where ordinal order of whole names wants it ('a-b' < 'a/b' < 'a0').
    private static List<(string Name, long Bytes)> Entries(StoreFolders folders, string prefix)
    {
        var folder = folders.PathOf(prefix);
        var found = new FileSystemEnumerable<(string Name, bool IsFolder)>(
            folder, (ref entry) => (entry.FileName.ToString(), entry.IsDirectory), Everything);
        var entries = new List<(string, long)>();
        try
        {
            foreach (var (name, isFolder) in found)
            {
                if (!BlobName.IsValid(prefix + name))
                    continue;
                if (!isFolder && LengthOf(Path.Join(folder, name)) is { } bytes)
                    entries.Add((name, bytes));
                else if (isFolder && prefix.Length + name.Length + 2 <= BlobName.MaxLength)
                    entries.Add((name + "/", 0));
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Removed while we looked, or never there: either way nothing is in it.
        }

        return entries;
    }

    // The enumeration's own length is 0 for a file deleted meanwhile; such a file must be left out, not listed as empty.
    private static long? LengthOf(string path)
    {
        try
        {
            return new FileInfo(path).Length;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
