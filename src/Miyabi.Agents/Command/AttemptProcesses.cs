using System.ComponentModel;
using System.Diagnostics;

namespace Miyabi.Agents.Command;

/// <summary>All processes of an attempt on this system, found from outside.</summary>
/// <remarks>
/// A child whose parent has exited is no longer known as anybody's child, so the tree of processes does not do. On Linux an attempt's processes
/// are known by the session they were started in, or, if they left it, by the workspace in the environment they were started with, or by their
/// parents, as long as those live when it is looked for the first time.
/// </remarks>
/// <param name="folders">The attempt's folders: a process whose environment names one of them as its workspace, or one in it, is the attempt's.</param>
/// <param name="leader">Whose session it was started in; <see langword="null"/> where there is none, or it is not known.</param>
/// <param name="child">The process itself, where this runner started it: also ended elsewhere than on Linux, with its children whose parents live.</param>
internal sealed class AttemptProcesses(IReadOnlyList<string> folders, SessionLeader? leader, Process? child = null)
{
    // A killed process is gone in milliseconds, unless the kernel itself hangs in a device.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HashSet<(int Id, string Started)> known = [];

    // Whether the session with the leader's id is known to be the leader's own.
    private bool? isOurs = leader?.IsWatched == true ? true : null;

    /// <summary>Whether a folder is one of these, or lies in one of them: a runner may itself run in an attempt.</summary>
    public static bool IsWithin(string folder, params IEnumerable<string> folders) =>
        folders.Any(one => folder == one || folder.StartsWith(one + "/", StringComparison.Ordinal));

    /// <summary>Kills what is alive, again and again until nothing is.</summary>
    /// <returns>Whether nothing is left.</returns>
    public async Task<bool> EndAsync(CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (!KillAll())
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                return false;
            await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
        }

        return true;
    }

    /// <summary>Looks who there is, before any of it is ended: a process whose parent has ended is no longer known as anybody's child.</summary>
    public void Look()
    {
        if (!OperatingSystem.IsLinux())
            return;
        CheckLeader();
        var all = LinuxProcess.All().Where(process => process.Id != Environment.ProcessId).ToList();
        var children = all.ToLookup(process => process.Parent);
        var pending = new Stack<LinuxProcess>(all.Where(IsPart));
        while (pending.TryPop(out var process))
        {
            if (!known.Add((process.Id, process.Started)))
                continue;
            foreach (var next in children[process.Id])
                pending.Push(next);
        }
    }

    /// <summary>Kills what is alive.</summary>
    /// <returns>Whether nothing was.</returns>
    public bool KillAll()
    {
        Look();
        KillGroup();
        var wasNothing = KillTree();
        if (!OperatingSystem.IsLinux())
            return wasNothing;
        foreach (var process in LinuxProcess.All())
        {
            if (!process.HasEnded && process.Id != Environment.ProcessId && IsPart(process))
            {
                wasNothing = false;
                UnixFile.Kill(process.Id);
            }
        }

        return wasNothing;
    }

    private bool KillTree()
    {
        if (child is null || child.HasExited)
            return true;
        try
        {
            child.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself in this moment.
        }

        return false;
    }

    // At once for the whole group, which a program that keeps forking could outrun one by one.
    private void KillGroup()
    {
        if (CheckLeader() is { } found && isOurs == true && found.Session == found.Id)
            UnixFile.Kill(-found.Id);
    }

    private LinuxProcess? CheckLeader()
    {
        if (!OperatingSystem.IsLinux() || leader is null || LinuxProcess.Find(leader.Id) is not { } found)
            return null;

        // As long as one process of a session lives, its number is given to no other. So another process with it means that all of ours are gone.
        isOurs = found.Started == leader.Started;
        return found;
    }

    private bool IsPart(LinuxProcess process) =>
        known.Contains((process.Id, process.Started))
        || (process.Workspace() is { } workspace && IsWithin(workspace, folders))
        || (isOurs == true && process.Id == leader!.Id)
        || (leader is not null && process.Session == leader.Id && isOurs switch
        {
            // The leader had ended before we came: then the session's number alone proves nothing.
            null => process.Folder() is { } folder && IsWithin(folder, folders),
            var known => known.Value,
        });
}

/// <summary>The process that an attempt was started with.</summary>
/// <param name="Id">Its id, and its session's.</param>
/// <param name="Started">Its start time.</param>
/// <param name="IsWatched">This runner started it and has seen it from then on: the session is its own until another process has the id.</param>
internal sealed record SessionLeader(int Id, string Started, bool IsWatched);
