using System.Collections.Concurrent;
using Miyabi.Core.Ledger;
using Miyabi.Core.Verification;

namespace Miyabi.Core.Transfer;

/// <summary>Copies a run from one store to another, byte for byte, and proves it in both.</summary>
/// <remarks>
/// <para>The order is such that a copy that was cut short never passes for the run: first what steps speak of, then the steps in their order, then
/// the manifests, and the plan document last. Without that a folder is no run, to whomever reads it; with it, everything is there. The same call made
/// again goes on where the last was cut.</para>
/// <para>Nothing is overwritten. What the target has already must be what the source has, which is seen to before anything is written: a copy
/// that was resumed has become another run, and is left alone.</para>
/// <para>Leases stay behind, so the copy of a run in progress can be resumed 60 s after the original's runner began, also while that goes on:
/// two runs then, of one past.</para>
/// <para>Memory is bounded: files of up to <see cref="SmallBytes"/> are held <see cref="AtOnce"/> at a time, larger ones singly.</para>
/// </remarks>
public sealed class RunCopy
{
    private const int AtOnce = 16;
    private const int SmallBytes = 4 * 1024 * 1024;

    private readonly IBlobStore source;
    private readonly IBlobStore target;
    private readonly string run;
    private readonly string folder;
    private readonly ConcurrentDictionary<string, Finding> conflicts = new(StringComparer.Ordinal);
    private int copied;
    private int alreadyThere;

    private RunCopy(IBlobStore source, IBlobStore target, string run) =>
        (this.source, this.target, this.run, folder) = (source, target, run, LedgerPath.Run(run));

    /// <summary>Copies a run.</summary>
    /// <param name="source">Where the run is; it may be going on. Nothing is written to it.</param>
    /// <param name="target">Where it is copied to.</param>
    /// <param name="trust">Whose documents are believed.</param>
    /// <param name="run">The run's id.</param>
    /// <param name="id">Told apart from every other copy: 32 hex digits.</param>
    /// <param name="cancellationToken">Ends the copy; what is written stays, and is found when the copy is made again.</param>
    /// <returns>What it came to; see <see cref="CopyReport.IsCopied"/>.</returns>
    /// <exception cref="Activities.RunNotFoundException">The source has nothing of a run of the id.</exception>
    /// <exception cref="SameStoreException">Both are one store.</exception>
    /// <exception cref="StoreException">A store could not be read or written.</exception>
    public static Task<CopyReport> MakeAsync(
        IBlobStore source, IBlobStore target, TrustList trust, string run, string id, CancellationToken cancellationToken) =>
        new RunCopy(source, target, run).MakeAsync(trust, id, cancellationToken);

    private async Task<CopyReport> MakeAsync(TrustList trust, string id, CancellationToken cancellationToken)
    {
        var snapshot = await RunSnapshot.TakeAsync(source, run, cancellationToken);
        var original = await snapshot.VerifyAsync(trust, cancellationToken);
        var report = new CopyReport
        {
            Run = run,
            HasEnded = original.HasEnded,
            Outcome = original.Outcome,
            ContentRoot = original.ContentRoot,
            SourceRoot = original.Root,
        };
        if (!original.Findings.IsEmpty)
            return report with { WrongIn = CopySide.Source, Findings = original.Findings };

        var there = await RunSnapshot.ListAsync(target, run, cancellationToken);
        if (there.Count > 0 && await IsOneStoreAsync(id, cancellationToken))
            throw new SameStoreException(run);
        var missing = await MissingAsync(snapshot, there, cancellationToken);
        if (conflicts.IsEmpty)
            await WriteAsync(missing, cancellationToken);
        report = report with { Copied = copied, AlreadyThere = alreadyThere };
        if (!conflicts.IsEmpty)
        {
            var wrong = conflicts.Values.OrderBy(finding => finding.Path, StringComparer.Ordinal);
            return report with { WrongIn = CopySide.Target, Findings = [.. wrong] };
        }

        report = report with { Events = await CopyEventsAsync(cancellationToken) };
        var copy = await new RunVerifier(target, trust).VerifyAsync(run, original.Root, cancellationToken);
        return report with { TargetRoot = copy.Root, Findings = copy.Findings, WrongIn = copy.Findings.IsEmpty ? null : CopySide.Target };
    }

