namespace Miyabi.Core.Ledger;

/// <summary>A store that gives a blob another version at every change, and tells the versions of many blobs in one answer.</summary>
/// <remarks>For stores where each read is a request: one listing then says whether all that a process wrote still stands there as it wrote it.</remarks>
public interface IVersionedStore : IBlobStore
{
    /// <summary>Creates a blob as <see cref="IBlobStore.CreateAsync"/> does.</summary>
    /// <returns>Its version; <see langword="null"/>: there is one already, untouched.</returns>
    Task<string?> CreateVersionAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Lists every blob under a prefix as <see cref="IBlobStore.ListAsync"/> does, with the version that it has now.</summary>
    IAsyncEnumerable<BlobVersion> ListVersionsAsync(string prefix, CancellationToken cancellationToken);
}

/// <summary>A blob in a listing of versions.</summary>
/// <param name="Name">Its whole name.</param>
/// <param name="Version">Chosen by the store, and never the same for two contents of one name, also when a blob is removed and made again.</param>
public readonly record struct BlobVersion(string Name, string Version);
