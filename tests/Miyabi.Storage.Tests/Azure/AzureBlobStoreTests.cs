using Miyabi.Core.Ledger;
using Miyabi.Testing.Azurite;
using Miyabi.Testing.Stores;

namespace Miyabi.Storage.Tests.Azure;

/// <summary>The store in a container of a real Azurite.</summary>
[Collection(AzuriteCollection.Name)]
public sealed class AzureBlobStoreTests : BlobStoreConformance
{
    private readonly AzuriteProcess azurite;
    private readonly string container = AzuriteProcess.NewContainer();

    public AzureBlobStoreTests(AzuriteFixture fixture)
    {
        azurite = fixture.Azurite;
        Store = Open(container);
    }

    protected override IBlobStore Store { get; }

    [Fact]
    public async Task Read_NoContainer_FindsNothingAndMakesNone()
    {
        Assert.Null(await Store.ReadAsync("a/b", 100, default));
        Assert.Empty(await NamesAsync(""));
        Assert.Empty(await FoldersAsync("a/"));
        await Store.DeleteAsync("a/b", default);
        Assert.DoesNotContain(await azurite.RequestsAsync(), request => request.Container == container && request.Method == "PUT");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Now_IsTheServices_WithAndWithoutAContainer(bool isThere)
    {
        if (isThere)
            await Store.CreateAsync("a", default, default);
        var before = DateTimeOffset.UtcNow;

        var now = await ((IStoreClock)Store).NowAsync(default);

        // To the second; here both clocks are this machine's.
        Assert.InRange(now, before.AddSeconds(-1), DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task Version_IsTheListings_AndAnotherAfterEachChange()
    {
        var store = (IVersionedStore)Store;
        var made = await store.CreateVersionAsync("a/b", new byte[] { 1 }, default);
        Assert.Equal([new BlobVersion("a/b", made!)], await VersionsAsync());
        Assert.Null(await store.CreateVersionAsync("a/b", new byte[] { 1 }, default));
        Assert.Equal([new BlobVersion("a/b", made!)], await VersionsAsync());

        await store.ReplaceAsync("a/b", new byte[] { 1 }, default);
        var replaced = Assert.Single(await VersionsAsync()).Version;
        await store.DeleteAsync("a/b", default);
        Assert.Empty(await VersionsAsync());
        var again = await store.CreateVersionAsync("a/b", new byte[] { 1 }, default);

        Assert.Equal(3, new[] { made!, replaced, again! }.Distinct().Count());

        ValueTask<List<BlobVersion>> VersionsAsync() => store.ListVersionsAsync("a/", default).ToListAsync();
    }

    private IAddressedStore Open(string name) => StoreAddress.Parse(azurite.Address(name), _ => null).Open();
}
