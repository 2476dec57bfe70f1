using System.Collections.Concurrent;
using Miyabi.Core.Ledger;

namespace Miyabi.Bench;

/// <summary>A put or a get that had an effect.</summary>
/// <param name="Name">Of the blob.</param>
/// <param name="Put">What was put; <see langword="null"/>: it was got.</param>
internal sealed record StoreCall(string Name, byte[]? Put);

/// <summary>Writes down which blobs a run creates and reads.</summary>
internal sealed class RecordingStore(IBlobStore store) : IBlobStore
{
    private readonly ConcurrentQueue<StoreCall> calls = new();

    internal IReadOnlyCollection<StoreCall> Calls => calls;

    public async Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (!await store.CreateAsync(name, content, cancellationToken))
            return false;
        calls.Enqueue(new StoreCall(name, content.ToArray()));
        return true;
    }

    public Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        store.ReplaceAsync(name, content, cancellationToken);

    public async Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
    {
        var content = await store.ReadAsync(name, maxBytes, cancellationToken);
        if (content is not null)
            calls.Enqueue(new StoreCall(name, null));
        return content;
    }

    public IAsyncEnumerable<BlobItem> ListAsync(string prefix, CancellationToken cancellationToken) => store.ListAsync(prefix, cancellationToken);

    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken) => store.ListFoldersAsync(prefix, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => store.DeleteAsync(name, cancellationToken);
}
