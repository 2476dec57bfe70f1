namespace Miyabi.Agents.Command;

/// <summary>How the provider <c>command</c> keeps its workspaces.</summary>
public sealed record CommandOptions
{
    /// <summary>
    /// Where attempts get their workspaces; made with access for its owner alone if it is not there, and refused if it is a link,
    /// belongs to another user or can be written by others. Default: <see cref="CommandProvider.DefaultWorkspaceRoot"/>.
    /// </summary>
    public string WorkspaceRoot { get; init; } = CommandProvider.DefaultWorkspaceRoot;

    /// <summary>The address of the store whose runs are carried out: runs of one id in two stores then have workspaces of their own. Default: empty, one store.</summary>
    public string Store { get; init; } = "";

    /// <summary>Whether the workspaces of attempts that did not succeed are kept. Default: no.</summary>
    public bool KeepFailed { get; init; }

    /// <summary>
    /// What a workspace may take up on the disk, in bytes, more than 0; temporary files count, and so does each hard link. Default: 4 GiB. Never more than half
    /// of what was free when the attempt began. An attempt that goes beyond it is ended and has failed. Looked at about every second.
    /// </summary>
    public long MaxWorkspaceBytes { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>Files and folders that a workspace may hold, more than 0; likewise. Default: 500,000.</summary>
    public long MaxWorkspaceEntries { get; init; } = 500_000;

    /// <summary>
    /// What all workspaces that are not in use may take up when one more is kept, in bytes, 0 or more. Default: 10 GiB. Those that were changed longest ago
    /// are removed first; one that is too large on its own is not kept.
    /// </summary>
    public long MaxKeptBytes { get; init; } = 10L * 1024 * 1024 * 1024;
}
