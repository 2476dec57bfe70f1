using System.Diagnostics;
using System.Text;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>A process that runs: what it prints is kept, and it can be ended.</summary>
internal sealed class CliProcess : IDisposable
{
    // Only what hangs meets it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);

    private readonly Process process;
    private readonly string name;
    private readonly StringBuilder output = new();
    private readonly StringBuilder error = new();
    private readonly Task reading;
    private bool disposed;

    public CliProcess(Process process, string name)
    {
        (this.process, this.name) = (process, name);
        reading = Task.WhenAll(ReadAsync(process.StandardOutput, output), ReadAsync(process.StandardError, error));
    }

    /// <summary>The process's id.</summary>
    public int Id => process.Id;

    /// <summary>What it has printed so far.</summary>
    public string Output => Text(output);

    /// <summary>What it has said on standard error so far.</summary>
    public string Error => Text(error);

    /// <summary>Whether it has ended.</summary>
    public bool HasEnded => process.HasExited;

    /// <summary>Gives it all of its standard input.</summary>
    public async Task SendAsync(string input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading: what it says about that is what a test looks at.
        }
    }

    /// <summary>Gives it a line of its standard input, and leaves that open.</summary>
    public async Task WriteLineAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
    }

    /// <summary>Waits for the end.</summary>
    public async Task<CliResult> EndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            await reading.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"'{name}' did not end within {Patience}. {new CliResult(-1, Text(output), Text(error))}");
        }

        return new CliResult(process.ExitCode, Text(output), Text(error));
    }

    /// <summary>Sends SIGKILL to this process, and to none of its children.</summary>
    public void Kill() => process.Kill(entireProcessTree: false);

    /// <summary>Sends a signal by its short name.</summary>
    public void Signal(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }

    private static async Task ReadAsync(StreamReader reader, StringBuilder text)
    {
        var buffer = new char[4096];
        int read;
        while ((read = await reader.ReadAsync(buffer)) > 0)
        {
            lock (text)
                text.Append(buffer, 0, read);
        }
    }
}