    // What the target does not have yet. What it has, and should not have so, is a conflict.
    private async Task<List<BlobItem>> MissingAsync(RunSnapshot snapshot, List<BlobItem> there, CancellationToken cancellationToken)
    {
        var others = there.Select(blob => blob.Name).ToHashSet(StringComparer.Ordinal);
        List<BlobItem> missing = [];
        List<BlobItem> both = [];
        foreach (var blob in snapshot.Blobs)
            (others.Remove(blob.Name) ? both : missing).Add(blob);
        foreach (var name in others)
            Conflict(name, FindingKind.Unexpected, "The source does not have it: what is there went on by itself, or is another run of the same id.");
        await EachAsync(both, async (blob, token) =>
        {
            if (await source.ReadAsync(blob.Name, SealFormat.MaxFileBytes, token) is { } content)
                await CompareAsync(blob.Name, content, token);
        }, cancellationToken);
        return missing;
    }

    private async Task WriteAsync(List<BlobItem> missing, CancellationToken cancellationToken)
    {
        var byStage = missing.ToLookup(blob => StageOf(PathOf(blob)));
        foreach (var stage in Enum.GetValues<Stage>())
        {
            if (stage == Stage.SpokenOf)
            {
                await EachAsync(byStage[stage], WriteAsync, cancellationToken);
            }
            else
            {
                foreach (var blob in byStage[stage].OrderBy(blob => RunFile.NumberOf(PathOf(blob))))
                {
                    if (conflicts.IsEmpty)
                        await WriteAsync(blob, cancellationToken);
                }
            }

            if (!conflicts.IsEmpty)
                return;
        }
    }

    private async ValueTask WriteAsync(BlobItem blob, CancellationToken cancellationToken)
    {
        if (await source.ReadAsync(blob.Name, SealFormat.MaxFileBytes, cancellationToken) is not { } content)
            return; // put aside by a runner since; were it needed, the verification of the copy would say so
        if (await target.CreateAsync(blob.Name, content, cancellationToken))
            Interlocked.Increment(ref copied);
        else
            await CompareAsync(blob.Name, content, cancellationToken);
    }

    private async Task CompareAsync(string name, byte[] content, CancellationToken cancellationToken)
    {
        byte[]? found;
        try
        {
            found = await target.ReadAsync(name, content.Length, cancellationToken);
        }
        catch (StoreException e) when (e.Fault == StoreFault.TooLarge)
        {
            found = null; // longer than what it should be
        }

        if (content.AsSpan().SequenceEqual(found))
            Interlocked.Increment(ref alreadyThere);
        else
            Conflict(name, FindingKind.Altered, "It is another one than in the source, and was not overwritten.");
    }

    // Progress for people. Where it cannot be had, or is there in another state, nothing is lost.
    private async Task<int> CopyEventsAsync(CancellationToken cancellationToken)
    {
        var events = 0;
        try
        {
            await foreach (var blob in source.ListAsync(folder + LedgerPath.Events, cancellationToken))
            {
                if (await source.ReadAsync(blob.Name, SealFormat.MaxFileBytes, cancellationToken) is { } content
                    && await target.CreateAsync(blob.Name, content, cancellationToken))
                    events++;
            }
        }
        catch (StoreException)
        {
            // If the store is gone, the verification that follows says so.
        }

        return events;
    }

    // Two addresses may lead to one store in more ways than anyone could compare: what is written by the one is read by the other.
    private async Task<bool> IsOneStoreAsync(string id, CancellationToken cancellationToken)
    {
        var mark = $"{folder}{LedgerPath.Leases}copy-{id}.json";
        await target.CreateAsync(mark, "{}"u8.ToArray(), cancellationToken);
        try
        {
            return await source.ReadAsync(mark, 2, cancellationToken) is not null;
        }
        finally
        {
            await target.DeleteAsync(mark, CancellationToken.None);
        }
    }

    private static async Task EachAsync(
        IEnumerable<BlobItem> blobs, Func<BlobItem, CancellationToken, ValueTask> work, CancellationToken cancellationToken)
    {
        var bySize = blobs.ToLookup(blob => blob.Bytes <= SmallBytes);
        await Parallel.ForEachAsync(
            bySize[true], new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, work);
        foreach (var large in bySize[false])
            await work(large, cancellationToken);
    }

    private void Conflict(string name, FindingKind kind, string message) => conflicts.TryAdd(name, new Finding(name, kind, message));

    private string PathOf(BlobItem blob) => blob.Name[folder.Length..];

    private static Stage StageOf(string path) => path switch
    {
        LedgerPath.Plan => Stage.Plan,
        _ when RunFile.IsStep(path) => Stage.Steps,
        _ when RunFile.IsManifest(path) => Stage.Manifests,
        _ => Stage.SpokenOf,
    };

    // In the order in which they are written.
    private enum Stage
    {
        SpokenOf,
        Steps,
        Manifests,
        Plan,
    }
}
