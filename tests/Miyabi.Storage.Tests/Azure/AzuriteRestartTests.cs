using System.Collections.Concurrent;
using Miyabi.Storage.Azure;
using Miyabi.Testing.Agents;
using Miyabi.Testing.Azurite;

namespace Miyabi.Storage.Tests.Azure;

/// <summary>A real Azurite that dies in the middle of work, and comes back.</summary>
public sealed class AzuriteRestartTests
{
    private const int Writers = 8;
    private const int BlobsEach = 40;

    [Fact]
    public async Task AnyMethod_AzuriteKilledAndStartedAgain_NothingIsLostOrMadeTwice()
    {
        await using var azurite = await AzuriteProcess.StartAsync(durable: true);
        using var transport = new FaultyTransport();
        var store = new AzureBlobStore(AzureAddress.TryParse(azurite.Address("abc"), _ => null)!, new AzurePatience(), transport);
        await store.CheckUsableAsync(default);

        (int Some, int HeldAt, TaskCompletionSource Done)[] kills =
        [
            (20, 4, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)),
            (120, 20, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)),
        ];
        var made = new ConcurrentDictionary<string, byte[]>(StringComparer.Ordinal);
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < BlobsEach; i++)
            {
                // Half of them are in the middle whenever it is killed, however late that comes; the others are wherever they are.
                if (writer % 2 == 0 && Array.Find(kills, kill => kill.HeldAt == i).Done is { } done)
                    await done.Task;
                var (name, content) = ($"a/{writer}/{i}", Guid.NewGuid().ToByteArray());
                Assert.True(await store.CreateAsync(name, content, default), $"{name} was made, and is called taken");
                made[name] = content;
                await store.ReplaceAsync($"lease/{writer}", content, default);
                Assert.Equal(content, await store.ReadAsync($"lease/{writer}", 100, default));
            }
        })));

        foreach (var (some, _, done) in kills)
        {
            await Until.TrueAsync(() => made.Count >= some || writing.IsCompleted, "some blobs are made");
            Assert.False(writing.IsCompleted, "all was done before Azurite was killed");
            var before = transport.Failures;
            await azurite.KillAsync();
            done.SetResult();
            await Until.TrueAsync(() => transport.Failures >= before + Writers, "every writer has met its absence");
            await azurite.StartAgainAsync();
        }

        await writing;
        Assert.Equal(Writers * BlobsEach, made.Count);
        Assert.Equal(made.Keys.Order(StringComparer.Ordinal), (await store.ListAsync("a/", default).ToListAsync()).Select(blob => blob.Name));
        foreach (var (name, content) in made)
            Assert.Equal(content, await store.ReadAsync(name, 100, default));
    }

    [Fact]
    public async Task Azurite_ItsTestsHaveDied_EndsToo()
    {
        await using var azurite = await AzuriteProcess.StartAsync();
        await azurite.AbandonAsync();
    }
}
