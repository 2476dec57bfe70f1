using System.Diagnostics;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Directories;

namespace Miyabi.Storage.Tests.Directories;

/// <summary>Folders that a store has made itself, and does not look at again for every file.</summary>
public sealed class KnownFolderTests : IDisposable
{
    private static readonly byte[] Content = "content"u8.ToArray();
    private readonly TemporaryFolder folder = new();
    private readonly DirectoryBlobStore store;

    public KnownFolderTests() => store = new DirectoryBlobStore(folder["store"]);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Read_LinkInPlaceOfAFileOfItsOwn_IsRefused()
    {
        await store.CreateAsync("runs/r/a", Content, default);
        await File.WriteAllTextAsync(folder["secret"], "secret");
        File.Delete(folder["store/runs/r/a"]);
        File.CreateSymbolicLink(folder["store/runs/r/a"], folder["secret"]);

        var error = await Assert.ThrowsAsync<StoreException>(() => store.ReadAsync("runs/r/a", 100, default));

        Assert.Contains($"{folder["store/runs/r/a"]} is a link", error.Message);
    }

    [Fact]
    public async Task Read_LinkToAFolder_IsRefused()
    {
        await store.CreateAsync("runs/r/a", Content, default);
        Directory.CreateSymbolicLink(folder["store/runs/r/link"], folder.Path);

        var error = await Assert.ThrowsAsync<StoreException>(() => store.ReadAsync("runs/r/link", 100, default));

        Assert.Contains("is a link", error.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task Read_FolderInPlaceOfAFile_IsNoBlob(long maxBytes)
    {
        await store.CreateAsync("runs/r/a", Content, default);
        Directory.CreateDirectory(folder["store/runs/r/empty"]);
        await store.CreateAsync("runs/r/full/a", Content, default);

        Assert.Null(await store.ReadAsync("runs/r/empty", maxBytes, default));
        Assert.Null(await store.ReadAsync("runs/r/full", maxBytes, default));
    }

    [Fact]
    public async Task Read_NoSuchFile_IsNoBlob()
    {
        await store.CreateAsync("runs/r/a", Content, default);

        Assert.Null(await store.ReadAsync("runs/r/b", 100, default));
        Assert.Null(await store.ReadAsync("runs/r/a/b", 100, default));
    }

    [Fact]
    public async Task Read_Pipe_IsRefusedWithoutWaiting()
    {
        if (OperatingSystem.IsWindows())
            return; // no pipes among its files
        await store.CreateAsync("runs/r/a", Content, default);
        using var make = Process.Start("mkfifo", [folder["store/runs/r/pipe"]]);
        await make.WaitForExitAsync();

        var reading = Task.Run(() => store.ReadAsync("runs/r/pipe", 100, default));

        var error = await Assert.ThrowsAsync<StoreException>(() => reading.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains("no regular file", error.Message);
    }

    [Fact]
    public async Task Create_FolderRemovedMeanwhile_MakesItAnew()
    {
        await store.CreateAsync("runs/r/a", Content, default);
        Directory.Delete(folder["store/runs"], recursive: true);

        Assert.Null(await store.ReadAsync("runs/r/a", 100, default));
        Assert.True(await store.CreateAsync("runs/r/a", Content, default));
        Assert.Equal(Content, await store.ReadAsync("runs/r/a", 100, default));
    }

    [Fact]
    public async Task AnyMethod_FolderReplacedByAnother_GoesOnWithWhatIsThereNow()
    {
        await store.CreateAsync("runs/r/a", Content, default);
        Directory.Move(folder["store/runs/r"], folder["elsewhere"]);
        Directory.CreateDirectory(folder["store/runs/r"]);
        await File.WriteAllBytesAsync(folder["store/runs/r/b"], Content);

        Assert.Null(await store.ReadAsync("runs/r/a", 100, default));
        Assert.Equal(Content, await store.ReadAsync("runs/r/b", 100, default));
        Assert.False(await store.CreateAsync("runs/r/b", Content, default));
        Assert.True(await store.CreateAsync("runs/r/a", Content, default));
    }

    [Fact]
    public async Task AnyMethod_FolderReplacedByAFile_HasNoBlobsAndTakesNone()
    {
        await store.CreateAsync("runs/r/a", Content, default);
        Directory.Delete(folder["store/runs/r"], recursive: true);
        await File.WriteAllTextAsync(folder["store/runs/r"], "a file");

        Assert.Null(await store.ReadAsync("runs/r/a", 100, default));
        var error = await Assert.ThrowsAsync<StoreException>(() => store.CreateAsync("runs/r/a", Content, default));
        Assert.Contains("is a file where a folder is needed", error.Message);
        Assert.Equal("a file", await File.ReadAllTextAsync(folder["store/runs/r"]));
    }

    [Fact]
    public async Task AnyMethod_RootIsALinkToAFolder_IsThatFolder()
    {
        Directory.CreateDirectory(folder["real"]);
        Directory.CreateSymbolicLink(folder["link"], folder["real"]);
        var linked = new DirectoryBlobStore(folder["link"]);

        Assert.True(await linked.CreateAsync("runs/r/a", Content, default));
        await (await linked.BeginCreateAsync("b", Content, default))!;

        Assert.Equal(Content, await linked.ReadAsync("runs/r/a", 100, default));
        Assert.Equal(["b", "runs/r/a"], await linked.ListAsync("", default).Select(item => item.Name).ToListAsync());
        Assert.Equal(Content, await File.ReadAllBytesAsync(folder["real/runs/r/a"]));
    }

    [Fact]
    public async Task Settle_MoreFoldersThanAreRemembered_ForgetsAndMakesThemAgain()
    {
        var folders = new StoreFolders(folder["many"], Durability.Process);
        folders.MakeRoot();
        await folders.SettleAsync("first/x", folders.Make("first/x"), isFlushed: true);
        Assert.Empty(folders.Make("first/x"));

        await folders.SettleAsync("x", [.. Enumerable.Range(0, 50_000).Select(i => $"f{i}")], isFlushed: true);

        Assert.Equal(["first"], folders.Make("first/x"));
    }

    [Fact]
    public void Write_WithPermissions_HasThemAndTheContent()
    {
        if (OperatingSystem.IsWindows())
            return; // no such permissions
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var aside = AsideFile.Write(folder["key"], Content, flush: true, OwnerOnly);

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(folder["key"]));
        Assert.Equal(Content, File.ReadAllBytes(folder["key"]));
    }
}
