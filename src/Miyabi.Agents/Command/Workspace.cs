using Miyabi.Core.Agents;

namespace Miyabi.Agents.Command;

/// <summary>An attempt's own folder, <c>{root}/{run}/{task}/{attempt}</c>, and one beside it for temporary files.</summary>
/// <remarks>Disposing removes both.</remarks>
internal sealed class Workspace : IDisposable
{
    private readonly string taskFolder;

    private Workspace(string taskFolder, int attempt)
    {
        this.taskFolder = taskFolder;
        Folder = Path.Combine(taskFolder, attempt.ToString());
        TemporaryFolder = Folder + "-tmp";
    }

    /// <summary>The full path; the program's working directory.</summary>
    public string Folder { get; }

    /// <summary>For what the program writes aside.</summary>
    public string TemporaryFolder { get; }

    /// <summary>Makes the workspace anew; what an earlier go at the same attempt left behind is removed.</summary>
    /// <exception cref="AttemptFailedException">It cannot be made, or its root is not safe to use.</exception>
    public static Workspace Create(string root, AgentRequest request)
    {
        try
        {
            WorkspaceRoot.Ensure(root);
            var workspace = new Workspace(Path.Combine(root, request.RunId, request.Task.Id), request.Attempt);
            workspace.Create();
            return workspace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AttemptFailedException(
                FailureKind.Unavailable, $"No workspace can be made below {root}: {exception.Message}", exception);
        }
    }

    /// <summary>Removes the workspace, and the folders above it that it leaves empty. A leftover is no failure of the attempt.</summary>
    public void Dispose()
    {
        try
        {
            FolderTree.Remove(Folder);
            FolderTree.Remove(TemporaryFolder);
            Directory.Delete(taskFolder);
            Directory.Delete(Path.GetDirectoryName(taskFolder)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Other attempts still use the upper folders; or the program left something that cannot be removed.
        }
    }

    private void Create()
    {
        // Another attempt's end may remove an upper folder between our making it and using it.
        for (var tries = 1; ; tries++)
        {
            try
            {
                FolderTree.EnsureOwn(Path.GetDirectoryName(taskFolder)!);
                FolderTree.EnsureOwn(taskFolder);
                foreach (var folder in (string[])[Folder, TemporaryFolder])
                {
                    FolderTree.Remove(folder);
                    FolderTree.EnsureOwn(folder);
                }

                return;
            }
            catch (DirectoryNotFoundException) when (tries < 100)
            {
            }
        }
    }
}
