using System.Collections.Concurrent;
using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Activities;

/// <summary>What this very process did for attempts, so that it need not ask the store for what it put there itself.</summary>
/// <remarks>Saves reads, and no more: where nothing is remembered the ledger is asked. Results are always read back.</remarks>
internal sealed class OwnAttempts
{
    private readonly ConcurrentDictionary<(string Task, int Attempt), string?> attempts = new();

    /// <summary>A step that this process wrote: before it nobody knew of the attempts that it starts.</summary>
    internal void Decided(StepDocument step)
    {
        foreach (var start in step.Decisions.OfType<StartDecision>())
            attempts[(start.Task, start.Attempt)] = null;
    }

    /// <summary>Whether an attempt cannot have ended, because this process has just decided on it and nobody has begun it here. To be asked once.</summary>
    internal bool TakeNew(StartDecision start) => attempts.TryRemove(new((start.Task, start.Attempt), null));

    /// <summary>This process wrote the attempt's instruction.</summary>
    internal void Instructed(StartDecision start, string digest) => attempts[(start.Task, start.Attempt)] = digest;

    /// <summary>The digest of the instruction, if this process wrote it; to be asked once.</summary>
    internal string? TakeInstruction(StartDecision start) => attempts.TryRemove((start.Task, start.Attempt), out var digest) ? digest : null;
}
