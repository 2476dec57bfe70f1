using System.Runtime.CompilerServices;
using System.Text.Json;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Runs;

/// <summary>Reads runs from a store, for people. Writes nothing, and may read while a run goes on.</summary>
public sealed class RunReader(OpenRuns runs, IBlobStore store)
{
    private const int RunsAtOnce = 32;

    /// <summary>A run as it stands.</summary>
    /// <exception cref="RunNotFoundException">The store has none of the id.</exception>
    /// <exception cref="SealException">Its plan or a step does not hold, though a later step does.</exception>
    /// <exception cref="UntrustedKeyException">Its plan document is sealed by a key that is not trusted.</exception>
    /// <exception cref="StoreException">The store could not be read.</exception>
    public async Task<RunView> ReadAsync(string run, CancellationToken cancellationToken) =>
        (await ProjectAsync(run, cancellationToken)).View();

    /// <summary>The same as a projection, to be kept up with the run from here on.</summary>
    /// <inheritdoc cref="ReadAsync" path="/exception"/>
    public async Task<RunProjection> ProjectAsync(string run, CancellationToken cancellationToken)
    {
        var reading = await RunReading.OpenAsync(runs, store, run, cancellationToken);
        await reading.ReadOnAsync(cancellationToken);
        return reading.Projection;
    }

    /// <summary>Every run of the store, in ordinal order of ids. One that cannot be read is <see cref="RunState.Unreadable"/>, with the
    /// reason.</summary>
    /// <exception cref="StoreException">The store could not be listed.</exception>
    public IAsyncEnumerable<RunSummary> ListAsync(CancellationToken cancellationToken) => ListAsync("", int.MaxValue, cancellationToken);

    /// <summary>The runs whose ids come after one in that order, and no more than so many.</summary>
    /// <inheritdoc cref="ListAsync(CancellationToken)" path="/exception"/>
    public async IAsyncEnumerable<RunSummary> ListAsync(string after, int most, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Some at once, for stores whose answers take their time.
        var reading = new Queue<Task<RunSummary>>();
        try
        {
            var left = most;
            await foreach (var run in store.ListFoldersAsync(LedgerPath.Runs, cancellationToken))
            {
                if (string.CompareOrdinal(run, after) <= 0)
                    continue;
                if (left-- <= 0)
                    break;
                reading.Enqueue(Task.Run(() => SummaryAsync(run, cancellationToken), cancellationToken));
                if (reading.Count == RunsAtOnce)
                    yield return await reading.Dequeue();
            }

            while (reading.TryDequeue(out var next))
                yield return await next;
        }
        finally
        {
            // Left before the end, or by an error: nothing goes on behind the caller's back.
            await Task.WhenAll(reading).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task<RunSummary> SummaryAsync(string run, CancellationToken cancellationToken)
    {
        try
        {
            if (!PlanLimits.IsId(run))
                throw new SealException("The folder's name is no run id.");
            var ledger = runs.LedgerOf(run);
            if (await ledger.ReadLastManifestAsync(cancellationToken) is { } manifest)
                return Summary(manifest.Value, await NameAsync(ledger, cancellationToken));
            var reading = await RunReading.OpenAsync(runs, store, run, cancellationToken);
            await reading.ReadStepsAsync(cancellationToken);
            var view = reading.Projection.View();
            return new RunSummary
            {
                Run = run,
                Plan = view.Plan,
                State = view.State,
                StartedAt = view.StartedAt,
                EndedAt = view.EndedAt,
                Counts = view.Counts,
            };
        }
        catch (RunNotFoundException)
        {
            return Unreadable(run, "It has no plan.json: it is no run, or was never accepted.");
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException or StoreException)
        {
            return Unreadable(run, e.Message);
        }
    }

    private static RunSummary Unreadable(string run, string reason) => new() { Run = run, State = RunState.Unreadable, Reason = reason };

    private static RunSummary Summary(ManifestDocument manifest, string plan) => new()
    {
        Run = manifest.Run,
        Plan = plan,
        State = manifest.Outcome switch
        {
            RunOutcome.Succeeded => RunState.Succeeded,
            RunOutcome.Cancelled => RunState.Cancelled,
            _ => RunState.Failed,
        },
        StartedAt = manifest.StartedAt,
        EndedAt = manifest.EndedAt,
        Counts = new RunCounts(
            manifest.Totals.Tasks, manifest.Totals.Accepted, 0, 0, manifest.Totals.Failed, manifest.Totals.Skipped, 0),
    };

    private static async Task<string> NameAsync(RunLedger ledger, CancellationToken cancellationToken)
    {
        var plan = await ledger.ReadPlanAsync(cancellationToken) ?? throw new RunNotFoundException(ledger.Run);
        return plan.Value.Plan.ValueKind == JsonValueKind.Object
            && plan.Value.Plan.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String
            ? name.GetString()!
            : "";
    }
}
