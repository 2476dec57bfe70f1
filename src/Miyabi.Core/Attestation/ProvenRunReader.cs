using System.Collections.Immutable;
using System.Security.Cryptography;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Verification;

namespace Miyabi.Core.Attestation;

/// <summary>Reads documents of a run once more after its verification, and holds them against what was verified.</summary>
internal sealed class ProvenRunReader(IBlobStore store, TrustList trust, VerificationReport report)
{
    private readonly string folder = LedgerPath.Run(report.Run);

    internal async Task<ProvenRun> ReadAsync(CancellationToken cancellationToken)
    {
        var manifests = await ManifestsAsync(cancellationToken);
        var last = manifests[^1].Value;
        // A later generation may name what is new in it alone, so all of them are asked.
        var digests = manifests.SelectMany(manifest => manifest.Value.Documents)
            .GroupBy(entry => entry.Path, StringComparer.Ordinal)
            .ToDictionary(entries => entries.Key, entries => entries.Last().Sha256, StringComparer.Ordinal);
        var plan = await DocumentAsync<PlanDocument>(LedgerPath.Plan, DocumentTypes.Plan, digests, cancellationToken);
        var compiled = OpenRuns.Compile(plan.Value);
        var results = ImmutableArray.CreateBuilder<LedgerFile>();
        var files = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var task in last.Tasks.Where(task => task.Outcome == TaskOutcome.Accepted))
        {
            var path = LedgerPath.Result(task.Task, task.Attempt, compiled.Plan.Tasks[compiled.TaskOf(task.Task)].Agent.Kind);
            var result = await DocumentAsync<ResultDocument>(path, DocumentTypes.Result, digests, cancellationToken);
            results.Add(result.File);
            foreach (var file in result.Value.Payload?.Files ?? [])
                files[Checked(file).Path] = file.Sha256;
        }

        return new ProvenRun
        {
            Run = report.Run,
            Plan = plan.Value,
            PlanName = compiled.Plan.Name,
            PlanFile = plan.File,
            Manifest = last,
            Manifests = [.. manifests.Select(manifest => manifest.File)],
            Results = results.ToImmutable(),
            Files = files.ToImmutable(),
            KeyIds = report.Keys,
        };
    }

    private async Task<List<(ManifestDocument Value, LedgerFile File)>> ManifestsAsync(CancellationToken cancellationToken)
    {
        List<(ManifestDocument Value, LedgerFile File)> manifests = [];
        string? previous = null;
        while (await TryReadAsync(LedgerPath.Manifest(manifests.Count + 1), DocumentTypes.Manifest, cancellationToken) is var (document, file))
        {
            var manifest = LedgerJson.Read<ManifestDocument>(document.Document.Span);
            if (manifest.Previous != previous)
                throw Changed(LedgerPath.Manifest(manifests.Count + 1));
            manifests.Add((manifest, file));
            previous = document.Digest;
        }

        // The root that the verification worked out covers every document that the manifest names.
        return manifests is [.., var last] && Manifest.Root(last.Value.Documents, last.Value.ContentRoot) == report.Root
            ? manifests
            : throw Changed(LedgerPath.Manifest(Math.Max(1, manifests.Count)));
    }

    private async Task<(T Value, LedgerFile File)> DocumentAsync<T>(
        string path, string type, Dictionary<string, string> digests, CancellationToken cancellationToken)
        where T : class, IRunDocument =>
        await TryReadAsync(path, type, cancellationToken) is var (document, file) && digests.GetValueOrDefault(path) == document.Digest
            ? (LedgerJson.Read<T>(document.Document.Span), file)
            : throw Changed(path);

    private async Task<(SealedDocument Document, LedgerFile File)?> TryReadAsync(string path, string type, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(folder + path, SealFormat.MaxFileBytes, cancellationToken) is not { } bytes)
            return null;
        var document = trust.Open(bytes, type);
        return (document, new LedgerFile(folder + path, Convert.ToHexStringLower(SHA256.HashData(bytes)), document.KeyId));
    }

    // Checked when it was accepted, by the version that accepted it; a path is not believed twice.
    private static ArtifactReference Checked(ArtifactReference file) => ArtifactPath.WhyUnsafe(file.Path) is { } why
        ? throw new SealException($"A result names a file that cannot be laid out: {why}.")
        : file;

    private SealException Changed(string path) => new($"{folder}{path} was changed or removed while the run was read.");
}
