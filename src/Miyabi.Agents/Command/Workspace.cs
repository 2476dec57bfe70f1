using Miyabi.Core.Agents;

namespace Miyabi.Agents.Command;

/// <summary>An attempt's own folder and one beside it for temporary files, in use as long as this lives.</summary>
/// <remarks>Disposing removes both.</remarks>
internal sealed class Workspace : IDisposable
{
    private readonly WorkspacePath path;
    private readonly WorkspaceLock held;
    private bool isKept;

    private Workspace(WorkspacePath path, WorkspaceLock held) => (this.path, this.held) = (path, held);

    /// <summary>The full path; the program's working directory.</summary>
    public string Folder => path.Folder;

    /// <summary>For what the program writes aside.</summary>
    public string TemporaryFolder => path.TemporaryFolder;

    /// <summary>Whether it is still this attempt's; otherwise another runner has taken it over.</summary>
    public bool IsHeld => held.IsHeld;

    /// <summary>Makes the workspace anew; what an earlier go at the same attempt left behind is removed.</summary>
    /// <exception cref="AttemptFailedException">It cannot be made, or its root is not safe to use.</exception>
    public static Workspace Create(WorkspacePath path)
    {
        try
        {
            WorkspaceRoot.Ensure(path.Root);
            return new Workspace(path, Make(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AttemptFailedException(
                FailureKind.Unavailable, $"No workspace can be made below {path.Root}: {exception.Message}", exception);
        }
    }

    /// <summary>Removes a workspace, and the folders above it that it leaves empty.</summary>
    /// <returns>Whether it is gone.</returns>
    public static bool Remove(WorkspacePath path)
    {
        try
        {
            // The folder that it is known by goes last, so that a removal that was cut short is seen and made again.
            FolderTree.Remove(path.TemporaryFolder);
            FolderTree.Remove(path.Folder);
            FolderTree.Remove(path.LockFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // the program left something that cannot be removed
        }

        RemoveEmpty(path);
        return true;
    }

    /// <summary>It is not removed at the end.</summary>
    public void Keep() => isKept = true;

    /// <summary>Removes the workspace, and the folders above it that it leaves empty. A leftover is no failure of the attempt.</summary>
    public void Dispose()
    {
        // A runner that was held to be dead has lost it: what lies there now is its successor's.
        if (held.IsHeld && !isKept)
            Remove(path);
        held.Dispose();
    }

    private static WorkspaceLock Make(WorkspacePath path)
    {
        // Another attempt's end may remove an upper folder between our making it and using it.
        for (var tries = 1; ; tries++)
        {
            WorkspaceLock? taken = null;
            try
            {
                FolderTree.EnsureOwn(path.RunFolder);
                FolderTree.EnsureOwn(path.TaskFolder);
                taken = WorkspaceLock.Take(path.LockFile);
                foreach (var folder in (string[])[path.Folder, path.TemporaryFolder])
                {
                    FolderTree.Remove(folder);
                    FolderTree.EnsureOwn(folder);
                }

                return taken;
            }
            catch (Exception exception)
            {
                taken?.Dispose();
                if (exception is not DirectoryNotFoundException || tries == 100)
                    throw;
            }
        }
    }

    private static void RemoveEmpty(WorkspacePath path)
    {
        try
        {
            Directory.Delete(path.TaskFolder);
            Directory.Delete(path.RunFolder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Other attempts still use the upper folders.
        }
    }

    /// <summary>Removes what the program wrote aside.</summary>
    public void RemoveTemporary()
    {
        try
        {
            FolderTree.Remove(path.TemporaryFolder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It counts as part of what is kept.
        }
    }
}
