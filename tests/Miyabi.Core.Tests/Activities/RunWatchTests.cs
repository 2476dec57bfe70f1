using Miyabi.Core.Activities;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing;
using Miyabi.Testing.Agents;

namespace Miyabi.Core.Tests.Activities;

/// <summary>When a run's watch looks, and what it makes of a cancel that was taken back.</summary>
public sealed class RunWatchTests
{
    [Fact]
    public async Task ShortTasksOneAfterAnother_LookOnce_AndAgainAfterHalfAnInterval()
    {
        var (run, store, watch) = await WatchAsync();
        for (var task = 0; task < 10; task++)
            await (await watch.AttachAsync(default)).DisposeAsync();
        Assert.Equal(1, store.Looks);

        run.Clock.Advance(RunWatch.Interval / 2);
        await (await watch.AttachAsync(default)).DisposeAsync();

        Assert.Equal(2, store.Looks);
    }

    [Fact]
    public async Task AttachedWithoutALook_ACancelIsSeenAnIntervalLater()
    {
        var (run, _, watch) = await WatchAsync();
        await (await watch.AttachAsync(default)).DisposeAsync();
        await using var user = await watch.AttachAsync(default);

        await run.ControlAsync(ControlKind.Cancel);
        run.Clock.Advance(RunWatch.Interval);

        await Until.TrueAsync(() => watch.Cancelled.IsCancellationRequested, "the cancel was seen");
    }

    [Fact]
    public async Task CancelAndRetryUnseen_TheTokenInUseStaysTheOneThatALaterCancelSets()
    {
        var (run, _, watch) = await WatchAsync();
        await (await watch.AttachAsync(default)).DisposeAsync();
        await run.ControlAsync(ControlKind.Cancel);
        await run.ControlAsync(ControlKind.Retry);
        await using var user = await watch.AttachAsync(default);
        var cancelled = watch.Cancelled;

        run.Clock.Advance(RunWatch.Interval);
        await run.ControlAsync(ControlKind.Cancel);
        await Until.TrueAsync(
            () =>
            {
                run.Clock.Advance(RunWatch.Interval);
                return cancelled.IsCancellationRequested;
            },
            "the later cancel was seen");
    }

    [Fact]
    public async Task CancelSeen_TheNextTaskLooksWhetherItWasTakenBack()
    {
        var (run, store, watch) = await WatchAsync();
        await run.ControlAsync(ControlKind.Cancel);
        await (await watch.AttachAsync(default)).DisposeAsync();
        Assert.True(watch.Cancelled.IsCancellationRequested);

        await run.ControlAsync(ControlKind.Retry);
        await using var user = await watch.AttachAsync(default);

        Assert.False(watch.Cancelled.IsCancellationRequested);
        Assert.Equal(2, store.Looks);
    }

    private static async Task<(TestRun Run, LookedAtStore Store, RunWatch Watch)> WatchAsync()
    {
        var store = new LookedAtStore();
        var run = await TestRun.AcceptAsync(TestPlans.One(), store: store);
        return (run, store, new RunWatch(run.Ledger, run.Clock));
    }

    /// <summary>Counts how often somebody looked for controls.</summary>
    private sealed class LookedAtStore : InMemoryBlobStore
    {
        private int looks;

        public int Looks => looks;

        protected override void Listed(string prefix)
        {
            if (prefix.EndsWith("/control/", StringComparison.Ordinal))
                Interlocked.Increment(ref looks);
        }
    }
}
