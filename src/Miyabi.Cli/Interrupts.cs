using System.Runtime.InteropServices;

namespace Miyabi.Cli;

/// <summary>Ctrl-C and SIGTERM: the first sets the token, for an orderly end; the second ends the process at once.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource stop;
    private readonly PosixSignalRegistration interrupt;
    private readonly PosixSignalRegistration terminate;

    /// <summary>Listens until disposed.</summary>
    /// <param name="cancellationToken">Sets the token too.</param>
    internal Interrupts(CancellationToken cancellationToken)
    {
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Take);
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Take);
    }

    /// <summary>Set by the first.</summary>
    internal CancellationToken Token => stop.Token;

    public void Dispose()
    {
        interrupt.Dispose();
        terminate.Dispose();
        stop.Dispose();
    }

    /// <summary>Takes a signal. One that is delivered while the listening ends is left to its default.</summary>
    internal void Take(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (stop.IsCancellationRequested)
            Environment.Exit(ExitCode.Interrupted);
        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            signal.Cancel = false; // nothing is at work any more that could be ended in order
        }
    }
}
