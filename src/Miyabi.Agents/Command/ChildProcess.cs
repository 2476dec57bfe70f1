using System.ComponentModel;
using System.Diagnostics;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Command;

/// <summary>How a child process ended.</summary>
internal sealed record ChildEnding(int ExitCode, ReadOnlyMemory<byte> Output);

/// <summary>An attempt's process, from its start until nothing of it is left.</summary>
internal sealed class ChildProcess(
    CommandLine command,
    IReadOnlyDictionary<string, string> environment,
    Workspace workspace,
    WorkspaceWatch watch,
    Func<AgentProcess, CancellationToken, Task> startedAsync)
{
    // How long a program that is cancelled may take to end in order, before it is killed: a cancel has 5 s in all, 2 of which may go by before it is seen.
    private static readonly TimeSpan TerminationGrace = TimeSpan.FromSeconds(1.5);

    // How long pipes may stay open when the process itself has ended: enough for a filter at the end to write its last lines.
    private static readonly TimeSpan PipeGrace = TimeSpan.FromSeconds(1);

    // A session of its own makes one process group of it and all its children, out of reach of the terminal's Ctrl+C.
    private static readonly string? SessionStarter =
        OperatingSystem.IsWindows() ? null : Array.Find(["/usr/bin/setsid", "/bin/setsid"], File.Exists);

    /// <summary>Starts it, feeds it, and reads what it says until it has ended.</summary>
    /// <exception cref="AttemptFailedException">It cannot be started, prints too much, or fills its workspace.</exception>
    /// <exception cref="OperationCanceledException">The token was set; the process and all it started are dead.</exception>
    public async Task<ChildEnding> RunAsync(byte[] input, ErrorStream errors, CancellationToken cancellationToken)
    {
        using var process = Start();
        var started = ProcessName.StartOf(process.Id) ?? "";
        var leader = SessionStarter is null ? null : new SessionLeader(process.Id, started, IsWatched: true);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var closePipes = new CancellationTokenSource();
        var output = new BoundedBytes(AgentLimits.MaxOutputBytes);

        AttemptProcesses? processes = null;
        var writing = Task.CompletedTask;
        var watching = watch.LookAsync(end, closePipes.Token);
        var reading = Task.WhenAll(
            ReadOutputAsync(),
            ReadAsync(process.StandardError.BaseStream, AddError, closePipes.Token));
        try
        {
            if (ProcessName.Machine is { } machine)
                await startedAsync(new AgentProcess(machine, process.Id, started, ProcessName.Current, workspace.Folder), end.Token);
            writing = FeedAsync(process.StandardInput.BaseStream, input, closePipes.Token);
            await process.WaitForExitAsync(end.Token);
            await reading.WaitAsync(PipeGrace, end.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or TimeoutException)
        {
            // It has to end now: cancelled, too much output or files, or something it left behind holds the pipes.
            processes = Processes();
            processes.Look();
            if (cancellationToken.IsCancellationRequested)
                await TerminateAsync(process);
        }
        finally
        {
            await (processes ?? Processes()).EndAsync(CancellationToken.None);
            await Task.WhenAny(reading, Task.Delay(PipeGrace, CancellationToken.None));
            await closePipes.CancelAsync();
            await Task.WhenAll(writing, reading, watching);
        }

        cancellationToken.ThrowIfCancellationRequested();
        errors.Complete();
        if (watch.Failure is { } tooMuch)
            throw tooMuch;
        return output.IsOver
            ? throw new AttemptFailedException(
                FailureKind.InvalidOutput, $"The program printed more than {AgentLimits.MaxOutputBytes} bytes on standard output.")
            : new ChildEnding(process.ExitCode, output.Content);

        // A runner that was held to be dead has lost the workspace: what was started in it may be its successor's.
        AttemptProcesses Processes() =>
            new(workspace.IsHeld ? [workspace.Folder, workspace.TemporaryFolder] : [], leader, process);

        async Task ReadOutputAsync()
        {
            await ReadAsync(process.StandardOutput.BaseStream, output.TryAdd, closePipes.Token);
            if (output.IsOver)
                await end.CancelAsync();
        }

        bool AddError(ReadOnlyMemory<byte> bytes)
        {
            errors.Add(bytes);
            return true;
        }
    }

    private static async Task TerminateAsync(Process process)
    {
        if (OperatingSystem.IsWindows() || process.HasExited)
            return;
        UnixFile.Terminate(SessionStarter is null ? process.Id : -process.Id);
        using var grace = new CancellationTokenSource(TerminationGrace);
        await process.WaitForExitAsync(grace.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task FeedAsync(Stream stream, byte[] input, CancellationToken cancellationToken)
    {
        try
        {
            await using (stream)
                await stream.WriteAsync(input, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // A program need not read its instruction.
        }
    }

    private static async Task ReadAsync(Stream stream, Func<ReadOnlyMemory<byte>, bool> take, CancellationToken cancellationToken)
    {
        var buffer = new byte[32 * 1024];
        try
        {
            await using (stream)
            {
                int count;
                do
                    count = await stream.ReadAsync(buffer, cancellationToken);
                while (count > 0 && take(buffer.AsMemory(0, count)));
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The pipe was closed under us: what came so far is what there is.
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(SessionStarter ?? command.Program)
        {
            WorkingDirectory = workspace.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        if (SessionStarter is not null)
            start.ArgumentList.Add(command.Program);
        foreach (var argument in command.Arguments)
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        var process = new Process { StartInfo = start };
        try
        {
            process.Start();
            return process;
        }
        catch (Exception exception) when (exception is Win32Exception or ArgumentException)
        {
            process.Dispose();
            throw new AttemptFailedException(
                FailureKind.Unavailable, $"The program {command.Program} cannot be started: {exception.Message}", exception);
        }
    }
}
