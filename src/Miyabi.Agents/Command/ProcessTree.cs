using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Miyabi.Agents.Command;

/// <summary>A process and all that it started.</summary>
/// <remarks>
/// A child whose parent has exited is no longer known as anybody's child, so the tree alone does not do. On Linux its processes are
/// known by the session they were started in, or, if they left it, by the attempt's workspace in their environment.
/// </remarks>
internal sealed class ProcessTree(Process process, bool hasOwnSession, string workspace)
{
    // A killed process is gone in milliseconds, unless the kernel itself hangs in a device.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly byte[] mark = Encoding.UTF8.GetBytes($"{CommandEnvironment.WorkspaceVariable}={workspace}\0");
    private readonly int leader = process.Id;

    /// <summary>Kills what is alive, and returns when nothing is.</summary>
    public async Task EndAsync()
    {
        var start = Stopwatch.GetTimestamp();
        while (!KillAll() && Stopwatch.GetElapsedTime(start) < Patience)
            await Task.Delay(TimeSpan.FromMilliseconds(5));
    }

    private bool KillAll()
    {
        var isOver = process.HasExited;
        if (!isOver)
            KillFromLeader();
        if (!OperatingSystem.IsLinux())
            return isOver;

        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var id) && id != Environment.ProcessId && IsPart(folder))
            {
                isOver = false;
                UnixFile.Kill(id);
            }
        }

        return isOver;
    }

    private void KillFromLeader()
    {
        // At once for the whole group, which a program that keeps forking could outrun one by one.
        if (hasOwnSession)
            UnixFile.Kill(-leader);
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself in this moment.
        }
    }

    private bool IsPart(string folder)
    {
        try
        {
            // "id (name) state parent group session ...", and the name may hold anything.
            var status = File.ReadAllText(Path.Combine(folder, "stat"));
            var fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
            if (fields[0] is "Z" or "X")
                return false;
            return (hasOwnSession && fields[3] == leader.ToString()) || IsMarked(File.ReadAllBytes(Path.Combine(folder, "environ")));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended, or is another user's.
            return false;
        }
    }

    private bool IsMarked(ReadOnlySpan<byte> environment)
    {
        var index = environment.IndexOf(mark);
        return index == 0 || (index > 0 && environment[index - 1] == 0);
    }
}
