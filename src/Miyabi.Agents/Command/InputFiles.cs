using Miyabi.Core.Agents;

namespace Miyabi.Agents.Command;

/// <summary>Lays the files of the dependencies out in a workspace, read-only.</summary>
internal static class InputFiles
{
    /// <summary>The folder in the workspace; nothing in it is ever collected.</summary>
    public const string FolderName = "inputs";

    /// <summary>Files of all dependencies together.</summary>
    public const int MaxFiles = 50_000;

    /// <summary>Bytes of all dependencies' files together: 1 GiB.</summary>
    public const long MaxBytes = 1024L * 1024 * 1024;

    private const UnixFileMode ReadOnly = UnixFileMode.UserRead;

    /// <summary>Where a file of a dependency lies, relative to the workspace.</summary>
    public static string Location(string taskId, string path) => $"{FolderName}/{taskId}/{path}";

    /// <summary>Writes them all.</summary>
    /// <exception cref="AttemptFailedException">They are too many, too large, wrongly named, or cannot be written.</exception>
    public static async Task LayOutAsync(AgentRequest request, Workspace workspace, CancellationToken cancellationToken)
    {
        CheckLimits(request);
        foreach (var input in request.Inputs)
        {
            foreach (var file in input.Files)
            {
                // They were checked when they were accepted; but a path decides what is written where, so it is checked where it is used.
                if (ArtifactPath.WhyUnsafe(file.Path) is { } reason)
                {
                    throw new AttemptFailedException(
                        FailureKind.Rejected,
                        $"The file '{SafeText.Quote(file.Path, 200)}' of task '{input.TaskId}' cannot be laid out: {reason}");
                }

                var content = await request.ReadArtifactAsync(file.Sha256, cancellationToken);
                await WriteAsync(workspace, Location(input.TaskId, file.Path), content, cancellationToken);
            }
        }
    }

    private static void CheckLimits(AgentRequest request)
    {
        var files = request.Inputs.Sum(input => (long)input.Files.Length);
        var bytes = request.Inputs.Sum(input => input.Files.Sum(file => file.Bytes));
        if (files > MaxFiles || bytes > MaxBytes)
        {
            throw new AttemptFailedException(
                FailureKind.ContextTooLong,
                $"The dependencies have {files} files of {bytes} bytes; {MaxFiles} files of {MaxBytes} bytes are laid out at most. "
                + "Depend on fewer tasks, or have them write less.");
        }
    }

    private static async Task WriteAsync(
        Workspace workspace, string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var path = Path.Combine(workspace.Folder, location);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            await stream.WriteAsync(content, cancellationToken);
            if (OperatingSystem.IsWindows())
                File.SetAttributes(path, FileAttributes.ReadOnly);
            else
                File.SetUnixFileMode(stream.SafeFileHandle, ReadOnly);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AttemptFailedException(
                FailureKind.Unavailable, $"The input {location} cannot be laid out: {exception.Message} Is the disk full?", exception);
        }
    }
}
