using System.Runtime.CompilerServices;
using Azure;
using Azure.Core;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Miyabi.Core.Ledger;
using BlobItem = Miyabi.Core.Ledger.BlobItem;

namespace Miyabi.Storage.Azure;

/// <summary>A store in a container of Azure Blob Storage, or of its emulator Azurite.</summary>
/// <remarks>
/// <para>A blob is one request: made whole or not at all, and a create only if its name is free (<c>If-None-Match: *</c>). What the service
/// has confirmed it keeps.</para>
/// <para>The container is made by the first write, where the identity may; where it is not there, nothing is found.</para>
/// <para>Soft delete, versioning and snapshots of the account change nothing here: only what is there now is seen. Accounts with a
/// hierarchical namespace list folders as blobs, and are not supported.</para>
/// <para>A service that is away is waited for: 10 s if it has never answered this process, else 90 s (<see cref="AzurePatience"/>).</para>
/// </remarks>
public sealed class AzureBlobStore : IAddressedStore, IStoreClock, IVersionedStore
{
    // Told apart from every other attempt to make a blob of the name; stays with the blob, and means nothing later.
    private const string CreationMark = "miyabicreation";

    private readonly BlobContainerClient container;
    private readonly AzureFailure failure;

    internal AzureBlobStore(AzureAddress address, AzurePatience patience, HttpMessageHandler? handler = null, TokenCredential? credential = null)
    {
        container = AzureContainer.Connect(address, patience, handler ?? AzureContainer.Connections(), credential);
        // Without its query: a connection string's signature would stand there.
        failure = new AzureFailure(address, container.Uri.GetLeftPart(UriPartial.Path));
        Address = address.Text;
    }

    /// <inheritdoc/>
    public string Address { get; }

    /// <inheritdoc/>
    public Task CheckUsableAsync(CancellationToken cancellationToken) => GuardAsync("use", "", async () =>
    {
        try
        {
            // A listing, because every identity that can do anything useful here may list; a container's properties, not all may read.
            await foreach (var page in container.GetBlobsAsync(BlobTraits.None, BlobStates.None, null, cancellationToken).AsPages(null, 1))
                return page.Values.Count;
        }
        catch (RequestFailedException e) when (IsNoContainer(e))
        {
            await MakeContainerAsync(cancellationToken);
        }

        return 0;
    }, cancellationToken);

