using System.Diagnostics;

namespace Miyabi.Agents.Command;

/// <summary>Makes and removes folders that a program may have tampered with: links are never followed.</summary>
internal static class FolderTree
{
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

    /// <summary>Removes whatever is there, and all below it.</summary>
    /// <exception cref="IOException">Something cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static void Remove(string path)
    {
        try
        {
            RemoveAll(path);
        }
        catch (Exception e) when (!OperatingSystem.IsWindows() && e is IOException or UnauthorizedAccessException)
        {
            // A program can nest folders deeper than any path reaches, and give names that are no Unicode: .NET cannot name those at all.
            RemoveByTools(path);
            if (IsLink(path) || Path.Exists(path))
                throw;
        }
    }

    private static void RemoveAll(string path)
    {
        if (IsLink(path) || File.Exists(path))
        {
            RemoveEntry(path);
            return;
        }

        if (!Directory.Exists(path))
            return;

        // A program may have taken its own rights away; they are given back as far as removing needs them.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, OwnerOnly);
        foreach (var entry in Directory.GetFileSystemEntries(path))
            RemoveAll(entry.Length > 0 ? entry : throw new PathTooLongException($"{path} holds what is too deep."));
        Directory.Delete(path);
    }

    // Neither follows a link below the path.
    private static void RemoveByTools(string path)
    {
        if (IsLink(path))
            return;
        foreach (var command in (string[][])[["/bin/chmod", "-R", "u+rwx", "--", path], ["/bin/rm", "-rf", "--", path]])
        {
            using var tool = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, UseShellExecute = false });
            tool?.StandardError.ReadToEnd();
            tool?.WaitForExit();
        }
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
