using System.Collections.Concurrent;
using Miyabi.Storage.Directories;

namespace Miyabi.Storage.Tests.Directories;

public sealed class FlushQueueTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly ConcurrentQueue<string> flushed = new();
    private readonly SemaphoreSlim begun = new(0);
    private readonly SemaphoreSlim mayEnd = new(0);

    public void Dispose()
    {
        begun.Dispose();
        mayEnd.Dispose();
    }

    [Fact]
    public async Task Flush_FileAndFolders_FlushesTheFileFirstAndEachOnce()
    {
        var queue = new FlushQueue(flushed.Enqueue, flushed.Enqueue, atOnce: 1);

        await queue.FlushAsync("a/file", ["a", "b"]).WaitAsync(Limit);

        Assert.Equal(["a/file", "a", "b"], flushed);
    }

    [Fact]
    public async Task Flush_OnlyFolders_FlushesThem()
    {
        await new FlushQueue(flushed.Enqueue, flushed.Enqueue).FlushAsync(null, ["a"]).WaitAsync(Limit);

        Assert.Equal(["a"], flushed);
    }

    [Fact]
    public async Task Flush_Nothing_Ends()
    {
        await new FlushQueue(flushed.Enqueue, flushed.Enqueue).FlushAsync(null, []).WaitAsync(Limit);

        Assert.Empty(flushed);
    }

    [Fact]
    public async Task Flush_SeveralFilesOfAFolder_FlushesTheFolderOnceAfterThem()
    {
        var queue = OneAtATime();
        var first = queue.FlushAsync("first", []);
        await begun.WaitAsync(Limit);

        Task[] waiting = [first, .. Enumerable.Range(0, 5).Select(i => queue.FlushAsync($"a/{i}", ["a"]))];
        mayEnd.Release(100);
        await Task.WhenAll(waiting).WaitAsync(Limit);

        Assert.Equal(["first", "a/0", "a/1", "a/2", "a/3", "a/4", "a"], flushed);
    }

    [Fact]
    public async Task Flush_FolderIsBeingFlushed_FlushesItOnceMore()
    {
        var queue = OneAtATime();
        var first = queue.FlushAsync(null, ["a"]);
        await begun.WaitAsync(Limit);

        var second = queue.FlushAsync(null, ["a"]);
        mayEnd.Release();
        await first.WaitAsync(Limit);
        await begun.WaitAsync(Limit);
        Assert.False(second.IsCompleted); // its own flush has begun, and may not end
        mayEnd.Release();
        await second.WaitAsync(Limit);

        Assert.Equal(["a", "a"], flushed);
    }

    [Fact]
    public async Task Flush_FilesWithoutEnd_LetsAFolderHaveItsTurn()
    {
        var queue = OneAtATime();
        var first = queue.FlushAsync("first", ["a"]);
        await begun.WaitAsync(Limit);

        Task[] others = [.. Enumerable.Range(0, 2 * FlushQueue.MostPassedBy).Select(i => queue.FlushAsync($"{i}", []))];
        mayEnd.Release(3 * FlushQueue.MostPassedBy);
        await Task.WhenAll([first, .. others]).WaitAsync(Limit);

        Assert.InRange(flushed.ToList().IndexOf("a"), 2, FlushQueue.MostPassedBy + 1);
        Assert.Equal(others.Length + 2, flushed.Count);
    }

    [Fact]
    public async Task Flush_FileFails_FailsForWhoAskedForItAlone()
    {
        var queue = new FlushQueue(path => Fail(path, "bad"), flushed.Enqueue);

        var bad = queue.FlushAsync("bad", ["a"]);
        var good = queue.FlushAsync("good", ["a"]);

        Assert.Equal("bad", (await Assert.ThrowsAsync<IOException>(() => bad.WaitAsync(Limit))).Message);
        await good.WaitAsync(Limit);
    }

    [Fact]
    public async Task Flush_FolderFails_FailsForAllWhoShareItAndThenGoesOn()
    {
        var fails = true;
        var queue = OneAtATime(path => Fail(path, Volatile.Read(ref fails) ? "a" : ""));
        var first = queue.FlushAsync("first", []);
        await begun.WaitAsync(Limit);
        Task[] sharing = [queue.FlushAsync("one", ["a"]), queue.FlushAsync("two", ["a"])];
        mayEnd.Release(100);

        await first.WaitAsync(Limit);
        foreach (var waiting in sharing)
            await Assert.ThrowsAsync<IOException>(() => waiting.WaitAsync(Limit));
        Volatile.Write(ref fails, false);
        await queue.FlushAsync("three", ["a"]).WaitAsync(Limit);
    }

    [Fact]
    public async Task Flush_FromManyThreads_EndsAfterFlushesThatBeganAfterItAndNeverDoesMoreAtOnce()
    {
        const int AtOnce = 3;
        var (clock, working, most) = (0L, 0, 0);
        var flushes = new ConcurrentDictionary<string, ConcurrentQueue<(long Began, long Ended)>>();
        var queue = new FlushQueue(Flush, Flush, AtOnce);
        var random = new Random(7);
        var asks = Enumerable.Range(0, 5_000).Select(i => (File: $"file{i}", Folders: new[] { $"d{random.Next(5)}", $"e{random.Next(500)}" })).ToList();

        await Parallel.ForEachAsync(asks, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (ask, _) =>
        {
            var asked = Interlocked.Increment(ref clock);
            await queue.FlushAsync(ask.File, ask.Folders).WaitAsync(Limit, CancellationToken.None);
            var now = Interlocked.Increment(ref clock);
            foreach (var path in ask.Folders.Append(ask.File))
                Assert.Contains(flushes[path], flush => flush.Began > asked && flush.Ended < now);
        });

        Assert.InRange(Volatile.Read(ref most), 1, AtOnce);
        Assert.All(asks, ask => Assert.Single(flushes[ask.File]));
        Assert.True(flushes.Where(pair => pair.Key[0] == 'd').Sum(pair => pair.Value.Count) < asks.Count, "Not one flush of a folder was shared.");

        void Flush(string path)
        {
            var began = Interlocked.Increment(ref clock);
            InterlockedMax(ref most, Interlocked.Increment(ref working));
            Thread.Yield();
            Interlocked.Decrement(ref working);
            flushes.GetOrAdd(path, _ => new()).Enqueue((began, Interlocked.Increment(ref clock)));
        }
    }

    private static void InterlockedMax(ref int place, int value)
    {
        for (var seen = Volatile.Read(ref place); value > seen; seen = Volatile.Read(ref place))
            Interlocked.CompareExchange(ref place, value, seen);
    }

    private static void Fail(string path, string bad)
    {
        if (path == bad)
            throw new IOException(path);
    }

    private FlushQueue OneAtATime(Action<string>? flushFolder = null)
    {
        return new FlushQueue(Flush, path =>
        {
            Flush(path);
            flushFolder?.Invoke(path);
        }, atOnce: 1);

        void Flush(string path)
        {
            flushed.Enqueue(path);
            begun.Release();
            Assert.True(mayEnd.Wait(Limit));
        }
    }
}
