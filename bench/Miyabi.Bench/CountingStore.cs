using Miyabi.Core.Ledger;

namespace Miyabi.Bench;

/// <summary>Counts what is asked of a store: each call once, a listing too, and the bytes that are written.</summary>
internal sealed class CountingStore(IBlobStore store) : IBlobStore
{
    private long operations;
    private long written;

    internal long Operations => Interlocked.Read(ref operations);

    internal long Written => Interlocked.Read(ref written);

    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Count(content.Length);
        return store.CreateAsync(name, content, cancellationToken);
    }

    public Task<Task?> BeginCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Count(content.Length);
        return store.BeginCreateAsync(name, content, cancellationToken);
    }

    public Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        Count(content.Length);
        return store.ReplaceAsync(name, content, cancellationToken);
    }

    public Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
    {
        Count();
        return store.ReadAsync(name, maxBytes, cancellationToken);
    }

    public IAsyncEnumerable<BlobItem> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        Count();
        return store.ListAsync(prefix, cancellationToken);
    }

    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken)
    {
        Count();
        return store.ListFoldersAsync(prefix, cancellationToken);
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        Count();
        return store.DeleteAsync(name, cancellationToken);
    }

    private void Count(int bytes = 0)
    {
        Interlocked.Increment(ref operations);
        Interlocked.Add(ref written, bytes);
    }
}
