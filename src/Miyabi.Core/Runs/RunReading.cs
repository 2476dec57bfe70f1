using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Runs;

/// <summary>A run as far as it was read: reading on reads what is new, and nothing twice. For one reader at a time. Writes nothing.</summary>
internal sealed class RunReading
{
    private readonly RunLedger ledger;
    private readonly EventFeed events;
    private RunRecord record;

    private RunReading(RunLedger ledger, IBlobStore store, RunRecord record)
    {
        (this.ledger, this.record) = (ledger, record);
        events = new EventFeed(store, ledger.Run);
        Projection = new RunProjection(record.Plan);
    }

    /// <summary>What was read of it.</summary>
    internal RunProjection Projection { get; }

    /// <summary>A run of which nothing but the plan is read yet.</summary>
    /// <exception cref="RunNotFoundException">The store has none of the id.</exception>
    /// <exception cref="SealException">Its plan does not hold.</exception>
    /// <exception cref="UntrustedKeyException">Its plan document is sealed by a key that is not trusted.</exception>
    /// <exception cref="StoreException">The store could not be read.</exception>
    internal static async Task<RunReading> OpenAsync(OpenRuns runs, IBlobStore store, string run, CancellationToken cancellationToken)
    {
        var (documents, start) = await runs.ReadStartAsync(run, cancellationToken);
        return new RunReading(documents, store, start);
    }

    /// <summary>Reads the steps that have come.</summary>
    /// <exception cref="SealException">A step does not hold, though a later step does, or does not follow on those that were read.</exception>
    /// <exception cref="StoreException">The store could not be read.</exception>
    internal async Task ReadStepsAsync(CancellationToken cancellationToken) =>
        record = (await StepHistory.ReadAsync(ledger, record, Projection.Apply, cancellationToken)).Record;

    /// <summary>Reads the steps and events that have come.</summary>
    /// <inheritdoc cref="ReadStepsAsync" path="/exception"/>
    internal async Task ReadOnAsync(CancellationToken cancellationToken)
    {
        await ReadStepsAsync(cancellationToken);
        // Of a run where nothing is at work, events tell nothing that is shown.
        if (record.Scheduler.Running.Count > 0)
            await events.ReadAllAsync(Projection.Apply, cancellationToken);
    }
}
