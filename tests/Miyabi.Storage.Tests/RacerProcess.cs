using System.Diagnostics;

namespace Miyabi.Storage.Tests;

/// <summary>Runs Miyabi.Storage.Racer in processes of their own, which start their work at one moment.</summary>
internal static class RacerProcess
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Miyabi.Storage.Racer.dll");

    /// <summary>How the racer is started: for tests that start it through another program.</summary>
    public static IReadOnlyList<string> Command(params string[] arguments) => [Environment.ProcessPath is { } path && IsDotnet(path) ? path : "dotnet", Program, .. arguments];

    /// <summary>What each printed, a line an element.</summary>
    public static async Task<IReadOnlyList<string[]>> RunAsync(params IReadOnlyList<string>[] commands)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        var processes = commands.Select(Start).ToArray();
        try
        {
            foreach (var process in processes)
                Assert.Equal("ready", await process.StandardOutput.ReadLineAsync(timeout.Token));
            foreach (var process in processes)
                await process.StandardInput.WriteLineAsync("go".AsMemory(), timeout.Token);
            return await Task.WhenAll(processes.Select(process => OutputAsync(process, timeout.Token)));
        }
        finally
        {
            foreach (var process in processes)
            {
                if (!process.HasExited)
                    process.Kill(entireProcessTree: true);
                process.Dispose();
            }
        }
    }

    private static bool IsDotnet(string path) => Path.GetFileNameWithoutExtension(path).Equals("dotnet", StringComparison.OrdinalIgnoreCase);

    private static Process Start(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private static async Task<string[]> OutputAsync(Process process, CancellationToken cancellationToken)
    {
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"exit {process.ExitCode}: {await errors}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