    /// <summary>The service's time, to the second, as its answers are dated.</summary>
    /// <inheritdoc cref="IStoreClock.NowAsync" path="/exception"/>
    public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) => GuardAsync("use", "", async () =>
    {
        try
        {
            await foreach (var page in container.GetBlobsAsync(BlobTraits.None, BlobStates.None, null, cancellationToken).AsPages(null, 1))
                return Dated(page.GetRawResponse());
        }
        catch (RequestFailedException e) when (IsNoContainer(e) && e.GetRawResponse() is { } answer)
        {
            return Dated(answer);
        }

        throw new InvalidOperationException("A listing has a page at least.");
    }, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await CreateVersionAsync(name, content, cancellationToken) is not null;

    /// <inheritdoc/>
    public Task<string?> CreateVersionAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        return GuardAsync("write", name, () => CreateAsync(container.GetBlobClient(name), content, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        return GuardAsync("write", name, async () =>
        {
            await UploadAsync(container.GetBlobClient(name), content, new BlobUploadOptions(), cancellationToken);
            return true;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        return GuardAsync("read", name, () => ReadAsync(container.GetBlobClient(name), maxBytes, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var blob in BlobsAsync(prefix, cancellationToken))
            yield return new BlobItem(blob.Name, blob.Properties.ContentLength ?? 0);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobVersion> ListVersionsAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var blob in BlobsAsync(prefix, cancellationToken))
        {
            if (blob.Properties.ETag is { } version)
                yield return new BlobVersion(blob.Name, VersionOf(version));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CheckPrefix(prefix);
        var items = container.GetBlobsByHierarchyAsync(BlobTraits.None, BlobStates.None, "/", prefix, cancellationToken);
        // The service sorts them with their slash: 'a-1/' before 'a/'.
        var folders = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var item in GuardAsync(prefix, items, cancellationToken))
        {
            if (item.IsPrefix && BlobName.IsPrefix(item.Prefix))
                folders.Add(item.Prefix[prefix.Length..^1]);
        }

        foreach (var folder in folders)
            yield return folder;
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        return GuardAsync(
            "delete",
            name,
            async () => (await container.GetBlobClient(name).DeleteIfExistsAsync(DeleteSnapshotsOption.IncludeSnapshots, null, cancellationToken)).Value,
            cancellationToken);
    }

    /// <summary>Opens a container; nothing is sent yet.</summary>
    internal static AzureBlobStore Open(AzureAddress address) => new(address, new AzurePatience());

    // Returns its version; null: the name is taken.
    private async Task<string?> CreateAsync(BlobClient blob, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var mark = Guid.NewGuid().ToString("N");
        var options = new BlobUploadOptions
        {
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [CreationMark] = mark },
        };
        while (true)
        {
            using var tries = new AzureRetries.Tries();
            try
            {
                return VersionOf(await UploadAsync(blob, content, options, cancellationToken));
            }
            catch (RequestFailedException e) when (IsTaken(e))
            {
                // An earlier try may have made it, and its answer been lost: then the name is taken by this very call.
                if (!tries.More)
                    return null;
                if (await MarkOfAsync(blob, cancellationToken) is var (found, version))
                    return found == mark ? version : null;
                // Made and removed again meanwhile, whoever made it: free to be made.
            }
        }
    }

    // Null: there is no such blob. Another mark, or none: it was made by someone else.
    private static async Task<(string Mark, string Version)?> MarkOfAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            var properties = await blob.GetPropertiesAsync(null, cancellationToken);
            return (properties.Value.Metadata.TryGetValue(CreationMark, out var mark) ? mark : "", VersionOf(properties.Value.ETag));
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    private async Task<ETag> UploadAsync(BlobClient blob, ReadOnlyMemory<byte> content, BlobUploadOptions options, CancellationToken cancellationToken)
    {
        // One request always: blocks of two writers of one name could be committed as one blob.
        options.TransferOptions = new StorageTransferOptions { InitialTransferSize = int.MaxValue };
        // The service compares, and keeps nothing that was damaged on the way.
        options.TransferValidation = new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 };
        try
        {
            return (await blob.UploadAsync(new BinaryData(content), options, cancellationToken)).Value.ETag;
        }
        catch (RequestFailedException e) when (IsNoContainer(e))
        {
            await MakeContainerAsync(cancellationToken);
            return (await blob.UploadAsync(new BinaryData(content), options, cancellationToken)).Value.ETag;
        }
    }

    private async Task MakeContainerAsync(CancellationToken cancellationToken)
    {
        try
        {
            await container.CreateIfNotExistsAsync(PublicAccessType.None, null, null, cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status is >= 400 and < 500)
        {
            throw failure.NoContainer(e);
        }
    }

    private async Task<byte[]?> ReadAsync(BlobClient blob, long maxBytes, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await blob.DownloadStreamingAsync(new BlobDownloadOptions(), cancellationToken);
            using var download = answer.Value;
            var bytes = download.Details.ContentLength;
            if (bytes > Math.Min(maxBytes, Array.MaxLength))
                throw failure.TooLarge(blob.Name, bytes, maxBytes);
            var content = new byte[bytes];
            await download.Content.ReadExactlyAsync(content, cancellationToken);
            return content;
        }
        catch (RequestFailedException e) when (IsNoContainer(e) || e.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
    }

    private async Task<T> GuardAsync<T>(string doing, string name, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await work();
        }
        catch (Exception e) when (AzureFailure.IsTrouble(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw failure.From(e, doing, name);
        }
    }

    private async IAsyncEnumerable<T> GuardAsync<T>(string prefix, AsyncPageable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : notnull
    {
        await using var each = items.GetAsyncEnumerator(cancellationToken);
        while (await GuardAsync("list", prefix, () => NextAsync(each), cancellationToken))
            yield return each.Current;
    }

    private IAsyncEnumerable<global::Azure.Storage.Blobs.Models.BlobItem> BlobsAsync(string prefix, CancellationToken cancellationToken)
    {
        CheckPrefix(prefix);
        return GuardAsync(prefix, container.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix, cancellationToken), cancellationToken)
            .Where(blob => BlobName.IsValid(blob.Name));
    }

    // No container yet: nothing is in it.
    private static async Task<bool> NextAsync<T>(IAsyncEnumerator<T> items)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (RequestFailedException e) when (IsNoContainer(e))
        {
            return false;
        }
    }

    // Headers have it in quotes, listings without.
    private static string VersionOf(ETag tag) => tag.ToString().Trim('"');

    private static DateTimeOffset Dated(Response answer) => answer.Headers.Date ?? throw new RequestFailedException(answer);

    private static void CheckPrefix(string prefix)
    {
        if (!BlobName.IsPrefix(prefix))
            throw new ArgumentException($"'{prefix}' is no prefix.", nameof(prefix));
    }

    private static bool IsNoContainer(RequestFailedException e) => e.Status == 404 && e.ErrorCode == BlobErrorCode.ContainerNotFound;

    // The last two say of a name that is taken that this identity, or nobody, may write over it.
    private static bool IsTaken(RequestFailedException e) =>
        (e.Status == 409 && e.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        || (e.Status == 412 && e.ErrorCode == BlobErrorCode.ConditionNotMet)
        || e.ErrorCode is "UnauthorizedBlobOverwrite" or "BlobImmutableDueToPolicy";
}
