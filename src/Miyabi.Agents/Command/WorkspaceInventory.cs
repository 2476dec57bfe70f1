using System.Collections.Immutable;

namespace Miyabi.Agents.Command;

/// <summary>A workspace that is there.</summary>
/// <param name="Run">The run's id.</param>
/// <param name="Task">The task's id.</param>
/// <param name="Attempt">The attempt.</param>
/// <param name="Folder">Its full path.</param>
/// <param name="Bytes">What it takes up on the disk, its temporary files included.</param>
/// <param name="ChangedAt">When something was last put into it or taken out of it, at its top.</param>
/// <param name="InUse">A runner works with it, or a process that was started in it lives.</param>
public sealed record WorkspaceItem(string Run, string Task, int Attempt, string Folder, long Bytes, DateTimeOffset ChangedAt, bool InUse);

/// <summary>The workspaces that are there: in use, kept after a failure, or left by a runner that was killed.</summary>
/// <remarks>No link is followed, and nothing is touched that does not lie where a workspace lies. Safe beside runners at work.</remarks>
/// <param name="root">The folder of all workspaces; <see langword="null"/> for <see cref="CommandProvider.DefaultWorkspaceRoot"/>.</param>
public sealed class WorkspaceInventory(string? root = null)
{
    /// <summary>The folder of all workspaces, full path. It need not be there.</summary>
    public string Root { get; } = Path.GetFullPath(root ?? CommandProvider.DefaultWorkspaceRoot);

    /// <summary>All of them, those that were changed longest ago first. Reads every folder below, and, on Linux, looks at all processes of this user.</summary>
    /// <exception cref="OperationCanceledException">The token was set.</exception>
    public Task<ImmutableArray<WorkspaceItem>> ListAsync(CancellationToken cancellationToken) =>
        Task.Run(() => List(cancellationToken), cancellationToken);

    /// <summary>Removes a workspace, if nobody uses it.</summary>
    /// <returns>Whether it is gone. <see langword="false"/>: it is in use now, or something in it cannot be removed.</returns>
    public Task<bool> RemoveAsync(WorkspaceItem item, CancellationToken cancellationToken) => Task.Run(() => Remove(item), cancellationToken);

    internal ImmutableArray<WorkspaceItem> List(CancellationToken cancellationToken)
    {
        var marks = Marks();
        var items = ImmutableArray.CreateBuilder<WorkspaceItem>();
        foreach (var path in Paths())
        {
            cancellationToken.ThrowIfCancellationRequested();
            items.Add(ItemOf(path, marks));
        }

        return [.. items.OrderBy(item => item.ChangedAt).ThenBy(item => item.Folder, StringComparer.Ordinal)];
    }

    internal bool Remove(WorkspaceItem item) =>
        Paths().FirstOrDefault(path => path.Folder == item.Folder) is not { } path || (!IsInUse(path, Marks()) && Workspace.Remove(path));

    private static WorkspaceItem ItemOf(WorkspacePath path, List<string> marks) => new(
        path.Run,
        path.Task,
        path.Attempt,
        path.Folder,
        DiskUse.Of([path.Folder, path.TemporaryFolder]).Bytes,
        new DateTimeOffset(Directory.GetLastWriteTimeUtc(path.Folder), TimeSpan.Zero),
        IsInUse(path, marks));

    private static bool IsInUse(WorkspacePath path, List<string> marks) =>
        WorkspaceLock.IsTaken(path.LockFile) || marks.Exists(mark => AttemptProcesses.IsWithin(mark, path.Folder, path.TemporaryFolder));

    private static List<string> Marks() => !OperatingSystem.IsLinux() ? [] : [.. LinuxProcess.All()
        .Where(process => !process.HasEnded && process.Id != Environment.ProcessId).Select(process => process.Workspace()).OfType<string>()];

    private IEnumerable<WorkspacePath> Paths() =>
        from run in Folders(Root)
        from task in Folders(Path.Combine(Root, run))
        from attempt in Folders(Path.Combine(Root, run, task))
        let path = WorkspacePath.Parse(Root, run, task, attempt)
        where path is not null
        select path;

    private static string[] Folders(string folder)
    {
        try
        {
            return FolderTree.IsLink(folder)
                ? []
                : [.. new DirectoryInfo(folder).EnumerateDirectories().Where(entry => entry.LinkTarget is null).Select(entry => entry.Name)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // not there, or gone by now
        }
    }
}
