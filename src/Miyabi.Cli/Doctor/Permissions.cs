namespace Miyabi.Cli.Doctor;

/// <summary>What users other than the owner may do with a file or folder.</summary>
internal static class Permissions
{
    private const UnixFileMode Write = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode Look = UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>What they may do; nothing where the system has no such permissions.</summary>
    internal static FileAccess OfOthers(string path)
    {
        if (OperatingSystem.IsWindows())
            return default;
        var mode = File.GetUnixFileMode(path);
        return ((mode & Write) != default ? FileAccess.Write : default) | ((mode & Look) != default ? FileAccess.Read : default);
    }

    /// <summary>A path as a shell takes it.</summary>
    internal static string Quoted(string path) => $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
