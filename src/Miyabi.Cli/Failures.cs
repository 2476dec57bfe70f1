using Miyabi.Cli.Remote;
using Miyabi.Core.Activities;
using Miyabi.Core.Attestation;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Transfer;
using Miyabi.Storage.Keys;

namespace Miyabi.Cli;

/// <summary>What a person is told when a command cannot be carried out, and the exit code that goes with it. One table for all commands.</summary>
internal static class Failures
{
    /// <summary>The exit code and the text; <see langword="null"/> for what is a bug of ours.</summary>
    /// <param name="e">What happened.</param>
    /// <param name="store">What a command needs to find the same store: empty, or <c> --store STORE</c>.</param>
    /// <param name="run">The run that the command was about, if it named one.</param>
    /// <param name="isRemote">Whether a function app was asked.</param>
    internal static (int Code, string Text)? Describe(Exception e, string store, string? run, bool isRemote = false) => e switch
    {
        UsageException or RunRefusedException or ControlRefusedException or SameStoreException => (ExitCode.Usage, e.Message),
        RunExistsException { Run: var existing } => (ExitCode.Usage, $"{e.Message} Choose another --run-id, or go on with it: miyabi resume {existing}{store}"),
        RunNotFoundException => (ExitCode.Usage, $"{e.Message} See which there are: miyabi list{store}"),
        StoreException { Fault: StoreFault.NotAStore } => (ExitCode.Usage, e.Message),
        StoreException => (ExitCode.Environment, e.Message),
        KeyException { IsArgument: true } => (ExitCode.Usage, e.Message),
        KeyException => (ExitCode.Environment, e.Message),
        RunOwnedException => (ExitCode.Environment, $"{e.Message} Wait for it, or stop that runner first."),
        RunNotProvenException { Report: { HasEnded: false, Findings.IsEmpty: true, Run: var unended } } =>
            (ExitCode.Failed, $"{e.Message} Carry it to its end: miyabi resume {unended}{store}"),
        RunNotProvenException { Report.Run: var unproven } => (ExitCode.Failed, $"{e.Message} See all that is wrong: miyabi verify {unproven}{store}"),
        RemoteDeniedException => (ExitCode.Environment, e.Message),
        RemoteBrokenException => (ExitCode.Failed, e.Message),
        UntrustedKeyException when isRemote => (ExitCode.Failed, $"{e.Message} If it is the app's own, trust it: miyabi keys trust{store} shows it first"),
        UntrustedKeyException => (ExitCode.Failed, $"{e.Message} If you know whose key it is, trust it: miyabi keys trust --help"),
        SealException => (
            ExitCode.Failed,
            $"{e.Message} See all that is wrong: miyabi verify {run ?? "RUN"}{store}\n"
            + "No other run is affected. Put the original back from a copy of the store, or carry the plan out anew (--reuse takes over what other runs have)."),
        _ => null,
    };
}
