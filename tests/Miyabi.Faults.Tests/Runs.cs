using System.Text.Json;
using Miyabi.Cli.Tests.EndToEnd;

namespace Miyabi.Faults.Tests;

/// <summary>What the tests of faults ask about runs.</summary>
internal static class Runs
{
    /// <summary>Starts <c>miyabi</c> so that it hears SIGINT, also where whoever runs the tests ignores it.</summary>
    public static CliProcess StartInterruptible(this CliSandbox sandbox, params string[] arguments) => sandbox.Start(
        OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", .. CliSandbox.Command(arguments)] : CliSandbox.Command(arguments));

    /// <summary>Verifies a run that must be proven and have succeeded.</summary>
    public static async Task<JsonElement> ProvenAsync(this CliSandbox sandbox, string run = "r", string store = ".miyabi")
    {
        var report = PublishedSchema.Check("verify", await sandbox.SucceedAsync("verify", run, "--json", "--store", store));
        Assert.True(report.GetProperty("proven").GetBoolean());
        Assert.Equal("succeeded", report.GetProperty("outcome").GetString());
        return report;
    }

    /// <summary>Whether a process is there and no zombie.</summary>
    public static bool IsAlive(int process)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{process}/stat");
            return status[status.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Sends SIGKILL to one process.</summary>
    public static void Kill(int process)
    {
        using var victim = System.Diagnostics.Process.GetProcessById(process);
        victim.Kill(entireProcessTree: false);
    }
}
