using System.Diagnostics;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Command;

/// <summary>Looks at what a program puts into its workspace while it runs, so that it cannot fill the disk.</summary>
internal sealed class WorkspaceWatch
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    // Looking takes no more than a tenth of the time.
    private const int Rest = 10;

    private readonly Workspace workspace;
    private readonly long maxBytes;
    private readonly long maxEntries;

    public WorkspaceWatch(Workspace workspace, CommandOptions options) => (this.workspace, maxBytes, maxEntries) =
        (workspace, Math.Min(options.MaxWorkspaceBytes, FreeBytes(workspace.Folder) / 2), options.MaxWorkspaceEntries);

    /// <summary>What was found to be too much; <see langword="null"/>: nothing.</summary>
    public AttemptFailedException? Failure { get; private set; }

    /// <summary>Looks until it is told to stop, or finds too much; then it ends the program.</summary>
    public async Task LookAsync(CancellationTokenSource program, CancellationToken stop)
    {
        var pause = Pace;
        while (true)
        {
            await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested)
                return;
            var start = Stopwatch.GetTimestamp();
            var use = DiskUse.Of([workspace.Folder, workspace.TemporaryFolder], maxBytes, maxEntries);
            if (use.Bytes > maxBytes || use.Entries > maxEntries)
            {
                Failure = new AttemptFailedException(FailureKind.InvalidOutput, WhatIsTooMuch(use));
                await program.CancelAsync();
                return;
            }

            var rest = Rest * Stopwatch.GetElapsedTime(start);
            pause = rest > Pace ? rest : Pace;
        }
    }

    private string WhatIsTooMuch(DiskUse use) => use.Entries == long.MaxValue
        ? "The program has made folders deeper in its workspace than any path reaches."
        : use.Bytes > maxBytes
            ? $"The program has filled its workspace with more than {maxBytes} bytes, which is all that it may take up on the disk."
            : $"The program has made more than {maxEntries} files and folders in its workspace, which is all that it may have.";

    private static long FreeBytes(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return long.MaxValue; // not told: the other limits hold
        }
    }
}
