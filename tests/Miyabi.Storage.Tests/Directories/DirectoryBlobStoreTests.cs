using Miyabi.Core.Ledger;
using Miyabi.Storage.Directories;
using Miyabi.Testing.Stores;

namespace Miyabi.Storage.Tests.Directories;

public sealed class DirectoryBlobStoreTests : BlobStoreConformance, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public DirectoryBlobStoreTests() => Store = new DirectoryBlobStore(folder["store"]);

    protected override IBlobStore Store { get; }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Read_StoreNotThere_MakesNothing()
    {
        Assert.Null(await Store.ReadAsync("a/b", 100, default));
        Assert.Empty(await NamesAsync(""));
        await Store.DeleteAsync("a/b", default);
        Assert.False(Directory.Exists(folder["store"]));
    }

    [Fact]
    public async Task Create_Name_IsThePathUnderTheRoot()
    {
        await Store.CreateAsync("runs/r/plan.json", "{}"u8.ToArray(), default);
        Assert.Equal("{}", await File.ReadAllTextAsync(folder["store/runs/r/plan.json"]));
    }

    [Fact]
    public async Task Write_Done_LeavesNothingAside()
    {
        await Store.CreateAsync("a", Bytes(10, 1), default);
        await Store.CreateAsync("a", Bytes(10, 2), default);
        await Store.ReplaceAsync("a", Bytes(10, 3), default);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder["store/~writing"]));
    }

    [Fact]
    public async Task List_UnfinishedAndForeignFiles_AreLeftOut()
    {
        await Store.CreateAsync("runs/a", Bytes(1, 1), default);
        await File.WriteAllTextAsync(folder["store/~writing/half"], "x");
        await File.WriteAllTextAsync(folder["store/runs/not a blob name"], "x");
        Directory.CreateDirectory(folder["store/with space/x"]);
        await File.WriteAllTextAsync(folder["store/with space/x/y"], "x");
        Directory.CreateDirectory(folder["store/empty/empty"]);
        Assert.Equal(["runs/a"], await NamesAsync(""));
        Assert.Equal(["runs"], await FoldersAsync(""));
    }

    [Fact]
    public async Task Write_LeftoversOfCrashes_OldOnesAreRemovedByTheFirst()
    {
        Directory.CreateDirectory(folder["store/~writing"]);
        await File.WriteAllTextAsync(folder["store/~writing/old"], "x");
        await File.WriteAllTextAsync(folder["store/~writing/young"], "x");
        File.SetLastWriteTimeUtc(folder["store/~writing/old"], DateTime.UtcNow.AddMinutes(-61));
        File.SetLastWriteTimeUtc(folder["store/~writing/young"], DateTime.UtcNow.AddMinutes(-55));
        Assert.Null(await Store.ReadAsync("a", 100, default));
        Assert.True(File.Exists(folder["store/~writing/old"]));
        await Store.CreateAsync("a", Bytes(1, 1), default);
        Assert.False(File.Exists(folder["store/~writing/old"]));
        Assert.True(File.Exists(folder["store/~writing/young"]));
    }

    [Fact]
    public async Task Create_StoreRemovedMeanwhile_MakesItAnew()
    {
        await Store.CreateAsync("runs/a/x", Bytes(1, 1), default);
        Directory.Delete(folder["store"], recursive: true);
        Assert.True(await Store.CreateAsync("runs/a/x", Bytes(2, 2), default));
        Directory.Delete(folder["store"], recursive: true);
        await Store.ReplaceAsync("runs/a/x", Bytes(3, 3), default);
        Assert.Equal(Bytes(3, 3), await Store.ReadAsync("runs/a/x", 100, default));
    }

    [Fact]
    public async Task Read_CopiedStore_IsTheSame()
    {
        for (var i = 0; i < 20; i++)
            await Store.CreateAsync($"runs/{i % 3}/tasks/{i}/x.json", Bytes(i * 100, i), default);
        using var copy = System.Diagnostics.Process.Start("cp", ["-r", folder["store"], folder["copy"]]);
        await copy.WaitForExitAsync();
        var copied = new DirectoryBlobStore(folder["copy"]);
        Assert.Equal(await NamesAsync(""), await copied.ListAsync("", default).Select(item => item.Name).ToListAsync());
        for (var i = 0; i < 20; i++)
            Assert.Equal(Bytes(i * 100, i), await copied.ReadAsync($"runs/{i % 3}/tasks/{i}/x.json", 10_000, default));
        Assert.False(await copied.CreateAsync("runs/0/tasks/0/x.json", Bytes(1, 1), default));
    }

    [Fact]
    public async Task Create_NoHardLinks_RenamesWithoutReplacing()
    {
        await Store.CreateAsync("a", Bytes(1, 1), default);
        using (var first = AsideFile.Write(folder["first"], Bytes(5, 5), flush: true))
            Assert.True(first.PublishNewByRename(folder["store/b"]));
        using (var second = AsideFile.Write(folder["second"], Bytes(6, 6), flush: true))
            Assert.False(second.PublishNewByRename(folder["store/b"]));
        Assert.Equal(Bytes(5, 5), await Store.ReadAsync("b", 100, default));
        Assert.False(File.Exists(folder["first"]) || File.Exists(folder["second"]));
    }

    [Fact]
    public async Task Create_ThreeProcessesRace_EachNameHasOneWinner()
    {
        const int names = 300;
        string[] who = ["first", "second", "third"];
        var won = await RacerProcess.RunAsync([.. who.Select(racer => RacerProcess.Command("create", folder["store"], $"{names}", racer))]);
        var winners = won.SelectMany((lines, racer) => lines.Select(line => (Name: line, Who: who[racer]))).ToList();
        Assert.Equal(names, winners.Count);
        Assert.Equal(names, winners.DistinctBy(winner => winner.Name).Count());
        foreach (var (name, racer) in winners)
            Assert.Equal(racer, await File.ReadAllTextAsync(folder[$"store/race/{name}"]));
    }
}
