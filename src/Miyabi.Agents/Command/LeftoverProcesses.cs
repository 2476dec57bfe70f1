using System.ComponentModel;
using System.Diagnostics;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Command;

/// <summary>Ends what a runner that is gone left at work for an attempt, on this system.</summary>
internal static class LeftoverProcesses
{
    /// <summary>Ends the process that was written down, all of its session, and all that were started in the attempt's workspace.</summary>
    /// <returns>Whether nothing of it is left here. What is on another system is left alone.</returns>
    public static async Task<bool> EndAsync(WorkspacePath path, AgentProcess? recorded, CancellationToken cancellationToken)
    {
        List<string> folders = [path.Folder, path.TemporaryFolder];
        SessionLeader? leader = null;
        if (recorded is not null && recorded.Machine == ProcessName.Machine && IsOurs(recorded, path))
        {
            leader = new SessionLeader(recorded.Group, recorded.Started, IsWatched: false);
            folders.AddRange([recorded.Workspace, recorded.Workspace + "-tmp"]);
            if (!OperatingSystem.IsLinux())
                KillTree(leader);
        }

        return await new AttemptProcesses(folders, leader).EndAsync(cancellationToken);
    }

    // A copied store names the processes of the original's runner too. As long as that lives they are its own.
    private static bool IsOurs(AgentProcess recorded, WorkspacePath path) =>
        recorded.Group > 1 && Path.IsPathFullyQualified(recorded.Workspace)
        && (recorded.Workspace == path.Folder || ProcessName.IsDead(recorded.Runner));

    // What the system tells of children whose parents live.
    private static void KillTree(SessionLeader leader)
    {
        try
        {
            using var process = Process.GetProcessById(leader.Id);
            if (ProcessName.StartOf(leader.Id) == leader.Started)
                process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended.
        }
    }
}
