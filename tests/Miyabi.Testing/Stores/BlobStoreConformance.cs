using Miyabi.Core.Ledger;

namespace Miyabi.Testing.Stores;

/// <summary>What every store does. A store's test class inherits it and says how to make an empty one.</summary>
public abstract class BlobStoreConformance
{
    private const long Limit = 64L * 1024 * 1024;

    public static TheoryData<string> BadNames => new(
        "", ".", "..", "/a", "a/", "a//b", "a/../b", "./a", "a/.", "...", "a\\b", "a b", "a:b", "a~b", "ä", "a\0b", "a\nb", new string('a', 513));

    public static TheoryData<string> BadPrefixes => new("a", "/", "../", "a//", "/a/", "a/../", "a\\", "ä/");

    /// <summary>A store with nothing in it, of its own for each test.</summary>
    protected abstract IBlobStore Store { get; }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64 * 1024)]
    [InlineData(8 * 1024 * 1024)]
    public async Task Create_AnySize_ReadsBackTheSame(int size)
    {
        var content = Bytes(size, seed: size);
        Assert.True(await Store.CreateAsync("runs/r/blob.bin", content, default));
        Assert.Equal(content, await Store.ReadAsync("runs/r/blob.bin", Limit, default));
    }

    [Fact]
    public async Task Create_NameTaken_SaysSoAndLeavesTheBlob()
    {
        Assert.True(await Store.CreateAsync("a/b", Bytes(10, 1), default));
        Assert.False(await Store.CreateAsync("a/b", Bytes(20, 2), default));
        Assert.Equal(Bytes(10, 1), await Store.ReadAsync("a/b", Limit, default));
    }

    [Fact]
    public async Task BeginCreate_New_IsThereBeforeItsFlushHasEnded()
    {
        var flushed = await Store.BeginCreateAsync("a/b/c", Bytes(10, 1), default);
        Assert.NotNull(flushed);
        Assert.Equal(Bytes(10, 1), await Store.ReadAsync("a/b/c", Limit, default));
        await flushed;
        Assert.Equal(Bytes(10, 1), await Store.ReadAsync("a/b/c", Limit, default));
    }

    [Fact]
    public async Task BeginCreate_NameTaken_SaysSoAndLeavesTheBlob()
    {
        await Store.CreateAsync("a", Bytes(10, 1), default);
        Assert.Null(await Store.BeginCreateAsync("a", Bytes(20, 2), default));
        Assert.Equal(Bytes(10, 1), await Store.ReadAsync("a", Limit, default));
    }

    [Fact]
    public async Task BeginCreate_RacingCreate_OneWins()
    {
        for (var round = 0; round < 20; round++)
        {
            var name = $"race/{round}";
            var begun = Enumerable.Range(0, 8).Select(_ => Task.Run(() => Store.BeginCreateAsync(name, Bytes(10, 1), default))).ToList();
            var made = Enumerable.Range(0, 8).Select(_ => Task.Run(() => Store.CreateAsync(name, Bytes(10, 2), default))).ToList();
            var flushes = (await Task.WhenAll(begun)).OfType<Task>().ToList();
            await Task.WhenAll(flushes);
            Assert.Equal(1, flushes.Count + (await Task.WhenAll(made)).Count(won => won));
            Assert.Equal(Bytes(10, flushes.Count == 1 ? 1 : 2), await Store.ReadAsync(name, Limit, default));
        }
    }

    [Fact]
    public async Task Create_AfterReplace_NameIsTaken()
    {
        await Store.ReplaceAsync("a/b", Bytes(10, 1), default);
        Assert.False(await Store.CreateAsync("a/b", Bytes(20, 2), default));
        Assert.Equal(Bytes(10, 1), await Store.ReadAsync("a/b", Limit, default));
    }

    [Fact]
    public async Task Create_CallerReusesItsBuffer_BlobKeepsWhatWasGiven()
    {
        var buffer = Bytes(100, 1);
        await Store.CreateAsync("a", buffer, default);
        Array.Clear(buffer);
        Assert.Equal(Bytes(100, 1), await Store.ReadAsync("a", Limit, default));
    }

    [Fact]
    public async Task Create_LongestName_Works()
    {
        var name = string.Join('/', Enumerable.Repeat(new string('a', 63), 8)) + "b";
        Assert.Equal(BlobName.MaxLength, name.Length);
        Assert.True(await Store.CreateAsync(name, Bytes(1, 1), default));
        Assert.Equal(Bytes(1, 1), await Store.ReadAsync(name, Limit, default));
        Assert.Equal([name], await NamesAsync(""));
    }

    [Fact]
    public async Task Replace_New_Creates()
    {
        await Store.ReplaceAsync("a/b/c", Bytes(10, 1), default);
        Assert.Equal(Bytes(10, 1), await Store.ReadAsync("a/b/c", Limit, default));
    }

    [Fact]
    public async Task Replace_Existing_ReadsBackTheNew()
    {
        await Store.CreateAsync("a", Bytes(1000, 1), default);
        await Store.ReplaceAsync("a", Bytes(10, 2), default);
        Assert.Equal(Bytes(10, 2), await Store.ReadAsync("a", Limit, default));
    }

    [Fact]
    public async Task Read_Nothing_IsNull()
    {
        Assert.Null(await Store.ReadAsync("a", Limit, default));
        Assert.Null(await Store.ReadAsync("a/b/c", Limit, default));
        await Store.CreateAsync("a/b/c", Bytes(1, 1), default);
        Assert.Null(await Store.ReadAsync("a/b", Limit, default));
        Assert.Null(await Store.ReadAsync("a/b/c/d", Limit, default));
        Assert.Null(await Store.ReadAsync("A/b/d", Limit, default));
    }

    [Fact]
    public async Task Read_AsLargeAsAllowed_Works()
    {
        await Store.CreateAsync("a", Bytes(100, 1), default);
        Assert.Equal(100, (await Store.ReadAsync("a", 100, default))!.Length);
    }

    [Fact]
    public async Task Read_OneByteTooLarge_SaysSo()
    {
        await Store.CreateAsync("dir/a", Bytes(101, 1), default);
        var error = await Assert.ThrowsAsync<StoreException>(() => Store.ReadAsync("dir/a", 100, default));
        Assert.Equal(StoreFault.TooLarge, error.Fault);
        Assert.Contains("dir/a", error.Message);
        Assert.Contains("101", error.Message);
    }

    [Fact]
    public async Task List_Everything_IsInOrdinalOrderWithLengths()
    {
        string[] names = ["a-b", "a.x/1", "a/b", "a/B", "a/b-c/d", "a/b.c", "a0", "B", "a/10", "a/9", "_/x"];
        foreach (var name in names)
            await Store.CreateAsync(name, Bytes(name.Length, 1), default);
        var listed = await ListAsync("");
        Assert.Equal(names.Order(StringComparer.Ordinal), listed.Select(item => item.Name));
        Assert.All(listed, item => Assert.Equal(item.Name.Length, item.Bytes));
    }

    [Fact]
    public async Task List_Prefix_StopsAtItsSlash()
    {
        foreach (var name in new[] { "a/x", "a/y/z", "ab/x", "a-/x", "b/a/x" })
            await Store.CreateAsync(name, Bytes(1, 1), default);
        Assert.Equal(["a/x", "a/y/z"], await NamesAsync("a/"));
        Assert.Equal(["a/y/z"], await NamesAsync("a/y/"));
    }

    [Fact]
    public async Task List_Nothing_IsEmpty()
    {
        Assert.Empty(await NamesAsync(""));
        Assert.Empty(await NamesAsync("a/"));
        Assert.Empty(await FoldersAsync(""));
        await Store.CreateAsync("a", Bytes(1, 1), default);
        Assert.Empty(await NamesAsync("a/"));
        Assert.Empty(await FoldersAsync("a/"));
    }

    [Fact]
    public async Task ListFolders_OneLevel_InOrdinalOrder()
    {
        foreach (var name in new[] { "runs/b/x/y", "runs/a/x", "runs/a/y", "runs/a-1/x", "runs/B/x", "runs/file", "other/x" })
            await Store.CreateAsync(name, Bytes(1, 1), default);
        Assert.Equal(["B", "a", "a-1", "b"], await FoldersAsync("runs/"));
        Assert.Equal(["other", "runs"], await FoldersAsync(""));
        Assert.Equal(["x"], await FoldersAsync("runs/b/"));
    }

    [Fact]
    public async Task ListFolders_AfterTheLastBlobIsDeleted_IsEmpty()
    {
        await Store.CreateAsync("runs/a/x/y", Bytes(1, 1), default);
        await Store.DeleteAsync("runs/a/x/y", default);
        Assert.Empty(await FoldersAsync("runs/"));
        Assert.Empty(await FoldersAsync(""));
    }

    [Fact]
    public async Task List_1000Blobs_AllOfThem()
    {
        var names = Enumerable.Range(0, 1000).Select(i => $"a/{i % 10}/{i}").ToArray();
        await Parallel.ForEachAsync(names, async (name, cancel) => await Store.ReplaceAsync(name, Bytes(1, 1), cancel));
        Assert.Equal(names.Order(StringComparer.Ordinal), await NamesAsync(""));
    }

    [Fact]
    public async Task Delete_Existing_IsGoneAndCanBeMadeAgain()
    {
        await Store.CreateAsync("a/b", Bytes(1, 1), default);
        await Store.DeleteAsync("a/b", default);
        Assert.Null(await Store.ReadAsync("a/b", Limit, default));
        Assert.Empty(await NamesAsync(""));
        Assert.True(await Store.CreateAsync("a/b", Bytes(2, 2), default));
    }

    [Fact]
    public async Task Delete_Nothing_IsNoError()
    {
        await Store.DeleteAsync("a/b", default);
        await Store.CreateAsync("a/b/c", Bytes(1, 1), default);
        await Store.DeleteAsync("a/b", default);
        Assert.Equal(["a/b/c"], await NamesAsync(""));
    }

    [Theory]
    [MemberData(nameof(BadNames))]
    public async Task AnyMethod_BadName_IsRefused(string name)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Store.CreateAsync(name, Bytes(1, 1), default));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.ReplaceAsync(name, Bytes(1, 1), default));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.ReadAsync(name, Limit, default));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.DeleteAsync(name, default));
        Assert.Empty(await NamesAsync(""));
    }

    [Theory]
    [MemberData(nameof(BadPrefixes))]
    public async Task List_BadPrefix_IsRefused(string prefix)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => NamesAsync(prefix));
        await Assert.ThrowsAsync<ArgumentException>(() => FoldersAsync(prefix));
    }

    [Fact]
    public async Task AnyMethod_CancelledBefore_DoesNothing()
    {
        await Store.CreateAsync("there", Bytes(1, 1), default);
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.CreateAsync("a", Bytes(1, 1), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.ReplaceAsync("a", Bytes(1, 1), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.ReadAsync("there", Limit, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.DeleteAsync("there", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ListAsync("", cancelled).ToListAsync(cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ListFoldersAsync("", cancelled).ToListAsync(cancelled));
        Assert.Equal(["there"], await NamesAsync(""));
    }

    [Fact]
    public async Task Create_50AtOnce_OneWinsAndItsContentStays()
    {
        for (var round = 0; round < 10; round++)
        {
            var name = $"race/{round}/blob";
            var won = await TogetherAsync(50, i => Store.CreateAsync(name, Bytes(1000 + i, i), default));
            var winner = Assert.Single(Enumerable.Range(0, 50), i => won[i]);
            Assert.Equal(Bytes(1000 + winner, winner), await Store.ReadAsync(name, Limit, default));
        }
    }

    [Fact]
    public async Task Read_WhileCreated_AllOrNothing()
    {
        var content = Bytes(1024 * 1024, 7);
        for (var round = 0; round < 10; round++)
        {
            var name = $"race/{round}/blob";
            var creating = Task.Run(() => Store.CreateAsync(name, content, default));
            var readers = await TogetherAsync(4, async _ =>
            {
                // Until the blob is there; the creator ends either way.
                while (true)
                {
                    var ended = creating.IsCompleted;
                    var read = await Store.ReadAsync(name, Limit, default);
                    if (read is not null || ended)
                        return read;
                }
            });
            Assert.True(await creating);
            Assert.All(readers, read => Assert.Equal(content, read));
        }
    }

    [Fact]
    public async Task List_WhileCreatedAndDeleted_NamesOnlyWhatExisted()
    {
        var churn = Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                await Store.ReplaceAsync($"a/{i}/blob", Bytes(100, i), default);
                await Store.DeleteAsync($"a/{i - 3}/blob", default);
            }
        });
        while (!churn.IsCompleted)
            Assert.All(await ListAsync(""), item => Assert.Equal(100, item.Bytes));
        await churn;
        Assert.Equal(["197", "198", "199"], await FoldersAsync("a/"));
    }

    [Fact]
    public async Task Replace_ManyAtOnce_OneWholeContentStays()
    {
        var contents = Enumerable.Range(0, 20).Select(i => Bytes(10_000 + (i * 100), i)).ToArray();
        await TogetherAsync(20, async i =>
        {
            await Store.ReplaceAsync("lease", contents[i], default);
            var read = await Store.ReadAsync("lease", Limit, default);
            Assert.Contains(contents, content => content.AsSpan().SequenceEqual(read));
            return true;
        });
        var last = await Store.ReadAsync("lease", Limit, default);
        Assert.Contains(contents, content => content.AsSpan().SequenceEqual(last));
    }

    protected static byte[] Bytes(int size, int seed)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    protected async Task<IReadOnlyList<string>> NamesAsync(string prefix) => [.. (await ListAsync(prefix)).Select(item => item.Name)];

    protected async Task<IReadOnlyList<string>> FoldersAsync(string prefix) => await Store.ListFoldersAsync(prefix, default).ToListAsync();

    private async Task<List<BlobItem>> ListAsync(string prefix) => await Store.ListAsync(prefix, default).ToListAsync();

    // Starts them all at one moment, each on its own.
    private static async Task<T[]> TogetherAsync<T>(int count, Func<int, Task<T>> work)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tasks = Enumerable.Range(0, count).Select(i => Task.Run(async () =>
        {
            await start.Task;
            return await work(i);
        })).ToArray();
        start.SetResult();
        return await Task.WhenAll(tasks);
    }
}
