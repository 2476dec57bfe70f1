using System.Diagnostics.CodeAnalysis;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Runs;

/// <summary>Views of runs that are asked for again and again: what was read and verified of a run a while ago is not read again.</summary>
/// <remarks>
/// Only a cache, for any number of callers: each view has all that stood in the store when it was asked for. Of one run one caller at a time reads. A run that has ended is read anew
/// each time, one that goes on 5 minutes after it was first read, and whenever what comes does not follow on what was read: so long may it take until a document that was altered
/// meanwhile is noticed here. It holds up to 8 runs of 100,000 tasks together, those that were asked for last.
/// </remarks>
/// <param name="runs">The runs of the store.</param>
/// <param name="store">The store.</param>
/// <param name="clock">The time.</param>
public sealed class RecentRuns(OpenRuns runs, IBlobStore store, TimeProvider clock)
{
    private const int MaxRuns = 8;
    private const int MaxTasks = 100_000;

    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(5);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Recent> recent = new(StringComparer.Ordinal);
    private long asked;

    /// <summary>A run as it stands.</summary>
    /// <inheritdoc cref="RunReader.ReadAsync" path="/exception"/>
    public async Task<RunView> ReadAsync(string run, CancellationToken cancellationToken)
    {
        var (found, isNew) = Find(run);
        try
        {
            var view = await ReadAsync(found, run, cancellationToken);
            if (view.HasEnded)
                Forget(run, found);
            return view;
        }
        catch (Exception e) when (e is not OperationCanceledException || found.Reading is null)
        {
            Forget(run, found);
            // What was read before may be what is wrong: the run may be another by now.
            if (isNew || e is StoreException or OperationCanceledException)
                throw;
        }

        return await ReadAsync(run, cancellationToken);
    }

    private async Task<RunView> ReadAsync(Recent found, string run, CancellationToken cancellationToken)
    {
        await found.Turn.WaitAsync(cancellationToken);
        try
        {
            if (found.Reading is not { } reading)
            {
                reading = await RunReading.OpenAsync(runs, store, run, cancellationToken);
                found.Reading = reading;
                Bound(found, reading.Projection.Plan.TaskCount);
            }

            await reading.ReadOnAsync(cancellationToken);
            return reading.Projection.View();
        }
        finally
        {
            found.Turn.Release();
        }
    }

    private (Recent Found, bool IsNew) Find(string run)
    {
        lock (gate)
        {
            var isNew = !recent.TryGetValue(run, out var found) || clock.GetElapsedTime(found.Since) >= MaxAge;
            if (isNew)
                recent[run] = found = new Recent(clock.GetTimestamp());
            found!.Asked = ++asked;
            return (found, isNew);
        }
    }

    private void Forget(string run, Recent found)
    {
        lock (gate)
        {
            if (recent.GetValueOrDefault(run) == found)
                recent.Remove(run);
        }
    }

    // How large a run is, is known when its plan is read. The one that was asked for just now stays, however large it is.
    private void Bound(Recent found, int tasks)
    {
        lock (gate)
        {
            found.Tasks = tasks;
            while (recent.Count > MaxRuns || (recent.Count > 1 && recent.Values.Sum(other => other.Tasks) > MaxTasks))
                recent.Remove(recent.MinBy(other => other.Value == found ? long.MaxValue : other.Value.Asked).Key);
        }
    }

    [SuppressMessage("Design", "CA1001", Justification = "Nobody asks for the semaphore's wait handle, so it holds nothing to be let go.")]
    private sealed class Recent(long since)
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public long Since => since;

        public long Asked { get; set; }

        public int Tasks { get; set; }

        public RunReading? Reading { get; set; }
    }
}
