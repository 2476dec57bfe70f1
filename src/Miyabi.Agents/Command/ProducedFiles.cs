using System.Collections.Immutable;
using System.Text;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Command;

/// <summary>Collects from a workspace the files that a task may write. Links are neither collected nor followed.</summary>
internal static class ProducedFiles
{
    /// <summary>Files and folders that are looked at in a workspace.</summary>
    public const int MaxEntries = 1_000_000;

    /// <summary>The files in ordinal order of their paths.</summary>
    /// <exception cref="AttemptFailedException">They are beyond <see cref="AgentLimits"/>, or cannot be read.</exception>
    public static ImmutableArray<AgentFile> Collect(
        Workspace workspace, ImmutableArray<string> writes, CancellationToken cancellationToken)
    {
        if (writes.IsEmpty)
            return [];

        try
        {
            var paths = Matching(workspace.Folder, writes, cancellationToken);
            paths.Sort(StringComparer.Ordinal);
            var left = AgentLimits.MaxTotalFileBytes;
            var files = ImmutableArray.CreateBuilder<AgentFile>(paths.Count);
            foreach (var path in paths)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var file = Path.Combine(workspace.Folder, path);
                var content = left < AgentLimits.MaxFileBytes
                    ? ReadBounded(file, path, (int)left, "what is left of 256 MiB for all files of an attempt")
                    : ReadBounded(file, path, AgentLimits.MaxFileBytes, "64 MiB for a file");
                left -= content.Length;
                files.Add(new AgentFile(path, content));
            }

            return files.ToImmutable();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"The workspace cannot be read: {SafeText.Quote(exception.Message, 500)}", exception);
        }
    }

    /// <summary>A regular file's bytes; no more than the limit is ever in memory.</summary>
    /// <exception cref="AttemptFailedException">It is no regular file, has more bytes, or cannot be read.</exception>
    public static byte[] ReadBounded(string file, string name, int limit, string limitName)
    {
        try
        {
            if (!IsRegular(file))
                throw Invalid($"{Quoted(name)} is no regular file.");
            if (new FileInfo(file).Length is 0)
                return [];
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            if (stream.Length > limit)
            {
                throw Invalid($"{Quoted(name)} has {stream.Length} bytes; {limit} are allowed: {limitName}.");
            }

            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Invalid($"{Quoted(name)} cannot be read: {SafeText.Quote(exception.Message, 500)}", exception);
        }
    }

    private static List<string> Matching(string root, ImmutableArray<string> writes, CancellationToken cancellationToken)
    {
        var matching = new List<string>();
        var folders = new Stack<string>([""]);
        var seen = 0;
        while (folders.TryPop(out var folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var entry in new DirectoryInfo(Path.Combine(root, folder)).EnumerateFileSystemInfos())
            {
                if (++seen > MaxEntries)
                    throw Invalid($"The workspace has more than {MaxEntries} files and folders.");

                var path = folder.Length == 0 ? entry.Name : $"{folder}/{entry.Name}";
                if (entry.FullName.Length == 0)
                    throw Invalid("The workspace has folders deeper than any path reaches."); // so .NET says that there is no full path of that length
                if (path is InputFiles.FolderName or CommandResult.FileName)
                    continue;
                if (FolderTree.IsLink(entry.FullName))
                {
                    RefuseIfItLeaves(root, entry, path, writes);
                    continue;
                }

                if (entry is DirectoryInfo)
                    folders.Push(path);
                else if (writes.Any(glob => PathGlob.IsMatch(glob, path)))
                    AddRegular(matching, path, entry.FullName);
            }
        }

        return matching;
    }

    // Left out in silence it would look as if the task had done its work. By its words alone: nothing here follows a link to look where it ends.
    private static void RefuseIfItLeaves(string root, FileSystemInfo link, string path, ImmutableArray<string> writes)
    {
        if (!writes.Any(glob => PathGlob.IsMatch(glob, path) || PathGlob.IsMatch(glob, path + "/file")) || link.LinkTarget is not { } target)
            return;
        var full = Path.GetFullPath(target, Path.GetDirectoryName(link.FullName)!);
        if (full != root && !full.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw Invalid($"{Quoted(path)} is a link that leaves the workspace; a task's files must be in it.");
    }

    private static void AddRegular(List<string> matching, string path, string file)
    {
        if (path.Contains('\uFFFD'))
            throw Invalid($"The name {Quoted(path)} is not Unicode.");
        if (IsRegular(file))
            Add(matching, path);
    }

    private static void Add(List<string> matching, string path)
    {
        if (Encoding.UTF8.GetByteCount(path) > AgentLimits.MaxPathBytes)
            throw Invalid($"The path {Quoted(path)} has more than {AgentLimits.MaxPathBytes} bytes.");
        if (matching.Count == AgentLimits.MaxFiles)
            throw Invalid($"More than {AgentLimits.MaxFiles} files match the task's 'writes'.");
        matching.Add(path);
    }

    // Where the system does not tell, pipes and devices show themselves by their length of 0, and are not opened: that could hang.
    private static bool IsRegular(string file) =>
        !FolderTree.IsLink(file) && (!OperatingSystem.IsLinux() || UnixFile.StatusOf(file) is { IsRegular: true });

    private static string Quoted(string name) => SafeText.Quote(name, 200);

    private static AttemptFailedException Invalid(string message, Exception? inner = null) =>
        new(FailureKind.InvalidOutput, message, inner);
}
