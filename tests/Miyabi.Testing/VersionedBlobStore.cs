using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Miyabi.Core.Ledger;

namespace Miyabi.Testing;

/// <summary>A store in memory that tells versions, as Azure's does, and counts what it is asked.</summary>
public class VersionedBlobStore : InMemoryBlobStore, IVersionedStore
{
    private readonly ConcurrentDictionary<string, string> versions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> reads = new(StringComparer.Ordinal);
    private int made;
    private int listings;

    /// <summary>How often versions were listed.</summary>
    public int Listings => listings;

    /// <summary>How often any blob was read.</summary>
    public int Reads => reads.Values.Sum();

    /// <summary>How often a blob was read.</summary>
    public int ReadsOf(string name) => reads.GetValueOrDefault(name);

    public override async Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await CreateVersionAsync(name, content, cancellationToken) is not null;

    public async Task<string?> CreateVersionAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await base.CreateAsync(name, content, cancellationToken) ? versions[name] = Next() : null;

    public override async Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await base.ReplaceAsync(name, content, cancellationToken);
        versions[name] = Next();
    }

    public override Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
    {
        reads.AddOrUpdate(name, 1, (_, before) => before + 1);
        return base.ReadAsync(name, maxBytes, cancellationToken);
    }

    public async IAsyncEnumerable<BlobVersion> ListVersionsAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref listings);
        await foreach (var blob in ListAsync(prefix, cancellationToken))
        {
            // One that is being made just now has none yet: it is as if it had not been listed.
            if (versions.TryGetValue(blob.Name, out var version))
                yield return new BlobVersion(blob.Name, version);
        }
    }

    private string Next() => $"v{Interlocked.Increment(ref made)}";
}
