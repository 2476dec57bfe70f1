using System.Diagnostics;
using Miyabi.Core.Ledger;
using Miyabi.Storage.Directories;

namespace Miyabi.Storage.Tests.Directories;

public sealed class DirectoryBlobStoreFaultTests : IDisposable
{
    private static readonly byte[] Content = "content"u8.ToArray();
    private readonly TemporaryFolder folder = new();
    private readonly DirectoryBlobStore store;

    public DirectoryBlobStoreFaultTests() => store = new DirectoryBlobStore(folder["store"]);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task AnyMethod_RootIsFile_SaysSo()
    {
        await File.WriteAllTextAsync(folder["store"], "not a store");
        await AssertNoStoreAsync(store, "is a file");
        Assert.Equal("not a store", await File.ReadAllTextAsync(folder["store"]));
    }

    [Fact]
    public async Task Create_RootBelowFile_SaysSo()
    {
        // Root may write anywhere by mode; a folder below a file nobody can make.
        await File.WriteAllTextAsync(folder["file"], "");
        var below = new DirectoryBlobStore(folder["file/store"]);
        var error = await Assert.ThrowsAsync<StoreException>(() => below.CreateAsync("a", Content, default));
        Assert.Equal(StoreFault.NotAStore, error.Fault);
        Assert.Contains(folder["file/store"], error.Message);
        Assert.Contains("--store", error.Message);
    }

    [Fact]
    public async Task Create_RootInProc_SaysSo()
    {
        // No one makes folders in /proc, root included.
        if (!OperatingSystem.IsLinux())
            return;
        var error = await Assert.ThrowsAsync<StoreException>(() => new DirectoryBlobStore("/proc/store").CreateAsync("a", Content, default));
        Assert.Contains("/proc/store", error.Message);
        Assert.Contains("--store", error.Message);
    }

    [Fact]
    public async Task Create_NameIsAFolder_SaysSo()
    {
        await store.CreateAsync("a/b", Content, default);
        var error = await Assert.ThrowsAsync<StoreException>(() => store.CreateAsync("a", Content, default));
        Assert.Contains("is a folder where a file is needed", error.Message);
        error = await Assert.ThrowsAsync<StoreException>(() => store.CreateAsync("a/b/c", Content, default));
        Assert.Contains("is a file where a folder is needed", error.Message);
        await Assert.ThrowsAsync<StoreException>(() => store.ReplaceAsync("a", Content, default));
        Assert.Equal(Content, await store.ReadAsync("a/b", 100, default));
    }

    [Fact]
    public async Task Read_LinkOutOfTheStore_IsRefused()
    {
        await store.CreateAsync("runs/a", Content, default);
        await File.WriteAllTextAsync(folder["secret"], "secret");
        File.CreateSymbolicLink(folder["store/runs/link"], folder["secret"]);
        File.CreateSymbolicLink(folder["store/runs/dangling"], folder["nothing"]);
        var error = await Assert.ThrowsAsync<StoreException>(() => store.ReadAsync("runs/link", 100, default));
        Assert.Equal(StoreFault.Unavailable, error.Fault);
        Assert.Contains(folder["store/runs/link"], error.Message);
        Assert.Contains("link", error.Message);
        await Assert.ThrowsAsync<StoreException>(() => store.ReadAsync("runs/dangling", 100, default));
        await Assert.ThrowsAsync<StoreException>(() => store.CreateAsync("runs/link", Content, default));
        Assert.Equal(["runs/a"], await store.ListAsync("", default).Select(item => item.Name).ToListAsync());
        Assert.Equal("secret", await File.ReadAllTextAsync(folder["secret"]));
    }

    [Fact]
    public async Task AnyMethod_FolderIsALink_IsRefused()
    {
        await store.CreateAsync("runs/a", Content, default);
        Directory.CreateDirectory(folder["outside/in"]);
        await File.WriteAllTextAsync(folder["outside/in/blob"], "outside");
        Directory.CreateSymbolicLink(folder["store/runs/link"], folder["outside"]);
        await Assert.ThrowsAsync<StoreException>(() => store.ReadAsync("runs/link/in/blob", 100, default));
        await Assert.ThrowsAsync<StoreException>(() => store.CreateAsync("runs/link/in/new", Content, default));
        await Assert.ThrowsAsync<StoreException>(() => store.ReplaceAsync("runs/link/in/blob", Content, default));
        await Assert.ThrowsAsync<StoreException>(() => store.DeleteAsync("runs/link/in/blob", default));
        await Assert.ThrowsAsync<StoreException>(async () => await store.ListAsync("runs/link/", default).ToListAsync());
        Assert.Equal(["runs/a"], await store.ListAsync("", default).Select(item => item.Name).ToListAsync());
        Assert.Empty(await store.ListFoldersAsync("runs/", default).ToListAsync());
        Assert.Equal("outside", await File.ReadAllTextAsync(folder["outside/in/blob"]));
        Assert.Single(Directory.EnumerateFiles(folder["outside/in"]));
    }

    [Fact]
    public async Task Read_Pipe_IsRefusedWithoutWaiting()
    {
        if (OperatingSystem.IsWindows())
            return; // no pipes among its files
        await store.CreateAsync("runs/a", Content, default);
        using var make = Process.Start("mkfifo", [folder["store/runs/pipe"]]);
        await make.WaitForExitAsync();
        var reading = Task.Run(() => store.ReadAsync("runs/pipe", 100, default));
        var error = await Assert.ThrowsAsync<StoreException>(() => reading.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("no regular file", error.Message);
    }

    [Fact]
    public async Task Create_DiskFull_SaysSoAndLeavesNothingHalf()
    {
        if (!await CanMountAsync())
            return; // needs a user namespace, or root, to have a small disk of its own
        Directory.CreateDirectory(folder["disk"]);
        const string script = "mount -t tmpfs -o size=256k tmpfs \"$1\" && shift && exec \"$@\"";
        var command = RacerProcess.Command("fill", folder["disk/store"], "100000", "10");
        var lines = (await RacerProcess.RunAsync([.. Unshare, script, "sh", folder["disk"], .. command]))[0];
        Assert.StartsWith("Unavailable: ", lines[0]);
        Assert.Contains("the disk is full", lines[0]);
        Assert.Equal(["big/0 100000", "big/1 100000", "aside 0"], lines[1..]);
    }

    private static string[] Unshare => ["unshare", "--map-root-user", "--mount", "sh", "-c"];

    private static async Task<bool> CanMountAsync()
    {
        if (!OperatingSystem.IsLinux())
            return false;
        using var mount = Process.Start(Unshare[0], [.. Unshare[1..], "mount -t tmpfs tmpfs /mnt 2> /dev/null"]);
        await mount.WaitForExitAsync();
        return mount.ExitCode == 0;
    }

    private static async Task AssertNoStoreAsync(DirectoryBlobStore store, string message)
    {
        Func<Task>[] calls =
        [
            () => store.CreateAsync("a/b", Content, default),
            () => store.ReplaceAsync("a/b", Content, default),
            () => store.ReadAsync("a/b", 100, default),
            () => store.DeleteAsync("a/b", default),
            async () => await store.ListAsync("", default).ToListAsync(),
            async () => await store.ListFoldersAsync("a/", default).ToListAsync(),
        ];
        foreach (var call in calls)
        {
            var error = await Assert.ThrowsAsync<StoreException>(call);
            Assert.Equal(StoreFault.NotAStore, error.Fault);
            Assert.Contains(store.Root, error.Message);
            Assert.Contains(message, error.Message);
            Assert.Contains("--store", error.Message);
        }
    }
}
