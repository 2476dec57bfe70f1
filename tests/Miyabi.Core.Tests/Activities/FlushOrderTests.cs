using System.Collections.Concurrent;
using Miyabi.Core.Ledger;
using Miyabi.Core.Verification;
using Miyabi.Testing;
using Miyabi.Testing.Runs;

namespace Miyabi.Core.Tests.Activities;

/// <summary>What is published is flushed before anything is published that speaks of it.</summary>
public sealed class FlushOrderTests
{
    [Fact]
    public async Task Run_FlushesLate_PublishesNothingThatSpeaksOfWhatIsNotFlushed()
    {
        var store = new LateFlushStore();
        var runs = new FinishedRuns(store, new TestSigner(), TimeProvider.System);
        await runs.MakeAsync("r");
        Assert.Empty(store.Violations);
        Assert.True(store.Begun >= 15, $"Only {store.Begun} documents were begun: the test tests nothing.");
        Assert.True((await new RunVerifier(store, runs.Trust).VerifyAsync("r", null, default)).IsProven);
    }

    /// <summary>Flushes only after everybody else had many turns.</summary>
    private sealed class LateFlushStore : InMemoryBlobStore, IBlobStore
    {
        private readonly ConcurrentDictionary<string, bool> unflushed = new(StringComparer.Ordinal);
        private int begun;

        public int Begun => begun;

        public ConcurrentQueue<string> Violations { get; } = [];

        public override Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            Publish(name);
            return base.CreateAsync(name, content, cancellationToken);
        }

        public async Task<Task?> BeginCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            Publish(name);
            if (!await base.CreateAsync(name, content, cancellationToken))
                return null;
            Interlocked.Increment(ref begun);
            unflushed[name] = true;
            return Task.Run(() => FlushAsync(name), CancellationToken.None);
        }

        private async Task FlushAsync(string name)
        {
            for (var turn = 0; turn < 200; turn++)
                await Task.Yield();
            unflushed.TryRemove(name, out _);
        }

        private void Publish(string name)
        {
            foreach (var other in unflushed.Keys)
            {
                var decides = other.Contains("/steps/", StringComparison.Ordinal) || other.Contains("/results/", StringComparison.Ordinal);
                var speaks = name.Contains("/steps/", StringComparison.Ordinal) || name.Contains("/results/", StringComparison.Ordinal)
                    || name.Contains("/manifest-", StringComparison.Ordinal);
                var answers = name.Contains("/results/", StringComparison.Ordinal) && other.Contains($"/tasks/{TaskOf(name)}/", StringComparison.Ordinal);
                if ((decides && speaks) || answers)
                    Violations.Enqueue($"{name} was published before {other} was flushed.");
            }
        }

        private static string TaskOf(string result) => Path.GetFileName(result).Split('_')[0];
    }
}
