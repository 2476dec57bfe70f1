using Miyabi.Cli.View;

namespace Miyabi.Cli.Doctor;

/// <summary>Free space where something will be written.</summary>
/// <param name="name">What is written there.</param>
/// <param name="path">Where; need not be there yet.</param>
/// <param name="free">Free bytes at a folder that is there; <see langword="null"/>: it cannot be told.</param>
internal sealed class DiskCheck(string name, string path, Func<string, long?> free) : ICheck
{
    /// <summary>Below this somebody should look.</summary>
    internal const long Low = 1024L * 1024 * 1024;

    /// <summary>Below this a run is not to be begun.</summary>
    internal const long TooLow = 100L * 1024 * 1024;

    public Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<CheckResult>>(free(Existing.FolderAbove(path)) is { } bytes ? [Of(bytes)] : []);

    /// <summary>Free bytes for this user.</summary>
    internal static long? FreeAt(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null; // a network share without a drive's name
        }
    }

    private CheckResult Of(long bytes)
    {
        var found = $"{Size.Of(bytes)} free at {path}";
        return bytes >= Low ? CheckResult.Ok(name, found)
            : bytes >= TooLow ? CheckResult.Warning(name, found, "Make room: miyabi doctor --clean removes leftovers.")
            : CheckResult.Missing(name, $"{found}; a run needs {Size.Of(TooLow)}", "Make room: miyabi doctor --clean removes leftovers.");
    }
}
