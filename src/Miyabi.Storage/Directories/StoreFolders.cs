using System.Collections.Concurrent;

namespace Miyabi.Storage.Directories;

/// <summary>Where names lie under the root, and the folders on the way.</summary>
internal sealed class StoreFolders(string root, Durability durability = Durability.Machine)
{
    /// <summary>The folder of unfinished files. Its name is no segment of a blob name, so no blob can lie in it and no listing shows it.</summary>
    public const string AsideName = "~writing";

    // About 200 bytes a folder; at the bound everything is forgotten, which costs some flushes and nothing else.
    private const int MostKnown = 50_000;

    // Folders that are there and, by this process, on the disk. A folder found there is not known to be: who made it may have died before flushing.
    private readonly ConcurrentDictionary<string, bool> known = new(StringComparer.Ordinal);

    // About the number of them: to ask the dictionary would stop all who use it, for every folder.
    private int remembered;

    private readonly FlushQueue flushes = new(FlushFile, FlushFolder);

    /// <summary>The root, as a full path.</summary>
    public string Root => root;

    /// <summary>The folder of unfinished files.</summary>
    public string Aside { get; } = Path.Combine(root, AsideName);

    /// <summary>The path of a blob or folder.</summary>
    public string PathOf(string name) => name.Length == 0 ? root : Path.Join(root, name);

    /// <summary>What a path is, itself and not where it points to; <see langword="null"/>: nothing.</summary>
    public static FileAttributes? Kind(string path)
    {
        var attributes = new FileInfo(path).Attributes;
        return (int)attributes == -1 ? null : attributes;
    }

    /// <summary>The path of what has a name, if something does, seeing to it that no link lies on the way or at its end.</summary>
    /// <returns><see langword="null"/> if nothing has the name; <paramref name="kind"/> says what does.</returns>
    public string? Find(string name, out FileAttributes kind)
    {
        kind = FileAttributes.Directory;
        for (var end = NextEnd(name, 0); ; end = NextEnd(name, end + 1))
        {
            var path = PathOf(name[..end]);
            if (Kind(path) is not { } found)
            {
                CheckRoot();
                return null;
            }

            kind = found;
            if (kind.HasFlag(FileAttributes.ReparsePoint))
                throw StoreFailure.Foreign(path, "a link");
            if (end == name.Length)
                return path;
            if (!kind.HasFlag(FileAttributes.Directory))
                return null;
        }
    }

    /// <summary>The path of a file that may have a name, to be opened without following a link at its end; links on the way are seen to here.</summary>
    /// <returns><see langword="null"/> if no file has the name.</returns>
    public string? FindToRead(string name)
    {
        var slash = name.LastIndexOf('/');
        // Where this process made the folders or has seen them, the file is all there is left to look at. On Windows nothing opens a link unfollowed.
        if (slash >= 0 && known.ContainsKey(name[..slash]) && !OperatingSystem.IsWindows())
            return PathOf(name);
        return Find(name, out var kind) is { } path && !kind.HasFlag(FileAttributes.Directory) ? path : null;
    }

    /// <summary>Throws if the root is something else than a folder; one that is not there yet is none.</summary>
    public void CheckRoot()
    {
        if (File.Exists(root))
            throw StoreFailure.RootIsFile(root);
    }

    /// <summary>Makes the root and the aside folder.</summary>
    public void MakeRoot()
    {
        CheckRoot();
        var made = new List<string>();
        for (var folder = root; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
            made.Add(folder);
        try
        {
            Directory.CreateDirectory(root);
        }
        catch (Exception e) when (StoreFailure.IsFileTrouble(e) && !StoreFailure.IsForNow(e))
        {
            throw StoreFailure.RootCannotBe(root, e);
        }

        Directory.CreateDirectory(Aside);
        foreach (var parent in made.Select(Path.GetDirectoryName).OfType<string>())
            FlushNow(parent, FlushFolder);
    }

    /// <summary>Makes the folder of a blob.</summary>
    /// <returns>The folders on the way that are not known to be on the disk; after the blob is published, hand them to <see cref="SettleAsync"/>.</returns>
    public IReadOnlyList<string> Make(string name)
    {
        var slash = name.LastIndexOf('/');
        if (slash < 0 || known.ContainsKey(name[..slash]))
            return [];
        var unsettled = new List<string>();
        for (var end = NextEnd(name, 0); end < name.Length; end = NextEnd(name, end + 1))
        {
            var folder = name[..end];
            if (known.ContainsKey(folder))
                continue;
            var path = PathOf(folder);
            // Made without a look, because mostly it is not there. What is there already may be anything.
            switch (MakeFolder(path) ? FileAttributes.Directory : Kind(path))
            {
                case { } kind when kind.HasFlag(FileAttributes.ReparsePoint):
                    throw StoreFailure.Foreign(path, "a link");
                case { } kind when !kind.HasFlag(FileAttributes.Directory):
                    throw StoreFailure.Foreign(path, "a file where a folder is needed");
            }

            unsettled.Add(folder);
        }

        return unsettled;
    }

    /// <summary>Makes a blob that has its name outlast a crash of the machine, and the folders on the way with it.</summary>
    /// <param name="name">The blob.</param>
    /// <param name="made">What <see cref="Make"/> returned for it.</param>
    /// <param name="isFlushed">Whether its content is on the disk already.</param>
    public async Task SettleAsync(string name, IReadOnlyList<string> made, bool isFlushed)
    {
        if (durability == Durability.Machine)
            await flushes.FlushAsync(isFlushed ? null : PathOf(name), [FolderOf(name), .. made.Select(FolderOf)]);
        Remember(made);
    }

    /// <summary>The same for a blob that somebody else made, on the caller's thread.</summary>
    public void SettleNow(string name)
    {
        FlushNow(PathOf(name), FlushFile);
        FlushNow(FolderOf(name), FlushFolder);
    }

    /// <summary>Forgets which folders are there: someone else removes them.</summary>
    public void Forget()
    {
        Interlocked.Exchange(ref remembered, 0);
        known.Clear();
    }

    private static void FlushFile(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        RandomAccess.FlushToDisk(file);
    }

    private static void FlushFolder(string path)
    {
        if (!OperatingSystem.IsWindows()) // NTFS journals names and has no call for a folder
            PosixFiles.FlushFolder(path);
    }

    private static bool MakeFolder(string path)
    {
        if (!OperatingSystem.IsWindows())
            return PosixFiles.MakeFolder(path);
        if (Kind(path) is not null)
            return false;
        Directory.CreateDirectory(path);
        return true;
    }

    private static int NextEnd(string name, int from)
    {
        var slash = name.IndexOf('/', from);
        return slash < 0 ? name.Length : slash;
    }

    private string FolderOf(string name) => Path.GetDirectoryName(PathOf(name))!;

    private void FlushNow(string path, Action<string> flush)
    {
        if (durability == Durability.Machine)
            flush(path);
    }

    private void Remember(IReadOnlyList<string> folders)
    {
        foreach (var folder in folders)
        {
            if (known.TryAdd(folder, true) && Interlocked.Increment(ref remembered) > MostKnown)
                Forget();
        }
    }
}
