using System.Globalization;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Testing;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Runs;

/// <summary>Runs of a list are read some at once: that must show in nothing but the time.</summary>
public sealed class RunListTests
{
    private const int Runs = 100;

    private readonly SlowStore store = new();
    private readonly RunReader reader;

    public RunListTests()
    {
        for (var i = 0; i < Runs; i++)
            store.CreateAsync(string.Create(CultureInfo.InvariantCulture, $"runs/r-{i:000}/notes.txt"), "hello"u8.ToArray(), default).GetAwaiter().GetResult();
        reader = new RunReader(new OpenRuns(store, new Sealer(new TestKey()), new TrustList([]), TimeProvider.System), store);
    }

    [Fact]
    public async Task List_ManyRuns_KeepsTheirOrderAndReadsABoundedNumberAtOnce()
    {
        List<string> listed = [];
        await foreach (var run in reader.ListAsync(default))
            listed.Add(run.Run);

        Assert.Equal(Runs, listed.Count);
        Assert.Equal(listed.Order(StringComparer.Ordinal), listed);
        Assert.InRange(store.MostAtOnce, 2, 32);
    }

    [Fact]
    public async Task List_LeftAfterTheFirst_LeavesNothingAtWork()
    {
        await foreach (var _ in reader.ListAsync(default))
            break;

        Assert.Equal(0, store.AtOnce);
    }

    [Fact]
    public async Task List_Cancelled_LeavesNothingAtWork()
    {
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in reader.ListAsync(stop.Token))
                await stop.CancelAsync();
        });

        Assert.Equal(0, store.AtOnce);
    }

    private sealed class SlowStore : InMemoryBlobStore
    {
        private readonly Lock gate = new();

        public int AtOnce { get; private set; }

        public int MostAtOnce { get; private set; }

        public override async Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
        {
            lock (gate)
                MostAtOnce = Math.Max(MostAtOnce, ++AtOnce);
            try
            {
                // The first run is there long before the others.
                for (var turn = name.StartsWith("runs/r-000/", StringComparison.Ordinal) ? 1_990 : 0; turn < 2_000; turn++)
                    await Task.Yield();
                return await base.ReadAsync(name, maxBytes, cancellationToken);
            }
            finally
            {
                lock (gate)
                    AtOnce--;
            }
        }
    }
}
