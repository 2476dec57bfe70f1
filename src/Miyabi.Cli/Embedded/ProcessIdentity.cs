using System.Diagnostics;
using System.Globalization;
using Miyabi.Core.Ledger;

namespace Miyabi.Cli.Embedded;

/// <summary>Names this process so that another on the same system can tell whether it still lives.</summary>
/// <remarks>A process id alone is used again by the system; with the boot, the namespace of ids and the process's start time it is not.</remarks>
internal static class ProcessIdentity
{
    /// <summary>Who this process is.</summary>
    internal static RunnerIdentity Current() => new(Guid.NewGuid().ToString("N"), Environment.MachineName, Name(Environment.ProcessId) ?? "");

    /// <summary>Whether a process is certainly dead: it was named on this very system, and is not there any more.</summary>
    internal static bool IsDead(string name)
    {
        var parts = name.Split(' ');
        return parts.Length == 3 && parts[0] == SystemName() && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var id) && Name(id) != name;
    }

    private static string? Name(int id) => SystemName() is { } system && StartOf(id) is { } start ? $"{system} {id} {start}" : null;

    private static string? SystemName()
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

    private static string? StartOf(int id)
    {
        try
        {
            if (OperatingSystem.IsLinux())
            {
                // The command's name is in brackets and may hold anything; the start time in clock ticks is the 20th field after it.
                var stat = File.ReadAllText($"/proc/{id}/stat");
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return fields[0] is "Z" or "X" ? null : fields[19];
            }

            using var process = Process.GetProcessById(id);
            return process.StartTime.ToUniversalTime().Ticks.ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
