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
    private readonly bool keep;

    private QuietFolder(string path, bool keep) => (Path, this.keep) = (path, keep);

    internal string Path { get; }

    /// <summary>Makes one.</summary>
    /// <param name="parent">Where.</param>
    /// <param name="keep">Whether it stays: for measurements that follow soon.</param>
    internal static QuietFolder Create(string parent, bool keep)
    {
        var path = System.IO.Path.Combine(System.IO.Path.GetFullPath(parent), $"miyabi-bench-{Guid.NewGuid():N}");
        Directory.CreateDirectory(path);
        if (OperatingSystem.IsLinux())
            SpreadOut(path);
        return new QuietFolder(path, keep);
    }

    /// <summary>Returns when the disk has done what earlier measurements have left it to do.</summary>
    internal static void Settle()
    {
        if (OperatingSystem.IsLinux())
            Run("sync");
    }

    public void Dispose()
    {
        if (keep)
            return;
        Directory.Delete(Path, recursive: true);
        Settle();
    }

    // Other file systems refuse it and have no need of it.
    private static void SpreadOut(string path) => Run("chattr", "+T", path);

    private static void Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false });
            process?.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No such program here.
        }
    }
}
