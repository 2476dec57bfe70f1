using System.Collections.Immutable;
using System.Security.Cryptography;
using Miyabi.Core.Ledger;

namespace Miyabi.Core.Verification;

/// <summary>Holds the manifests against what follows from the run's other documents: one for each time that the run ended.</summary>
internal sealed class ManifestCheck(DocumentReader reader, Func<string, bool> isThere)
{
    private readonly Dictionary<int, Verified<ManifestDocument>> found = [];

    /// <summary>The manifest of the highest generation that is there and holds.</summary>
    internal Verified<ManifestDocument>? Last { get; private set; }

    /// <summary>Reads manifests 1 to n, as far as they are there.</summary>
    internal async Task ReadAsync(int last, CancellationToken cancellationToken)
    {
        for (var generation = 1; generation <= last; generation++)
        {
            var path = LedgerPath.Manifest(generation);
            if (isThere(path) && await reader.ReadAsync<ManifestDocument>(path, DocumentTypes.Manifest, null, cancellationToken) is { } manifest)
                Last = found[generation] = manifest;
        }
    }

    /// <summary>Works the manifests out again, and compares them to the byte: they are a pure function of the other documents.</summary>
    /// <param name="record">The run as it is.</param>
    /// <param name="ends">The run as it was each time it had ended.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The manifest of a run that has ended, as it should be.</returns>
    internal async Task<ManifestDocument?> CheckAsync(RunRecord record, IReadOnlyList<RunRecord> ends, CancellationToken cancellationToken)
    {
        var owners = await OwnersAsync(record, cancellationToken);
        foreach (var generation in found.Keys.Where(generation => generation > ends.Count))
            reader.Note(LedgerPath.Manifest(generation), FindingKind.Unexpected, ends.Count == 0 ? "The run has not ended." : "The run has not ended so often.");
        ManifestDocument? expected = null;
        foreach (var end in ends)
        {
            var path = LedgerPath.Manifest(end.Generation);
            if (!reader.HasVisited(path))
                await reader.ReadAsync<ManifestDocument>(path, DocumentTypes.Manifest, null, cancellationToken); // notes that it is missing
            if (owners.Count < end.Owner)
                return null;
            expected = Manifest.Of(end, owners[..end.Owner]);
            if (found.TryGetValue(end.Generation, out var manifest))
                Compare(manifest, expected, end, end.Generation <= record.Manifests.Count ? record.Manifests[end.Generation - 1] : null);
        }

        return record.Scheduler.Outcome is null ? null : expected;
    }

    private async Task<List<string>> OwnersAsync(RunRecord record, CancellationToken cancellationToken)
    {
        var (owners, isWhole) = (new List<string>(), true);
        for (var owner = 1; owner <= record.Owner; owner++)
        {
            var document = await reader.ReadAsync<OwnerDocument>(LedgerPath.Owner(owner), DocumentTypes.Owner, null, cancellationToken);
            isWhole = isWhole && document is not null;
            if (isWhole)
                owners.Add(document!.Digest);
            else if (reader.IsMissing(LedgerPath.Owner(owner)))
                break; // so are those behind it, if the step that named so many lies
        }

        return owners;
    }

    private void Compare(Verified<ManifestDocument> manifest, ManifestDocument expected, RunRecord end, string? reopened)
    {
        if (manifest.Digest != DigestOf(expected))
            NameDifference(manifest, expected);
        else if (reopened is not null && reopened != manifest.Digest)
            reader.Note(LedgerPath.Step(end.Step + 1), FindingKind.BrokenChain, "It takes the run up again after another manifest than the one that is here.");
    }

    // An owner's digest is named by the manifest alone: if nothing but that differs, it is the owner document that was replaced.
    private void NameDifference(Verified<ManifestDocument> manifest, ManifestDocument expected)
    {
        var named = manifest.Value.Documents.Where(entry => IsOwner(entry.Path)).DistinctBy(entry => entry.Path).ToDictionary(entry => entry.Path, entry => entry.Sha256);
        var replaced = expected.Documents.Where(entry => IsOwner(entry.Path) && named.TryGetValue(entry.Path, out var digest) && digest != entry.Sha256).ToList();
        ImmutableArray<ManifestEntry> documents =
            [.. expected.Documents.Select(entry => replaced.Contains(entry) ? entry with { Sha256 = named[entry.Path] } : entry)];
        if (manifest.Digest == DigestOf(expected with { Documents = documents, Root = Manifest.Root(documents, expected.ContentRoot) }))
        {
            foreach (var entry in replaced)
                reader.Note(entry.Path, FindingKind.Altered, $"Its digest is {entry.Sha256}; the manifest names {named[entry.Path]}: it was replaced.");
        }
        else
        {
            reader.Note(LedgerPath.Manifest(expected.Generation), FindingKind.Altered, "It is not the manifest that follows from the run's documents.");
        }
    }

    internal static bool IsOwner(string path) => path.StartsWith("owner-", StringComparison.Ordinal);

    private static string DigestOf(ManifestDocument manifest) =>
        Convert.ToHexStringLower(SHA256.HashData(LedgerJson.Write(manifest, LedgerJson.Default.ManifestDocument)));
}
