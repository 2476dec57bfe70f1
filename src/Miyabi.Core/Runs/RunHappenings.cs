using System.Collections.Immutable;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Runs;

/// <summary>A thing that happened in a run: a step, or an event.</summary>
/// <param name="Step">The step; <see langword="null"/>: it is an event.</param>
/// <param name="Event">The event; <see langword="null"/>: it is a step.</param>
/// <param name="Cursor">Where to go on after it.</param>
public sealed record RunHappening(StepDocument? Step, RunEvent? Event, RunEventCursor Cursor);

/// <summary>Some of what happened in a run.</summary>
/// <param name="Items">What; steps in order, and each writer's events in order.</param>
/// <param name="Next">Where to go on.</param>
/// <param name="HasMore">There is more already.</param>
/// <param name="HasEnded">The run has ended, and nothing comes after these, unless it is taken up again.</param>
public sealed record RunHappeningPage(ImmutableArray<RunHappening> Items, RunEventCursor Next, bool HasMore, bool HasEnded);

/// <summary>Reads what happens in a run from any cursor on: for readers that come and go, and that nobody remembers.</summary>
/// <remarks>
/// Steps are read back sealed and in the chain from the cursor's on; events are no evidence, and what cannot be read of them is passed over. Holds at most
/// one part of events (16 MiB) and one page in memory. For one reader at a time.
/// </remarks>
public sealed class RunHappenings
{
    /// <summary>Items on a page.</summary>
    public const int MaxItems = 500;

    // Writers of which the next part is looked for by name; which writers there are is looked up every few looks only, because a listing grows with the run.
    private const int MaxProbed = 8;
    private const int LooksPerListing = 5;

    private readonly RunLedger ledger;
    private readonly EventParts parts;
    private SortedSet<(string Writer, int Part)> listed = [];
    private string? previous;
    private int looks;

    /// <summary>Reads a run's.</summary>
    public RunHappenings(RunLedger ledger, IBlobStore store) => (this.ledger, parts) = (ledger, new EventParts(store, ledger.Run));

    /// <summary>Looks what there is after a cursor.</summary>
    /// <exception cref="SealException">A step is missing or does not hold, though a later one is there.</exception>
    /// <exception cref="StoreException">The store could not be read.</exception>
    public async Task<RunHappeningPage> ReadAsync(RunEventCursor after, CancellationToken cancellationToken)
    {
        var items = ImmutableArray.CreateBuilder<RunHappening>();
        var (cursor, isAtEnd) = (after, false);
        while (items.Count < MaxItems && !isAtEnd)
        {
            if (await NextAsync(cursor.Step, cancellationToken) is { } step)
                items.Add(new RunHappening(step, null, cursor = cursor with { Step = step.Step }));
            else
                isAtEnd = true;
        }

        cursor = await EventsAsync(cursor, items, cancellationToken);
        var hasMore = items.Count >= MaxItems;
        return new RunHappeningPage(items.ToImmutable(), cursor, hasMore, !hasMore && await HasEndedAsync(cursor.Step, cancellationToken));
    }

    // A last step that does not stand up decided nothing that counts: its runner puts it aside and takes it again.
    private async Task<StepDocument?> NextAsync(int last, CancellationToken cancellationToken)
    {
        var (step, why) = await TryReadAsync(last + 1, cancellationToken);
        if (step is null && await StepHistory.IsStepAsync(ledger, last + 2, cancellationToken))
        {
            (step, why) = await TryReadAsync(last + 1, cancellationToken); // both may have been taken since the first look
            if (step is null)
                throw new SealException($"Step {last + 1} of run '{ledger.Run}' {why}, though step {last + 2} is there.") { Document = LedgerPath.Step(last + 1) };
        }

        if (step is null)
            return null;
        if (previous is not null && step.Value.Previous != previous)
            throw new SealException($"Step {last + 1} of run '{ledger.Run}' does not follow the step {last} that is here: the chain is broken.") { Document = LedgerPath.Step(last + 1) };
        previous = step.Digest;
        return step.Value;
    }

    private async Task<(Verified<StepDocument>? Step, string Why)> TryReadAsync(int step, CancellationToken cancellationToken)
    {
        try
        {
            return (await ledger.ReadStepAsync(step, cancellationToken), "is missing");
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            return (null, $"does not hold ({e.Message})");
        }
    }

    private async Task<RunEventCursor> EventsAsync(RunEventCursor cursor, ImmutableArray<RunHappening>.Builder items, CancellationToken cancellationToken)
    {
        if (looks++ % LooksPerListing == 0)
            listed = await parts.ListAsync(cancellationToken);
        else
            await ProbeAsync(cursor, cancellationToken);
        foreach (var (writer, part) in listed)
        {
            var (next, skipped) = cursor.Of(writer);
            if (part < next)
                continue;
            if (items.Count >= MaxItems)
                break;
            var (events, isAtEnd) = await parts.ReadAsync(writer, part, part == next ? skipped : 0, MaxItems - items.Count, cancellationToken);
            foreach (var (happening, lines) in events)
                items.Add(new RunHappening(null, happening, cursor = cursor.With(writer, part, lines)));
            if (isAtEnd)
                cursor = cursor.With(writer, part + 1, 0);
        }

        return cursor;
    }

    private async Task ProbeAsync(RunEventCursor cursor, CancellationToken cancellationToken)
    {
        foreach (var writer in listed.Select(found => found.Writer).Distinct(StringComparer.Ordinal).Take(MaxProbed).ToList())
        {
            var (next, _) = cursor.Of(writer);
            if (await parts.IsThereAsync(writer, next, cancellationToken))
                listed.Add((writer, next));
        }
    }

    // Said when its last word is: who is told of the end may want to verify the run at once.
    private async Task<bool> HasEndedAsync(int last, CancellationToken cancellationToken)
    {
        if (last == 0 || (await TryReadAsync(last, cancellationToken)).Step?.Value.Decisions.Any(decision => decision is FinishDecision) != true)
            return false;
        try
        {
            return await ledger.ReadLastManifestAsync(cancellationToken) is not null;
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            return true; // 'verify' says what is wrong with it
        }
    }
}
