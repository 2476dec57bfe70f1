using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Miyabi.Core.Ledger;

namespace Miyabi.Testing;

/// <summary>The store port in memory, for tests that are about something else than a store. It passes the conformance suite.</summary>
public class InMemoryBlobStore : IBlobStore
{
    private readonly ConcurrentDictionary<string, byte[]> blobs = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, byte[]> Blobs => blobs;

    public virtual Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(blobs.TryAdd(name, content.ToArray()));
    }

    public virtual Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
        blobs[name] = content.ToArray();
        return Task.CompletedTask;
    }

    public virtual Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
        if (!blobs.TryGetValue(name, out var content))
            return Task.FromResult<byte[]?>(null);
        if (content.Length > maxBytes)
            throw new StoreException(StoreFault.TooLarge, $"{name} has {content.Length} bytes; {maxBytes} are allowed.");
        return Task.FromResult<byte[]?>(content.ToArray());
    }

    public async IAsyncEnumerable<BlobItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        cancellationToken.ThrowIfCancellationRequested();
        Listed(prefix);
        foreach (var (name, content) in Under(prefix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new BlobItem(name, content.Length);
        }
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        cancellationToken.ThrowIfCancellationRequested();
        var folders = Under(prefix)
            .Select(blob => blob.Key[prefix.Length..])
            .Where(rest => rest.Contains('/'))
            .Select(rest => rest[..rest.IndexOf('/', StringComparison.Ordinal)])
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
        foreach (var folder in folders)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return folder;
        }
    }

    public virtual Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        cancellationToken.ThrowIfCancellationRequested();
        blobs.TryRemove(name, out _);
        return Task.CompletedTask;
    }

    /// <summary>Somebody lists the blobs under a prefix.</summary>
    protected virtual void Listed(string prefix)
    {
    }

    private List<KeyValuePair<string, byte[]>> Under(string prefix)
    {
        if (!BlobName.IsPrefix(prefix))
            throw new ArgumentException($"'{prefix}' is no prefix.", nameof(prefix));
        return [.. blobs.Where(blob => blob.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(blob => blob.Key, StringComparer.Ordinal)];
    }
}
