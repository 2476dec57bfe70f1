using System.Security.Cryptography;
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
        var (record, whole) = await StepsAsync(reader, present, cancellationToken);
        var artifacts = 0;
        ManifestDocument? manifest = null;
        if (record is not null)
        {
            artifacts = await AttemptsAsync(reader, record, cancellationToken);
            manifest = await ManifestAsync(reader, record, whole, cancellationToken);
        }

        await UnvisitedAsync(reader, present, record, cancellationToken);
        if (expectedRoot is not null && manifest?.Root != expectedRoot)
            reader.Note(LedgerPath.Manifest(1), FindingKind.Altered, $"The run's root is {manifest?.Root ?? "not there yet"}; {expectedRoot} was expected.");
        return new VerificationReport
        {
            Run = run,
            HasEnded = record?.Scheduler.Outcome is not null,
            Outcome = record?.Scheduler.Outcome,
            Documents = reader.Documents,
            Artifacts = artifacts,
            ContentRoot = manifest?.ContentRoot,
            Root = manifest?.Root,
            Keys = [.. reader.Keys],
            Findings = [.. reader.Findings],
        };
    }

    // The plan and the chain of steps. 'Whole' says that no link is missing or wrong.
    private static async Task<(RunRecord? Record, bool Whole)> StepsAsync(DocumentReader reader, List<string> present, CancellationToken cancellationToken)
    {
        var plan = await reader.ReadAsync<PlanDocument>(LedgerPath.Plan, DocumentTypes.Plan, null, cancellationToken);
        RunRecord? record = null;
        try
        {
            if (plan is not null)
            {
                var compiled = OpenRuns.Compile(plan.Value);
                record = RunRecord.Start(compiled, plan.Digest);
                reader.KindOfTask = task => compiled.TryTaskOf(task, out var number) ? compiled.Plan.Tasks[number].Agent.Kind : AgentKind.Claude;
            }
        }
        catch (SealException e)
        {
            reader.Note(LedgerPath.Plan, FindingKind.Altered, e.Message);
        }

        var last = present.Select(NumberOfStep).DefaultIfEmpty(0).Max();
        var whole = record is not null;
        for (var step = 1; step <= last && step <= present.Count; step++)
        {
            var document = await reader.ReadAsync<StepDocument>(LedgerPath.Step(step), DocumentTypes.Step, null, cancellationToken);
            if (document is null || !whole)
            {
                whole = false;
                continue;
            }

            try
            {
                record = record!.With(document);
            }
            catch (SealException e)
            {
                reader.Note(LedgerPath.Step(step), FindingKind.BrokenChain, e.Message);
                whole = false;
            }
        }

        return (record, whole);
    }

    private static int NumberOfStep(string path) =>
        path.StartsWith(LedgerPath.Steps, StringComparison.Ordinal) && path.EndsWith(".json", StringComparison.Ordinal)
        && int.TryParse(path.AsSpan(LedgerPath.Steps.Length, path.Length - LedgerPath.Steps.Length - 5), out var number) && path == LedgerPath.Step(number)
            ? number
            : 0;

    private static async Task<int> AttemptsAsync(DocumentReader reader, RunRecord record, CancellationToken cancellationToken)
    {
        var artifacts = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken };
        await System.Threading.Tasks.Parallel.ForEachAsync(record.Endings, options, async (ended, token) =>
            Interlocked.Add(ref artifacts, await AttemptAsync(reader, record, ended, token)));
        foreach (var control in record.Controls)
        {
            await reader.ReadAsync<ControlDocument>(
                LedgerPath.Control(control.Number, RunLedger.NameOf(control.Control.Kind)), DocumentTypes.Control, control.Digest, cancellationToken);
        }

        return artifacts;
    }

    private static async Task<int> AttemptAsync(DocumentReader reader, RunRecord record, StepEnding ended, CancellationToken cancellationToken)
    {
        var (task, attempt) = (ended.Ending.Task, ended.Ending.Attempt);
        if (ended.Instruction is not null)
        {
            var path = LedgerPath.Instruction(task, attempt);
            var instruction = await reader.ReadAsync<InstructionDocument>(path, DocumentTypes.Instruction, ended.Instruction, cancellationToken);
            if (instruction is not null && instruction.Value.Plan != record.PlanDigest)
                reader.Note(path, FindingKind.BrokenChain, "It names another plan document.");
        }

        for (var i = 0; i < ended.Claims.Length; i++)
            await reader.ReadAsync<ClaimDocument>(LedgerPath.Claim(task, attempt, i + 1), DocumentTypes.Claim, ended.Claims[i], cancellationToken);
        if (ended.Result is null)
            return 0;
        var resultPath = LedgerPath.Result(task, attempt, reader.KindOfTask(task));
        var result = await reader.ReadAsync<ResultDocument>(resultPath, DocumentTypes.Result, ended.Result, cancellationToken);
        if (result is null)
            return 0;
        if (result.Value.Instruction != ended.Instruction)
            reader.Note(resultPath, FindingKind.BrokenChain, "It answers another instruction.");
        if (result.Value.Payload is not { } payload)
            return 0;
        if (result.Value.PayloadDigest != LedgerJson.DigestOf(payload) || (ended.Ending.Failure is null && ended.Payload != result.Value.PayloadDigest))
            reader.Note(resultPath, FindingKind.Altered, "Its payload is not the one that was accepted.");
        foreach (var file in payload.Files)
            await reader.CheckArtifactAsync(file.Sha256, cancellationToken);
        return payload.Files.Length;
    }

    // A pure function of the other documents, so it is worked out again and compared to the byte.
    private static async Task<ManifestDocument?> ManifestAsync(DocumentReader reader, RunRecord record, bool whole, CancellationToken cancellationToken)
    {
        var owners = new List<string>();
        for (var owner = 1; owner <= record.Owner; owner++)
        {
            var document = await reader.ReadAsync<OwnerDocument>(LedgerPath.Owner(owner), DocumentTypes.Owner, null, cancellationToken);
            if (document is not null)
                owners.Add(document.Digest);
        }

        if (record.Scheduler.Outcome is null)
            return null;
        var path = LedgerPath.Manifest(1);
        var found = await reader.ReadAsync<ManifestDocument>(path, DocumentTypes.Manifest, null, cancellationToken);
        if (!whole)
            return null;
        var ownersHold = owners.Count == record.Owner;
        var expected = Manifest.Of(record, owners);
        if (found is not null && ownersHold && found.Digest != DigestOf(expected))
            NameDifference(reader, found.Value, expected);
        return ownersHold ? expected : found?.Value;
    }

    // An owner's digest is named by the manifest alone, so a replaced owner document shows here.
    private static void NameDifference(DocumentReader reader, ManifestDocument found, ManifestDocument expected)
    {
        var replaced = expected.Documents.Except(found.Documents).Where(entry => found.Documents.Any(other => other.Path == entry.Path)).ToList();
        if (replaced.Count > 0 && found.ContentRoot == expected.ContentRoot)
        {
            foreach (var entry in replaced)
                reader.Note(entry.Path, FindingKind.Altered, $"Its digest is {entry.Sha256}; the manifest names another: it was replaced.");
        }
        else
        {
            reader.Note(LedgerPath.Manifest(1), FindingKind.Altered, "It is not the manifest that follows from the run's documents.");
        }
    }

    private static string DigestOf(ManifestDocument manifest) =>
        Convert.ToHexStringLower(SHA256.HashData(LedgerJson.Write(manifest, LedgerJson.Default.ManifestDocument)));

    private static async Task UnvisitedAsync(DocumentReader reader, List<string> present, RunRecord? record, CancellationToken cancellationToken)
    {
        foreach (var path in present)
        {
            if (reader.HasVisited(path) || IsNoEvidence(path))
                continue;
            if (path.StartsWith(LedgerPath.Artifacts, StringComparison.Ordinal))
                await reader.CheckArtifactAsync(path[LedgerPath.Artifacts.Length..], cancellationToken); // of an attempt that was cut short
            else if (record is null)
                await reader.CheckSealAsync(path, cancellationToken);
            else if (!await IsAtWorkAsync(reader, record, path, cancellationToken))
                reader.Note(path, FindingKind.Unexpected, "Nothing in the run speaks of it.");
        }
    }

    // Documents that the next step will speak of: of attempts at work, of a new owner, of people.
    private static async Task<bool> IsAtWorkAsync(DocumentReader reader, RunRecord record, string path, CancellationToken cancellationToken)
    {
        var isOwner = path.StartsWith("owner-", StringComparison.Ordinal);
        var isControl = path.StartsWith(LedgerPath.Controls, StringComparison.Ordinal);
        var isAttempt = record.AtWork.Values.Any(work =>
            path.StartsWith($"tasks/{work.Start.Task}/{work.Start.Attempt}/", StringComparison.Ordinal)
            || path == LedgerPath.Result(work.Start.Task, work.Start.Attempt, reader.KindOfTask(work.Start.Task)));
        if (!isOwner && !isControl && !isAttempt)
            return false;
        await reader.CheckSealAsync(path, cancellationToken);
        return true;
    }

    private static bool IsNoEvidence(string path) =>
        path.StartsWith(LedgerPath.Events, StringComparison.Ordinal)
        || path.StartsWith(LedgerPath.Leases, StringComparison.Ordinal)
        || path.StartsWith(LedgerPath.Quarantine, StringComparison.Ordinal);
}
