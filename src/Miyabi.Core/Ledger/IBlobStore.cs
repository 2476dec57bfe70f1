namespace Miyabi.Core.Ledger;

/// <summary>Named bytes: a directory here, a container in Azure. The only place where a run is remembered.</summary>
/// <remarks>
/// Names are relative, of segments <c>[A-Za-z0-9._-]+</c> joined by <c>/</c> (<see cref="BlobName"/>), at most 512 characters; they differ by
/// more than case. Every method is safe to call from any number of threads and processes at once. A reader sees a blob whole or not at
/// all. Every method may throw <see cref="StoreException"/>; then the caller does not know whether the change was made.
/// </remarks>
public interface IBlobStore
{
    /// <summary>Creates a blob if there is none of the name: exactly one of any number of callers succeeds.</summary>
    /// <returns><see langword="true"/>: made, and it outlasts a crash of the machine. <see langword="false"/>: there is one already, untouched.</returns>
    Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Creates a blob as <see cref="CreateAsync"/> does, without waiting until it outlasts a crash of the machine.</summary>
    /// <returns>A task that ends when it does, or fails with a <see cref="StoreException"/>; <see langword="null"/>: there is one already, untouched.</returns>
    async Task<Task?> BeginCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await CreateAsync(name, content, cancellationToken) ? Task.CompletedTask : null;

    /// <summary>Creates or replaces a blob, atomically: for what is no evidence (leases, events). It need not outlast a crash of the machine.</summary>
    Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Reads a blob whole.</summary>
    /// <returns>Its bytes, or <see langword="null"/> if there is none.</returns>
    /// <exception cref="StoreException">It is larger than <paramref name="maxBytes"/> (<see cref="StoreFault.TooLarge"/>), or the store cannot be reached.</exception>
    Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken);

    /// <summary>Lists every blob under a prefix that is empty or ends in <c>/</c>, recursively, in ordinal order of names. Files that no method of the port could have made are left out.</summary>
    IAsyncEnumerable<BlobItem> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Lists the names of the folders right under a prefix that is empty or ends in <c>/</c>: the next segment only, in ordinal order.</summary>
    IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes a blob; one that is not there is no error.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);
}

/// <summary>A blob in a listing.</summary>
/// <param name="Name">Its whole name.</param>
/// <param name="Bytes">Its length.</param>
public sealed record BlobItem(string Name, long Bytes);

/// <summary>What kind of trouble a store has.</summary>
public enum StoreFault
{
    /// <summary>Cannot be reached, read or written: missing permission, full disk, lost network. The same call may succeed later.</summary>
    Unavailable,

    /// <summary>The blob is larger than the caller allows.</summary>
    TooLarge,

    /// <summary>What is given as a store is none: a file, a path that cannot be made.</summary>
    NotAStore,
}

/// <summary>A store could not do what it was asked.</summary>
public sealed class StoreException : Exception
{
    /// <summary>With what is wrong and what to do.</summary>
    public StoreException(StoreFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    /// <summary>What kind of trouble.</summary>
    public StoreFault Fault { get; }
}
