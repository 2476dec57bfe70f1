using System.Diagnostics;

namespace Miyabi.Bench;

/// <summary>A folder for stores in which earlier measurements do not slow down later ones; removed at the end.</summary>
/// <remarks>
/// ext4 does not give a file's inode out again for minutes after the file was deleted, and looks at every such one whenever a file is created nearby: 0.02 ms
/// become 0.6 ms after some ten thousand deletions. So nothing is deleted before everything is measured, and the folder has the attribute that makes ext4
/// put each store into another part of the disk.
/// </remarks>
internal sealed class QuietFolder : IDisposable
{
    private QuietFolder(string path) => Path = path;

    internal string Path { get; }

    internal static QuietFolder Create(string parent)
    {
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(parent), $"miyabi-bench-{Guid.NewGuid():N}");
        Directory.CreateDirectory(path);
        if (OperatingSystem.IsLinux())
            SpreadOut(path);
        return new QuietFolder(path);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    // Other file systems refuse it and have no need of it.
    private static void SpreadOut(string path)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("chattr", ["+T", path]) { RedirectStandardError = true, UseShellExecute = false });
            process?.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No such program here.
        }
    }
}
