using System.Runtime.CompilerServices;
using Miyabi.Core.Ledger;
using Miyabi.Core.Verification;

namespace Miyabi.Core.Transfer;

/// <summary>A run's evidence as it stood at one moment, in a store where the run may go on: later documents cannot be seen through it.</summary>
/// <remarks>
/// No store lists a folder at one instant. But documents are never changed, and each is written after all that it speaks of. So with steps listed
/// before everything else, all that those steps speak of is in the second list; and what stood there before the steps were listed, they explain.
/// </remarks>
internal sealed class RunSnapshot : IBlobStore
{
    // A run writes a manifest when it ends, and again each time that it was reopened: more than one while we look is a rarity.
    private const int MostTries = 5;

    private readonly IBlobStore store;
    private readonly string run;
    private readonly SortedDictionary<string, BlobItem> blobs;
    private readonly HashSet<string> explained;

    private RunSnapshot(IBlobStore store, string run, IEnumerable<BlobItem> blobs, HashSet<string> explained)
    {
        (this.store, this.run, this.explained) = (store, run, explained);
        this.blobs = new(blobs.ToDictionary(blob => blob.Name, StringComparer.Ordinal), StringComparer.Ordinal);
    }

    /// <summary>The evidence, in ordinal order of names.</summary>
    internal IEnumerable<BlobItem> Blobs => blobs.Values;

    /// <summary>Looks at a run.</summary>
    internal static async Task<RunSnapshot> TakeAsync(IBlobStore store, string run, CancellationToken cancellationToken)
    {
        var folder = LedgerPath.Run(run);
        for (var again = 1; ; again++)
        {
            var before = await NamesAsync(store, folder, cancellationToken);
            var steps = await NamesAsync(store, folder + LedgerPath.Steps, cancellationToken);
            var all = await ListAsync(store, run, cancellationToken);
            // A manifest that came meanwhile may speak of steps that came after ours: the run has ended, so let us look once more.
            if (again < MostTries && all.Any(blob => RunFile.IsManifest(blob.Name[folder.Length..]) && !before.Contains(blob.Name)))
                continue;
            var kept = all.Where(blob => !RunFile.IsStep(blob.Name[folder.Length..]) || steps.Contains(blob.Name));
            return new RunSnapshot(store, run, kept, before);
        }
    }

    /// <summary>The evidence of a run that a store lists now.</summary>
    internal static async Task<List<BlobItem>> ListAsync(IBlobStore store, string run, CancellationToken cancellationToken)
    {
        var folder = LedgerPath.Run(run);
        List<BlobItem> found = [];
        await foreach (var blob in store.ListAsync(folder, cancellationToken))
        {
            if (RunFile.IsEvidence(blob.Name[folder.Length..]))
                found.Add(blob);
        }

        return found;
    }

    /// <summary>Verifies what can be seen. Documents of later steps, of which nothing here speaks, cannot be seen any more afterwards.</summary>
    internal async Task<VerificationReport> VerifyAsync(TrustList trust, CancellationToken cancellationToken)
    {
        var report = await new RunVerifier(this, trust).VerifyAsync(run, null, cancellationToken);
        var later = report.Findings.Where(finding => finding.Kind == FindingKind.Unexpected && !explained.Contains(finding.Path)).ToList();
        foreach (var finding in later)
            blobs.Remove(finding.Path);
        return report with { Findings = report.Findings.RemoveRange(later) };
    }

    /// <inheritdoc/>
    public async Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken) =>
        blobs.ContainsKey(name) ? await store.ReadAsync(name, maxBytes, cancellationToken) : null;

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var blob in blobs.Values.Where(blob => blob.Name.StartsWith(prefix, StringComparison.Ordinal)))
            yield return blob;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken) => throw ReadOnly();

    /// <inheritdoc/>
    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw ReadOnly();

    /// <inheritdoc/>
    public Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw ReadOnly();

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken) => throw ReadOnly();

    private static async Task<HashSet<string>> NamesAsync(IBlobStore store, string prefix, CancellationToken cancellationToken)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var blob in store.ListAsync(prefix, cancellationToken))
            names.Add(blob.Name);
        return names;
    }

    private static NotSupportedException ReadOnly() => new("A snapshot of a run is listed and read, and nothing else.");
}
