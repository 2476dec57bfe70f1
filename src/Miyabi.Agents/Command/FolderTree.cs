namespace Miyabi.Agents.Command;

/// <summary>Makes and removes folders that a program may have tampered with: links are never followed.</summary>
internal static class FolderTree
{
    // With names of at most 255 bytes, well within the 4,096 that a path may have.
    private const int MaxDepth = 10;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes a folder, for its owner alone, in one that is there. A link or a file in its place is removed.</summary>
    public static void EnsureOwn(string path)
    {
        if (IsLink(path) || File.Exists(path))
            RemoveEntry(path);
        if (Directory.Exists(path))
            return;
        if (!Directory.Exists(Path.GetDirectoryName(path)))
            throw new DirectoryNotFoundException($"The folder {Path.GetDirectoryName(path)} is gone.");
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerOnly);
    }

    /// <summary>Whether it is a link of any kind, dangling ones included.</summary>
    public static bool IsLink(string path)
    {
        var entry = new FileInfo(path);
        return entry.LinkTarget is not null || ((int)entry.Attributes != -1 && entry.Attributes.HasFlag(FileAttributes.ReparsePoint));
    }

    /// <summary>Removes whatever is there, and all below it, however deep that is.</summary>
    public static void Remove(string path)
    {
        while (!TryRemove(path, path, depth: 0))
        {
            // What lay too deep now lies at the top.
        }
    }

    // A program can nest folders deeper than any path reaches, and than any stack does.
    private static bool TryRemove(string path, string top, int depth)
    {
        if (IsLink(path) || File.Exists(path))
        {
            RemoveEntry(path);
            return true;
        }

        if (!Directory.Exists(path))
            return true;

        // A program may have taken its own rights away; they are given back as far as removing needs them.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, OwnerOnly);
        if (depth == MaxDepth)
        {
            Directory.Move(path, Path.Combine(top, Guid.NewGuid().ToString("N")));
            return false;
        }

        var isWhole = true;
        foreach (var entry in Directory.GetFileSystemEntries(path))
            isWhole &= TryRemove(entry, top, depth + 1);
        if (isWhole || depth > 0)
            Directory.Delete(path);
        return isWhole;
    }

    private static void RemoveEntry(string path)
    {
        var attributes = File.GetAttributes(path);
        if (OperatingSystem.IsWindows() && attributes.HasFlag(FileAttributes.ReadOnly))
            File.SetAttributes(path, attributes & ~FileAttributes.ReadOnly);
        if (OperatingSystem.IsWindows() && attributes.HasFlag(FileAttributes.Directory))
            Directory.Delete(path);
        else
            File.Delete(path);
    }
}
