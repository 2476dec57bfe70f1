using Miyabi.Core.Ledger;
using Miyabi.Storage.Directories;
using Miyabi.Testing.Stores;

namespace Miyabi.Storage.Tests.Directories;

/// <summary>A folder store that flushes nothing is a store all the same.</summary>
public sealed class ProcessDurabilityTests : BlobStoreConformance, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ProcessDurabilityTests() => Store = new DirectoryBlobStore(folder["store"], durability: Durability.Process);

    protected override IBlobStore Store { get; }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task BeginCreate_New_HasNothingToWaitFor()
    {
        var flushed = await Store.BeginCreateAsync("a/b", Bytes(10, 1), default);
        Assert.True(flushed!.IsCompletedSuccessfully);
    }
}
