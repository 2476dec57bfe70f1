using System.Collections.Immutable;

namespace Miyabi.Storage.Directories;

/// <summary>A file that a write which was cut short left behind.</summary>
/// <param name="Name">Its name, of any characters: nobody keeps others from putting files there.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="ChangedAt">When it was last written.</param>
public sealed record UnfinishedWrite(string Name, long Bytes, DateTimeOffset ChangedAt);

/// <summary>What writes that were cut short left in a folder store: seen by no reader, and removed by the next process that writes.</summary>
/// <param name="store">The store.</param>
/// <param name="time">Judges their age.</param>
public sealed class UnfinishedWrites(DirectoryBlobStore store, TimeProvider time)
{
    /// <summary>Younger ones may still be written.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromHours(1);

    private readonly string folder = Path.Combine(store.Root, StoreFolders.AsideName);

    /// <summary>Those older than <see cref="Age"/>, by name. None where the folder is not there or cannot be read.</summary>
    public ImmutableArray<UnfinishedWrite> List()
    {
        try
        {
            if (StoreFolders.Kind(folder) is not { } kind || kind.HasFlag(FileAttributes.ReparsePoint))
                return [];
            var now = time.GetUtcNow().UtcDateTime;
            return [.. new DirectoryInfo(folder).EnumerateFiles()
                .Where(file => now - file.LastWriteTimeUtc > Age)
                .OrderBy(file => file.Name, StringComparer.Ordinal)
                .Select(file => new UnfinishedWrite(file.Name, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero)))];
        }
        catch (Exception e) when (StoreFailure.IsFileTrouble(e))
        {
            return [];
        }
    }

    /// <summary>Removes one.</summary>
    /// <returns>Whether it is gone.</returns>
    public bool Remove(UnfinishedWrite write)
    {
        try
        {
            File.Delete(Path.Join(folder, Path.GetFileName(write.Name)));
            return true;
        }
        catch (Exception e) when (StoreFailure.IsFileTrouble(e))
        {
            return false;
        }
    }
}
