using Azure.Storage.Blobs;
using Miyabi.Core.Ledger;
using Miyabi.Storage;
using Miyabi.Storage.Azure;
using Miyabi.Storage.Directories;
using Miyabi.Testing;
using Miyabi.Testing.Azurite;

namespace Miyabi.Bench;

/// <summary>Where a benchmark keeps its runs: a store that is new.</summary>
internal sealed class BenchStore : IAsyncDisposable
{
    private const string RunContainer = "runs";

    private readonly string? folder;
    private readonly AzuriteProcess? azurite;

    private BenchStore(IBlobStore store, string? folder = null, AzuriteProcess? azurite = null) =>
        (Counted, this.folder, this.azurite) = (new CountingStore(store), folder, azurite);

    /// <summary>The store.</summary>
    internal CountingStore Counted { get; }

    /// <summary>What the CLI takes for it; empty where it can take nothing.</summary>
    internal string Address => azurite?.Address(RunContainer) ?? folder ?? "";

    /// <summary>Another container of the same Azurite.</summary>
    internal BlobContainerClient Container(string name) => new(AzureAddress.TryParse(azurite!.Address(name), _ => null)!.Connection, name);

    /// <summary>Makes one.</summary>
    internal static async Task<BenchStore> OpenAsync(BenchOptions options)
    {
        QuietFolder.Settle();
        switch (options.Store)
        {
            case StoreKind.Memory:
                return new BenchStore(new InMemoryBlobStore());
            case StoreKind.Directory:
                var root = Path.Combine(options.Folder, Guid.NewGuid().ToString("N"));
                return new BenchStore(new DirectoryBlobStore(root, durability: options.Durability), root);
            default:
                var started = await AzuriteProcess.StartAsync();
                var store = StoreAddress.Parse(started.Address(RunContainer), _ => null).Open();
                await store.CheckUsableAsync(CancellationToken.None);
                return new BenchStore(store, azurite: started);
        }
    }

    /// <summary>Ends Azurite. A folder stays till all is measured: see <see cref="QuietFolder"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (azurite is not null)
            await azurite.DisposeAsync();
    }
}
