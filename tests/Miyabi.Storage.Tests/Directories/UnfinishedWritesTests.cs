using Miyabi.Storage.Directories;

namespace Miyabi.Storage.Tests.Directories;

public sealed class UnfinishedWritesTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("miyabi-unfinished-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void List_OldAndYoung_GivesTheOldOnesByName()
    {
        Write("young", TimeSpan.FromMinutes(59));
        Write("old-2", TimeSpan.FromMinutes(61));
        Write("old-1", TimeSpan.FromDays(2));
        Assert.Equal([("old-1", 4L), ("old-2", 4L)], Unfinished().List().Select(write => (write.Name, write.Bytes)));
    }

    [Fact]
    public void List_WithoutAStore_IsEmpty() => Assert.Empty(new UnfinishedWrites(new DirectoryBlobStore(Path.Combine(root, "none")), TimeProvider.System).List());

    [Fact]
    public void List_OfAFolderThatIsALink_FollowsItNowhere()
    {
        if (OperatingSystem.IsWindows())
            return; // links need a right there
        var elsewhere = Directory.CreateDirectory(Path.Combine(root, "elsewhere")).FullName;
        File.SetLastWriteTimeUtc(Make(Path.Combine(elsewhere, "precious")), DateTime.UtcNow.AddDays(-2));
        Directory.CreateSymbolicLink(Path.Combine(root, "~writing"), elsewhere);
        Assert.Empty(Unfinished().List());
    }

    [Fact]
    public void Remove_OfOne_LeavesTheOthers()
    {
        Write("old-1", TimeSpan.FromDays(2));
        Write("old-2", TimeSpan.FromDays(2));
        var writes = Unfinished();
        Assert.True(writes.Remove(writes.List()[0]));
        Assert.Equal(["old-2"], writes.List().Select(write => write.Name));
    }

    [Fact]
    public void Remove_OfAPathElsewhere_TouchesNothingThere()
    {
        Write("old", TimeSpan.FromDays(2));
        var precious = Make(Path.Combine(root, "precious"));
        Unfinished().Remove(new UnfinishedWrite("../precious", 4, DateTimeOffset.UnixEpoch));
        Assert.True(File.Exists(precious));
    }

    private UnfinishedWrites Unfinished() => new(new DirectoryBlobStore(root), TimeProvider.System);

    private void Write(string name, TimeSpan age)
    {
        Directory.CreateDirectory(Path.Combine(root, "~writing"));
        File.SetLastWriteTimeUtc(Make(Path.Combine(root, "~writing", name)), DateTime.UtcNow - age);
    }

    private static string Make(string path)
    {
        File.WriteAllText(path, "half");
        return path;
    }
}
