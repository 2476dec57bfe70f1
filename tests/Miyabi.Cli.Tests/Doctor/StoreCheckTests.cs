using Miyabi.Cli.Doctor;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Directories;
using Miyabi.Testing;

namespace Miyabi.Cli.Tests.Doctor;

public sealed class StoreCheckTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Store_ThatWorks_IsOkAndLeftAsItWas()
    {
        var store = new DirectoryBlobStore(folder["store"]);
        await store.CreateAsync("runs/r/plan.json", "x"u8.ToArray(), default);
        Directory.Delete(folder["store/~writing"]);
        var result = await CheckAsync(store);
        Assert.Equal(CheckState.Ok, result.State);
        Assert.Equal(["runs", "runs/r", "runs/r/plan.json"], Entries());
    }

    [Fact]
    public async Task Store_ThatIsNotThereYet_IsOkAndNotMade()
    {
        var result = await CheckAsync(new DirectoryBlobStore(folder["a/b/store"]));
        Assert.Equal(CheckState.Ok, result.State);
        Assert.Contains("will be made at first use", result.Found, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Store_WithAnOldUnfinishedWrite_LeavesItToBeListed()
    {
        var store = new DirectoryBlobStore(folder["store"]);
        Directory.CreateDirectory(folder["store/~writing"]);
        File.WriteAllText(folder["store/~writing/old"], "x");
        File.SetLastWriteTimeUtc(folder["store/~writing/old"], DateTime.UtcNow.AddDays(-3));
        Assert.Equal(CheckState.Ok, (await CheckAsync(store)).State);
        var left = Assert.Single(new UnfinishedWrites(store, TimeProvider.System).List());
        Assert.Equal(("old", 1), (left.Name, left.Bytes));
    }

    [Fact]
    public async Task Store_ThatIsAFile_IsMissing()
    {
        File.WriteAllText(folder["store"], "x");
        var result = await CheckAsync(new DirectoryBlobStore(folder["store"]));
        Assert.Equal(CheckState.Missing, result.State);
        Assert.Contains("is a file", result.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_ThatLosesConflicts_IsMissing() =>
        Assert.Contains("written over", await MissingAsync(new FaultyStore { CreatesTwice = true }), StringComparison.Ordinal);

    [Fact]
    public async Task Store_ThatReadsOtherBytes_IsMissing() =>
        Assert.Contains("is not what is read", await MissingAsync(new FaultyStore { Read = "other"u8.ToArray() }), StringComparison.Ordinal);

    [Fact]
    public async Task Store_ThatIsAway_IsMissing() =>
        Assert.Equal("It is gone.", await MissingAsync(new FaultyStore { Away = true }));

    [Fact]
    public async Task Store_ThatKeepsWhatIsDeleted_IsAWarning() =>
        Assert.Equal(CheckState.Warning, (await CheckAsync(new FaultyStore { KeepsDeleted = true })).State);

    [Theory]
    [InlineData(0, CheckState.Ok)]
    [InlineData(-4, CheckState.Ok)]
    [InlineData(10, CheckState.Warning)]
    [InlineData(-10, CheckState.Warning)]
    [InlineData(3600, CheckState.Missing)]
    [InlineData(-3600, CheckState.Missing)]
    public async Task Clock_ThatDiffersFromTheStores_IsJudgedByHowMuch(int seconds, object expected)
    {
        var clock = new ManualTimeProvider();
        using var probe = ProbeStore.Of(new FaultyStore { Now = clock.GetUtcNow().AddSeconds(-seconds) }, "store");
        var result = Assert.Single(await new StoreClockCheck(probe, clock).RunAsync(default));
        Assert.Equal(expected, result.State);
        if (seconds > 5)
            Assert.Contains("ahead of the store's", result.Found, StringComparison.Ordinal);
        if (seconds < -5)
            Assert.Contains("behind the store's", result.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clock_OfAFolderStore_IsItsFileSystems()
    {
        var before = DateTimeOffset.UtcNow.AddSeconds(-5);
        var now = await new DirectoryBlobStore(folder["store"]).NowAsync(default);
        Assert.InRange(now, before, DateTimeOffset.UtcNow.AddSeconds(5));
        Assert.Empty(Directory.EnumerateFiles(folder["store"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Clock_OfAStoreWithoutOne_IsNotJudged()
    {
        using var probe = ProbeStore.Of(new InMemoryBlobStore(), "store");
        Assert.Empty(await new StoreClockCheck(probe, TimeProvider.System).RunAsync(default));
    }

    [Theory]
    [InlineData(DiskCheck.Low, CheckState.Ok)]
    [InlineData(DiskCheck.Low - 1, CheckState.Warning)]
    [InlineData(DiskCheck.TooLow, CheckState.Warning)]
    [InlineData(DiskCheck.TooLow - 1, CheckState.Missing)]
    public async Task Disk_ByFreeBytes_IsJudged(long bytes, object expected)
    {
        var asked = "";
        var check = new DiskCheck("disk", folder["not/there"], path =>
        {
            asked = path;
            return bytes;
        });
        var result = Assert.Single(await check.RunAsync(default));
        Assert.Equal(expected, result.State);
        Assert.Equal(folder.Path, asked);
    }

    private static async Task<string> MissingAsync(IBlobStore store)
    {
        var result = await CheckAsync(store);
        Assert.Equal(CheckState.Missing, result.State);
        Assert.NotNull(result.Cure);
        return result.Found;
    }

    private static async Task<CheckResult> CheckAsync(IBlobStore store)
    {
        using var probe = ProbeStore.Of(store, "store");
        return Assert.Single(await new StoreCheck(probe).RunAsync(default));
    }

    private IEnumerable<string> Entries() => Directory.EnumerateFileSystemEntries(folder["store"], "*", SearchOption.AllDirectories)
        .Select(entry => Path.GetRelativePath(folder["store"], entry).Replace('\\', '/')).Order(StringComparer.Ordinal);

    private sealed class FaultyStore : InMemoryBlobStore, IStoreClock
    {
        public bool CreatesTwice { get; init; }

        public bool KeepsDeleted { get; init; }

        public bool Away { get; init; }

        public byte[]? Read { get; init; }

        public DateTimeOffset Now { get; init; }

        public Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken) => Task.FromResult(Now);

        public override async Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            Away ? throw new StoreException(StoreFault.Unavailable, "It is gone.") : await base.CreateAsync(name, content, cancellationToken) || CreatesTwice;

        public override async Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken) =>
            await base.ReadAsync(name, maxBytes, cancellationToken) is { } content ? Read ?? content : null;

        public override Task DeleteAsync(string name, CancellationToken cancellationToken) =>
            KeepsDeleted ? Task.CompletedTask : base.DeleteAsync(name, cancellationToken);
    }
}
