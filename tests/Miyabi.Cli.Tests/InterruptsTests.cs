using System.Runtime.InteropServices;

namespace Miyabi.Cli.Tests;

public sealed class InterruptsTests
{
    [Fact]
    public void Take_First_SetsTheTokenAndLeavesTheProcess()
    {
        using var interrupts = new Interrupts(default);
        var signal = new PosixSignalContext(PosixSignal.SIGINT);

        interrupts.Take(signal);

        Assert.True(interrupts.Token.IsCancellationRequested);
        Assert.True(signal.Cancel);
    }

    [Fact]
    public void Take_AfterTheEnd_LeavesTheSignalToItsDefault()
    {
        var interrupts = new Interrupts(default);
        interrupts.Dispose();
        var signal = new PosixSignalContext(PosixSignal.SIGTERM);

        interrupts.Take(signal);

        Assert.False(signal.Cancel);
    }
}
