using System.Runtime.CompilerServices;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Storage;

namespace Miyabi.Cli.Remote;

/// <summary>The documents of a function app's runs, for reading: proofs are made here, of the bytes as they are stored there.</summary>
/// <remarks>Every method that writes throws <see cref="NotSupportedException"/>: no command writes to a store that is not its own.</remarks>
internal sealed class HttpBlobStore(RemoteApp app) : IAddressedStore
{
    public string Address => app.Address.Text;

    public Task CheckUsableAsync(CancellationToken cancellationToken) => app.ReadHealthAsync(cancellationToken);

    public async Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
    {
        BlobName.Check(name);
        return Parted(name) is var (run, document) && document.Length > 0 ? await app.ReadDocumentAsync(run, document, maxBytes, cancellationToken) : null;
    }

    public async IAsyncEnumerable<BlobItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Parted(prefix) is not var (run, below))
            throw new NotSupportedException("Documents are listed of one run.");
        await using var documents = app.ListDocumentsAsync(run, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(documents))
        {
            var name = $"{LedgerPath.Run(run)}{documents.Current.Name}";
            if (documents.Current.Name.StartsWith(below, StringComparison.Ordinal) && BlobName.IsValid(name))
                yield return new BlobItem(name, documents.Current.Bytes);
        }
    }

    public async IAsyncEnumerable<string> ListFoldersAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folders = new SortedSet<string>(StringComparer.Ordinal);
        if (prefix == LedgerPath.Runs)
        {
            await foreach (var run in app.ListAsync(cancellationToken))
                folders.Add(run.Run);
        }
        else
        {
            await foreach (var blob in ListAsync(prefix, cancellationToken))
            {
                if (blob.Name.IndexOf('/', prefix.Length) is var slash and > 0)
                    folders.Add(blob.Name[prefix.Length..slash]);
            }
        }

        foreach (var folder in folders)
            yield return folder;
    }

    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw OnlyRead();

    public Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw OnlyRead();

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => throw OnlyRead();

    // What there is no run of has no documents, as in every store.
    private static async Task<bool> NextAsync(IAsyncEnumerator<BlobItem> documents)
    {
        try
        {
            return await documents.MoveNextAsync();
        }
        catch (RunNotFoundException)
        {
            return false;
        }
    }

    private static (string Run, string Below)? Parted(string name)
    {
        if (!name.StartsWith(LedgerPath.Runs, StringComparison.Ordinal))
            return null;
        var rest = name[LedgerPath.Runs.Length..];
        var slash = rest.IndexOf('/');
        return slash > 0 ? (rest[..slash], rest[(slash + 1)..]) : null;
    }

    private static NotSupportedException OnlyRead() => new("The documents of a function app are written by the app alone.");
}
