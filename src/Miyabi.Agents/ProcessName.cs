using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Miyabi.Agents;

/// <summary>Names processes so that another on the same system can tell whether they still live.</summary>
/// <remarks>
/// A process id alone is used again by the system; with the boot, the namespace of ids and the process's start time it is not.
/// A name is these three with a blank between them.
/// </remarks>
public static class ProcessName
{
    /// <summary>The system that ids belong to: its boot and namespace of ids; where it tells neither, the machine. <see langword="null"/>: unknown.</summary>
    public static string? Machine { get; } = FindMachine();

    /// <summary>The name of this process; empty where it cannot be told.</summary>
    public static string Current { get; } = Of(Environment.ProcessId) ?? "";

    /// <summary>The name of a process of this system; <see langword="null"/> if it is not there, or has ended and is only to be fetched.</summary>
    public static string? Of(int id) => Machine is { } machine && StartOf(id) is { } start ? $"{machine} {id} {start}" : null;

    /// <summary>Whether a process is certainly dead: it was named on this very system, and is not there any more.</summary>
    public static bool IsDead(string name)
    {
        var parts = name.Split(' ');
        return parts.Length == 3 && parts[0] == Machine && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var id) && Of(id) != name;
    }

    /// <summary>When a process of this system started, as the system counts it; <see langword="null"/> as for <see cref="Of"/>.</summary>
    public static string? StartOf(int id)
    {
        if (OperatingSystem.IsLinux())
            return Command.LinuxProcess.Find(id) is { HasEnded: false } found ? found.Started : null;
        try
        {
            using var process = Process.GetProcessById(id);
            return process.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception or NotSupportedException)
        {
            return null;
        }
    }

    private static string? FindMachine()
    {
        try
        {
            if (!OperatingSystem.IsLinux())
                return Environment.MachineName.Contains(' ') ? null : Environment.MachineName;
            var boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
            return $"{boot}/{File.ResolveLinkTarget("/proc/self/ns/pid", returnFinalTarget: false)?.Name ?? "pid"}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
