using System.Collections.Concurrent;
using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Activities;

/// <summary>What this very process did for an attempt that has ended.</summary>
/// <param name="Instruction">The digest of the instruction, if this process wrote it and nobody worked on the attempt before; else the ledger is asked.</param>
/// <param name="Flushed">Ends when all that this process wrote of the attempt outlasts a crash of the machine.</param>
/// <param name="Result">What its result says, if this process wrote that too and the store has its version; else it is read.</param>
internal sealed record OwnAttempt(string? Instruction, Task Flushed, OwnResult? Result)
{
    /// <summary>Another process carried it out, and flushed it.</summary>
    internal static readonly OwnAttempt None = new(null, Task.CompletedTask, null);
}

/// <summary>A result that this process wrote, and what it comes to: for as long as the store has it in that version.</summary>
/// <param name="Ending">As if it had been read back.</param>
/// <param name="Name">The blob's whole name.</param>
/// <param name="Version">Its version when it was written.</param>
internal sealed record OwnResult(StepEnding Ending, string Name, string Version);

/// <summary>What this very process did for attempts, so that it need not ask the store for what it put there itself.</summary>
/// <remarks>Saves reads, and no more: where nothing is remembered the ledger is asked. Of results the store is always asked: they are read back, or it says that they
/// stand in the version in which they were written.</remarks>
internal sealed class OwnAttempts
{
    private readonly ConcurrentDictionary<(string Task, int Attempt), OwnAttempt?> attempts = new();

    /// <summary>A step that this process wrote: before it nobody knew of the attempts that it starts.</summary>
    internal void Decided(StepDocument step)
    {
        foreach (var start in step.Decisions.OfType<StartDecision>())
            attempts[(start.Task, start.Attempt)] = null;
    }

    /// <summary>Whether an attempt cannot have ended, because this process has just decided on it and nobody has begun it here. To be asked once.</summary>
    internal bool TakeNew(StartDecision start) => attempts.TryRemove(new((start.Task, start.Attempt), null));

    /// <summary>This process wrote the attempt's result.</summary>
    internal void Ended(StartDecision start, OwnAttempt attempt) => attempts[(start.Task, start.Attempt)] = attempt;

    /// <summary>What this process did for it.</summary>
    internal OwnAttempt Of(StartDecision start) => attempts.GetValueOrDefault((start.Task, start.Attempt)) ?? OwnAttempt.None;

    /// <summary>A step stands that took the attempt's ending in. Not earlier: whoever tries again to take it in must wait for the same flushes.</summary>
    internal void Forget(Ending ending) => attempts.TryRemove((ending.Task, ending.Attempt), out _);
}
