using Miyabi.Core.Ledger;
using Miyabi.Testing;

namespace Miyabi.Web.Tests.Hosting;

/// <summary>The app's door to a store in memory, which a test can shut.</summary>
internal sealed class DoorStore : IBlobStore
{
    /// <summary>The store behind it.</summary>
    internal InMemoryBlobStore Behind { get; } = new();

    /// <summary>Whether the store is away.</summary>
    internal bool IsAway { get; set; }

    /// <summary>Everything is larger than allowed.</summary>
    internal bool IsOverfull { get; set; }

    /// <summary>Called before each read with the name; for what a test wants to happen just then.</summary>
    internal Action<string>? Reading { get; set; }

    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        Open().CreateAsync(name, content, cancellationToken);

    public Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        Open().ReplaceAsync(name, content, cancellationToken);

    public Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
    {
        Reading?.Invoke(name);
        return IsOverfull
            ? throw new StoreException(StoreFault.TooLarge, "It is too large.")
            : Open().ReadAsync(name, maxBytes, cancellationToken);
    }

    public IAsyncEnumerable<BlobItem> ListAsync(string prefix, CancellationToken cancellationToken) => Open().ListAsync(prefix, cancellationToken);

    public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken) => Open().ListFoldersAsync(prefix, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => Open().DeleteAsync(name, cancellationToken);

    private InMemoryBlobStore Open() => IsAway ? throw new StoreException(StoreFault.Unavailable, "secret-account is away.") : Behind;
}
