using System.Collections.Immutable;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Verification;

/// <summary>Proves a run from its documents and the trusted keys alone: reads every one again, and names each that is wrong and how.</summary>
/// <remarks>Writes nothing. Memory grows with the number of documents, not with their size.</remarks>
public sealed class RunVerifier(IBlobStore store, TrustList trust)
{
    private const int Parallel = 8;

    /// <summary>Verifies a run.</summary>
    /// <exception cref="RunNotFoundException">There is nothing of a run of the id.</exception>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    /// <param name="run">The run's id.</param>
    /// <param name="expectedRoot">The root that the run had when it ended, from somewhere that the store's keeper cannot reach; <see langword="null"/>: not known.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<VerificationReport> VerifyAsync(string run, string? expectedRoot, CancellationToken cancellationToken)
    {
        var folder = LedgerPath.Run(run);
        List<string> present = [];
        await foreach (var blob in store.ListAsync(folder, cancellationToken))
            present.Add(blob.Name[folder.Length..]);
        if (present.Count == 0)
            throw new RunNotFoundException(run);

        var reader = new DocumentReader(run, store, trust);
        var (plan, start) = await PlanAsync(reader, cancellationToken);
        // Numbers beyond all that could be are none: what has such a name is met as a stray below.
        var generations = Math.Min(present.Max(path => NumberOf(path, "manifest-", LedgerPath.Manifest)), present.Count);
        var manifests = new ManifestCheck(reader, present.Contains);
        await manifests.ReadAsync(generations, cancellationToken);
        var found = manifests.Last;
        var chain = new StepChain(reader, plan, found?.Value);
        var steps = present.Select(path => NumberOf(path, LedgerPath.Steps, LedgerPath.Step)).ToHashSet();
        await chain.ReadAsync(Math.Min(steps.Max(), 2 * present.Count), steps.Contains, cancellationToken);
        var record = start is null ? null : chain.Fold(start);
        var whole = record is not null && chain.IsWhole;
        var artifacts = record is null ? 0 : await AttemptsAsync(reader, record, cancellationToken);
        var manifest = whole ? await manifests.CheckAsync(record!, chain.Ends, cancellationToken) : null;
        if (!whole)
        {
            // What the steps no longer tell, the manifest may.
            foreach (var (path, digest) in chain.Named)
            {
                if (!reader.HasVisited(path) && !reader.IsWrong(path) && BlobName.IsValid(folder + path))
                    await reader.CheckSealAsync(path, digest, cancellationToken);
            }
        }

        await UnvisitedAsync(reader, present, whole ? record : null, cancellationToken);
        if (expectedRoot is not null && manifest?.Root != expectedRoot)
            reader.Note(LedgerPath.Manifest(manifest?.Generation ?? 1), FindingKind.Altered, $"The run's root is {manifest?.Root ?? "not known"}; {expectedRoot} was expected.");
        var outcome = record?.Scheduler.Outcome ?? (whole ? null : found?.Value.Outcome);
        return new VerificationReport
        {
            Run = run,
            HasEnded = outcome is not null,
            Outcome = outcome,
            Documents = reader.Documents,
            Artifacts = artifacts,
            ContentRoot = manifest?.ContentRoot,
            Root = manifest?.Root,
            Keys = [.. reader.Keys],
            Findings = [.. reader.Findings],
        };
    }

    private static async Task<(Verified<PlanDocument>? Plan, RunRecord? Start)> PlanAsync(DocumentReader reader, CancellationToken cancellationToken)
    {
        if (await reader.ReadAsync<PlanDocument>(LedgerPath.Plan, DocumentTypes.Plan, null, cancellationToken) is not { } plan)
            return (null, null);
        try
        {
            var compiled = OpenRuns.Compile(plan.Value);
            reader.KindOfTask = task => compiled.TryStageOf(task, out _) ? compiled.KindOf(task) : null;
            return (plan, RunRecord.Start(compiled, plan.Digest));
        }
        catch (SealException e)
        {
            reader.Note(LedgerPath.Plan, FindingKind.Altered, e.Message);
            return (plan, null);
        }
    }

    // 0: it is no such document.
    private static int NumberOf(string path, string prefix, Func<int, string> pathOf) =>
        path.StartsWith(prefix, StringComparison.Ordinal) && path.EndsWith(".json", StringComparison.Ordinal)
        && int.TryParse(path.AsSpan(prefix.Length, path.Length - prefix.Length - 5), out var number) && path == pathOf(number)
            ? number
            : 0;

    private static async Task<int> AttemptsAsync(DocumentReader reader, RunRecord record, CancellationToken cancellationToken)
    {
        var artifacts = 0;
        var attempts = new AttemptCheck(reader, record);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        await System.Threading.Tasks.Parallel.ForEachAsync(record.Endings, options, async (ended, token) =>
            Interlocked.Add(ref artifacts, await attempts.CheckAsync(ended, token)));
        foreach (var control in record.Controls)
        {
            await reader.ReadAsync<ControlDocument>(control.Path, DocumentTypes.Control, control.Digest, cancellationToken);
        }

        return artifacts;
    }

    private static async Task UnvisitedAsync(DocumentReader reader, List<string> present, RunRecord? record, CancellationToken cancellationToken)
    {
        var toCome = record is null ? [] : ToCome(reader, record);
        foreach (var path in present)
        {
            if (reader.HasVisited(path) || IsNoEvidence(path))
                continue;
            if (path.StartsWith(LedgerPath.Artifacts, StringComparison.Ordinal))
                await reader.CheckArtifactAsync(path[LedgerPath.Artifacts.Length..], cancellationToken); // of an attempt that was cut short
            else if (record is null || ManifestCheck.IsOwner(path) || path.StartsWith(LedgerPath.Controls, StringComparison.Ordinal)
                || toCome.Contains(path) || toCome.Contains(ClaimsOf(path)))
                await reader.CheckSealAsync(path, null, cancellationToken);
            else
                reader.Note(path, FindingKind.Unexpected, "Nothing in the run speaks of it.");
        }
    }

    // Beside new owners and controls: what the next step will speak of, of attempts at work. And claims of attempts that have ended: if the
    // former worker lived after all and was quicker, its result does not know that the attempt was taken over.
    private static HashSet<string> ToCome(DocumentReader reader, RunRecord record)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in record.AtWork.Values.Select(work => work.Start))
        {
            paths.Add(LedgerPath.Instruction(start.Task, start.Attempt));
            paths.Add(LedgerPath.Result(start.Task, start.Attempt, reader.KindOfTask(start.Task) ?? AgentKind.Claude));
            paths.Add(ClaimsOf(LedgerPath.Claim(start.Task, start.Attempt, 1)));
        }

        foreach (var ending in record.Endings.Select(ended => ended.Ending))
            paths.Add(ClaimsOf(LedgerPath.Claim(ending.Task, ending.Attempt, 1)));
        return paths;
    }

    // 'tasks/T/1/claim-' for a claim, the path itself for everything else.
    private static string ClaimsOf(string path)
    {
        var slash = path.LastIndexOf('/') + 1;
        return path.AsSpan(slash).StartsWith("claim-") ? path[..(slash + "claim-".Length)] : path;
    }

    private static bool IsNoEvidence(string path) =>
        path.StartsWith(LedgerPath.Events, StringComparison.Ordinal)
        || path.StartsWith(LedgerPath.Leases, StringComparison.Ordinal)
        || path.StartsWith(LedgerPath.Quarantine, StringComparison.Ordinal);
}
