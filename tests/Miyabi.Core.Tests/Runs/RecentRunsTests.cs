using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;

namespace Miyabi.Core.Tests.Runs;

/// <summary>Views of runs that are asked for again and again: always as the store has it, read once.</summary>
public sealed class RecentRunsTests : IAsyncLifetime
{
    private FollowedRun run = null!;
    private RecentRuns recent = null!;

    public async Task InitializeAsync()
    {
        run = await FollowedRun.AcceptAsync();
        recent = run.Recent();
    }

    public Task DisposeAsync()
    {
        run.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Read_WhatCameSince_IsSeen()
    {
        await run.StepAsync();
        Assert.Equal((1, 1, (double?)null), await LookAsync());

        await run.ProgressAsync("w", 1, 0.5);
        Assert.Equal((1, 1, (double?)0.5), await LookAsync());
        await run.ProgressAsync("another", 1, 0.75);
        Assert.Equal((1, 1, (double?)0.75), await LookAsync());
        await run.StepAsync(3);

        var view = await recent.ReadAsync(FollowedRun.Id, default);
        Assert.Equal((4, RunState.Succeeded), (view.Step, view.State));
    }

    [Fact]
    public async Task Read_Again_ReadsNothingThatWasReadBefore()
    {
        await run.StepAsync(2);
        await run.ProgressAsync("w", 1, 0.5, "T-2");
        await LookAsync();
        run.Store.Reads.Clear();

        await LookAsync();
        await LookAsync();

        Assert.Equal(["runs/r/steps/3.json", "runs/r/steps/4.json", "runs/r/steps/3.json", "runs/r/steps/4.json"], run.Store.Reads.Where(name => !name.Contains("/events/", StringComparison.Ordinal)));
        Assert.DoesNotContain("runs/r/events/w-1.ndjson", run.Store.Reads);
    }

    [Fact]
    public async Task Read_AfterFiveMinutes_ReadsAnew()
    {
        await run.StepAsync();
        await LookAsync();
        run.Clock.Advance(TimeSpan.FromMinutes(5));
        run.Store.Reads.Clear();

        await LookAsync();

        Assert.Contains("runs/r/plan.json", run.Store.Reads);
    }

    [Fact]
    public async Task Read_OfStepsThatDoNotFollow_FailsAsTheFirstLookWould()
    {
        await run.StepAsync(2);
        await LookAsync();
        await run.StepAsync(2);
        await run.Store.ReplaceAsync("runs/r/steps/3.json", "{}"u8.ToArray(), default);

        var e = await Assert.ThrowsAsync<SealException>(() => recent.ReadAsync(FollowedRun.Id, default));

        Assert.Contains("Step 3", e.Message);
        Assert.Equal(e.Message, (await Assert.ThrowsAsync<SealException>(() => run.Recent().ReadAsync(FollowedRun.Id, default))).Message);
    }

    [Fact]
    public async Task Read_StoreIsAway_FailsAndIsTriedAgain()
    {
        await run.StepAsync();
        await LookAsync();
        run.Store.Away = new StoreException(StoreFault.Unavailable, "away");
        await Assert.ThrowsAsync<StoreException>(() => recent.ReadAsync(FollowedRun.Id, default));
        run.Store.Away = null;

        Assert.Equal((1, 1, (double?)null), await LookAsync());
    }

    [Theory]
    [InlineData("none")]
    [InlineData("../r")]
    public async Task Read_OfNoRun_IsNotFound(string id) => await Assert.ThrowsAsync<RunNotFoundException>(() => recent.ReadAsync(id, default));

    [Fact]
    public async Task Read_ByManyAtOnce_EachHasAllThatStoodWhenItAsked()
    {
        await run.StepAsync();
        for (var step = 2; step <= 4; step++)
        {
            await run.StepAsync();
            var views = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => recent.ReadAsync(FollowedRun.Id, default))));
            Assert.All(views, view => Assert.Equal(step, view.Step));
        }
    }

    [Fact]
    public async Task Read_WhileAnotherReads_WaitsForItsTurn()
    {
        await run.StepAsync(2);
        var held = new TaskCompletionSource();
        run.Store.Held = held.Task;
        var first = recent.ReadAsync(FollowedRun.Id, default);
        var reads = run.Store.Reads.Count;

        var second = recent.ReadAsync(FollowedRun.Id, default);

        Assert.Equal(reads, run.Store.Reads.Count);
        held.SetResult();
        Assert.Equal([2, 2], (await Task.WhenAll(first, second)).Select(view => view.Step));
        Assert.Single(run.Store.Reads, name => name == "runs/r/plan.json");
    }

    [Fact]
    public async Task Read_CallerLeaves_TheNextReadsOn()
    {
        await run.StepAsync(2);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recent.ReadAsync(FollowedRun.Id, new CancellationToken(canceled: true)));

        Assert.Equal(2, (await recent.ReadAsync(FollowedRun.Id, default)).Step);
    }

    [Fact]
    public async Task Read_RunThatHasEnded_IsReadAnewEachTime()
    {
        await run.StepAsync(4);
        Assert.Equal(RunState.Succeeded, (await recent.ReadAsync(FollowedRun.Id, default)).State);
        await run.Store.ReplaceAsync("runs/r/steps/2.json", "{}"u8.ToArray(), default);

        await Assert.ThrowsAsync<SealException>(() => recent.ReadAsync(FollowedRun.Id, default));
    }

    // The step, how many tasks are at work, and how far the first of them is.
    private async Task<(int Step, int Running, double? Progress)> LookAsync()
    {
        var view = await recent.ReadAsync(FollowedRun.Id, default);
        return (view.Step, view.Counts.Running, view.Tasks.FirstOrDefault(task => task is { HasEnded: false, Progress: > 0 })?.Progress);
    }
}
