using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Storage.Directories;

namespace Miyabi.Cli.Doctor;

/// <summary>What lies about in the folders of runs: lapsed leases of those that have ended, and documents that were put aside.</summary>
/// <param name="installation">For reading.</param>
/// <param name="activity">Whether a run is at work.</param>
/// <param name="only">One run; <see langword="null"/>: all.</param>
/// <param name="store">What suggested commands need besides a run's id.</param>
/// <param name="clock">The time.</param>
internal sealed class RunLeftovers(Installation installation, RunActivity activity, string? only, string store, TimeProvider clock) : ILeftovers
{
    private const string OwnerLeases = $"{LedgerPath.Leases}owner-";

    public async Task<IReadOnlyList<Leftover>> FindAsync(Action<Unreadable> unreadable, CancellationToken cancellationToken)
    {
        List<Leftover> found = [];
        try
        {
            await foreach (var run in RunsAsync(cancellationToken))
            {
                if (run.State == RunState.Unreadable)
                    unreadable(new Unreadable($"run {run.Run}", run.Reason ?? "", WayOut(run.Run)));
                if (PlanLimits.IsId(run.Run))
                    await FindAsync(run, found, unreadable, cancellationToken);
            }
        }
        catch (StoreException e)
        {
            unreadable(new Unreadable("the store's runs", e.Message, "See the store's own line above."));
        }

        return found;
    }

    private string WayOut(string run) => PlanLimits.IsId(run)
        ? $"miyabi verify {run}{store} names each wrong document: restore those from a copy. If only results are wrong, their tasks are made again by: miyabi retry {run}{store}"
        : "No run has such a name: move the folder away.";

    private IAsyncEnumerable<RunSummary> RunsAsync(CancellationToken cancellationToken) => only is null
        ? new RunReader(installation.Runs, installation.Store).ListAsync(cancellationToken)
        : new RunReader(installation.Runs, installation.Store).ListAsync(cancellationToken).Where(run => run.Run == only);

    private async Task FindAsync(RunSummary run, List<Leftover> found, Action<Unreadable> unreadable, CancellationToken cancellationToken)
    {
        // What cannot be verified may be at work for an installation that is not trusted here: all of it is kept.
        var keptFor = run.State == RunState.Unreadable ? "the run cannot be read"
            : await activity.IsAtWorkAsync(run.Run, cancellationToken) ? "the run is at work" : null;
        var hasEnded = run.State is RunState.Succeeded or RunState.Failed or RunState.Cancelled;
        var folder = LedgerPath.Run(run.Run);
        if (hasEnded && keptFor is null)
            await FindLeasesAsync(run.Run, folder, found, unreadable, cancellationToken);
        await foreach (var blob in installation.Store.ListAsync(folder + LedgerPath.Quarantine, cancellationToken))
            found.Add(Of(LeftoverKind.Quarantined, run.Run, blob, ChangedAt(blob.Name), keptFor));
    }

    private async Task FindLeasesAsync(string run, string folder, List<Leftover> found, Action<Unreadable> unreadable, CancellationToken cancellationToken)
    {
        var leases = new LeaseReader(installation.Runs.LedgerOf(run));
        List<Leftover> lapsed = [];
        await foreach (var blob in installation.Store.ListAsync(folder + LedgerPath.Leases, cancellationToken))
        {
            var until = await leases.UntilAsync(blob.Name[folder.Length..], cancellationToken);
            if (!(until > clock.GetUtcNow()))
                lapsed.Add(Of(LeftoverKind.Lease, run, blob, until ?? ChangedAt(blob.Name), null));
        }

        // The last owner's says that the run was given up: every run has it, and a retry from elsewhere need not wait for it.
        if (lapsed.Where(lease => lease.Name.StartsWith(OwnerLeases, StringComparison.Ordinal)).MaxBy(lease => (lease.Name.Length, lease.Name)) is { } last)
            lapsed.Remove(last);
        if (lapsed.Count > 0 && await HasEndedAsync(run, unreadable, cancellationToken))
            found.AddRange(lapsed);
    }

    // A list goes by the last manifest. A run that was set going again has one too, and its leases say which processes its next runner must end.
    private async Task<bool> HasEndedAsync(string run, Action<Unreadable> unreadable, CancellationToken cancellationToken)
    {
        try
        {
            return (await new RunReader(installation.Runs, installation.Store).ReadAsync(run, cancellationToken)).HasEnded;
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException or RunNotFoundException)
        {
            unreadable(new Unreadable($"run {run}", e.Message, WayOut(run)));
            return false;
        }
    }

    private Leftover Of(LeftoverKind kind, string run, BlobItem blob, DateTimeOffset? since, string? keptFor) => new(
        kind, run, blob.Name[LedgerPath.Run(run).Length..], since, blob.Bytes, keptFor, cancellationToken => RemoveAsync(run, blob.Name, cancellationToken));

    // Somebody may have resumed it, or set it going again, since it was looked at.
    private async Task<bool> RemoveAsync(string run, string name, CancellationToken cancellationToken)
    {
        if (await activity.IsAtWorkAsync(run, cancellationToken))
            return false;
        await installation.Store.DeleteAsync(name, cancellationToken);
        return true;
    }

    // Only files have a date.
    private DateTimeOffset? ChangedAt(string name) => installation.Store is DirectoryBlobStore { Root: var root } && new FileInfo(Path.Join(root, name)) is { Exists: true } file
        ? new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero)
        : null;
}
