using Miyabi.Core.Agents;

namespace Miyabi.Agents.Command;

/// <summary>Finds the program that a plan names.</summary>
internal static class ProgramPath
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>
    /// The full path: an absolute path as it is, a relative one with a slash from the plan's folder, a bare name from the search path.
    /// </summary>
    /// <exception cref="AttemptFailedException">There is no such program, or it cannot be started.</exception>
    public static string Find(string program, string planDirectory, string? searchPath)
    {
        var isPath = program.Contains('/') || (OperatingSystem.IsWindows() && program.AsSpan().ContainsAny('\\', ':'));
        var found = isPath ? AtPath(program, planDirectory) : OnSearchPath(program, searchPath ?? "");
        var extension = Path.GetExtension(found);
        if (OperatingSystem.IsWindows()
            && (extension.Equals(".cmd", StringComparison.OrdinalIgnoreCase)
                || extension.Equals(".bat", StringComparison.OrdinalIgnoreCase)))
        {
            // Windows hands these to cmd.exe, which takes arguments apart by rules of its own: they would be a shell string after all.
            throw Unavailable($"'{Name(program)}' is a batch file, which Windows starts through a shell. Name the program that it starts.");
        }

        return found;
    }

    private static string AtPath(string program, string planDirectory)
    {
        if (!Path.IsPathRooted(program) && planDirectory.Length == 0)
        {
            throw Unavailable(
                $"'{Name(program)}' is relative to the plan's folder, but this plan came without a file. Name its full path.");
        }

        var path = Path.GetFullPath(Path.Combine(planDirectory, program));
        if (!File.Exists(path))
            throw Unavailable($"There is no program '{Name(program)}' at {path}. Put it there, or mend 'command.run' in the plan.");
        if (!IsExecutable(path))
            throw Unavailable($"The file '{Name(program)}' at {path} may not be executed. Allow it (chmod +x), or name its interpreter.");
        return path;
    }

    private static string OnSearchPath(string program, string searchPath)
    {
        // A relative folder in PATH would mean the workspace, which is the agent's own to fill.
        var folders = searchPath.Split(Path.PathSeparator).Where(Path.IsPathFullyQualified);
        string[] endings = OperatingSystem.IsWindows() && !Path.HasExtension(program) ? [".exe", ".com"] : [""];
        var found = folders
            .SelectMany(folder => endings.Select(ending => Path.Combine(folder, program + ending)))
            .FirstOrDefault(path => program.Length > 0 && File.Exists(path) && IsExecutable(path));
        return found ?? throw Unavailable(
            $"There is no program '{Name(program)}' on PATH. Install it, or name its full path in 'command.run' in the plan.");
    }

    private static bool IsExecutable(string path) =>
        OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & AnyExecute) != UnixFileMode.None;

    private static string Name(string program) => SafeText.Quote(program, 200);

    private static AttemptFailedException Unavailable(string message) => new(FailureKind.Unavailable, message);
}
