using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;

namespace Miyabi.Core.Tests.Runs;

public sealed class RunFollowerTests : IAsyncLifetime
{
    private FollowedRun run = null!;
    private IAsyncEnumerator<RunUpdate>? updates;
    private Task<bool>? pending;

    public async Task InitializeAsync() => run = await FollowedRun.AcceptAsync();

    public Task DisposeAsync()
    {
        run.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Open_OfARunAtWork_HasItAsFarAsItIs()
    {
        await run.StepAsync(2);
        await run.ProgressAsync("w", 1, 0.5, "T-2");
        var view = (await run.OpenAsync()).Projection.View();
        Assert.Equal((2, 1, 0.5), (view.Step, view.Counts.Accepted, view.Tasks[1].Progress));
    }

    [Fact]
    public async Task Follow_StepsThatAreTaken_GivesEachOnceInOrder()
    {
        await run.StepAsync();
        await FollowAsync();
        await run.StepAsync(2);
        Assert.Equal([2, 3], (await NextAsync()).Steps.Select(step => step.Step));
        await run.StepAsync();
        Assert.Equal([4], (await NextAsync()).Steps.Select(step => step.Step));
    }

    [Fact]
    public async Task Follow_WhileNothingHappens_ReadsTheNextStepAloneOnceALook()
    {
        await run.StepAsync(3);
        await run.OwnAsync(1);
        await FollowAsync();
        await QuietAsync(looks: 1);
        run.Store.Reads.Clear();
        await QuietAsync(looks: 3);
        Assert.Equal(3, run.Store.Reads.Count(name => name == "runs/r/steps/4.json"));
        Assert.DoesNotContain(run.Store.Reads, name => name is "runs/r/plan.json" or "runs/r/steps/1.json" or "runs/r/steps/2.json" or "runs/r/steps/3.json");
    }

    [Fact]
    public async Task Follow_WhileNothingHappens_SlowsDownAndSpeedsUpAgain()
    {
        await run.StepAsync();
        await run.OwnAsync(1);
        await FollowAsync();
        await QuietAsync(looks: 1);
        Assert.InRange(run.Clock.NextDue!.Value, RunFollower.Pace, TimeSpan.FromSeconds(1));
        await QuietAsync(looks: 12);
        Assert.Equal(RunFollower.QuietPace, run.Clock.NextDue);
        await run.StepAsync();
        await NextAsync();
        await QuietAsync(looks: 0);
        Assert.Equal(RunFollower.Pace, run.Clock.NextDue);
    }

    [Fact]
    public async Task Follow_EventsThatAreWritten_GivesEachPartOnce()
    {
        await run.StepAsync();
        await run.ProgressAsync("w", 1, 0.1);
        await FollowAsync();
        await run.ProgressAsync("w", 2, 0.2);
        await run.ProgressAsync("w", 3, 0.3);
        Assert.Equal([0.2, 0.3], (await NextAsync()).Events.Select(happening => happening.Fraction));
        await run.ProgressAsync("w", 4, 0.4);
        Assert.Equal([0.4], (await NextAsync()).Events.Select(happening => happening.Fraction));
        Assert.Single(run.Store.Reads, "runs/r/events/w-1.ndjson");
    }

    [Fact]
    public async Task Follow_ANewOwnersEvents_AreFound()
    {
        await run.StepAsync();
        await FollowAsync();
        await run.ProgressAsync("new", 1, 0.7);
        await run.OwnAsync(1);
        Assert.Equal([0.7], (await NextAsync()).Events.Select(happening => happening.Fraction));
    }

    [Fact]
    public async Task Follow_AnEndedRun_EndsAtOnce()
    {
        await run.StepAsync(4);
        await run.ManifestAsync();
        await FollowAsync();
        var update = await NextAsync(atOnce: true);
        Assert.True(update.HasEnded);
        Assert.False(await updates!.MoveNextAsync());
    }

    [Fact]
    public async Task Follow_TheLastStepOfAnOwnerAtWork_EndsWithTheManifest()
    {
        await run.OwnAsync(1);
        await FollowAsync();
        await run.StepAsync(4);
        Assert.False((await NextAsync()).HasEnded);
        await run.ManifestAsync();
        Assert.True((await NextAsync()).HasEnded);
    }

    [Fact]
    public async Task Follow_AnEndWithoutManifestThatNobodyWillWrite_Ends()
    {
        await run.StepAsync(4);
        await FollowAsync();
        Assert.True((await NextAsync(atOnce: true)).HasEnded);
    }

    [Fact]
    public async Task Follow_ARunThatNobodyHasBegun_SaysSo()
    {
        await FollowAsync();
        Assert.Equal(RunOwner.None, (await NextAsync()).Owner);
    }

    [Fact]
    public async Task Follow_AnOwnerWhoseLeaseLapses_SaysSoOnceAndWhenAnotherTakesOver()
    {
        await run.StepAsync();
        await run.OwnAsync(1);
        await FollowAsync();
        Assert.True((await NextAsync()).Owner!.IsAtWork);
        Assert.Equal((1, false), Told(await NextAsync()));
        await QuietAsync(looks: 20);
        await run.OwnAsync(2);
        Assert.Equal((2, true), Told(await NextAsync()));
    }

    [Fact]
    public async Task Follow_AnOwnerThatGivesUp_SaysSo()
    {
        await run.OwnAsync(1);
        await FollowAsync();
        Assert.True((await NextAsync()).Owner!.IsAtWork);
        await run.LeaseAsync(1, run.Clock.GetUtcNow());
        Assert.Equal((1, false), Told(await NextAsync()));
    }

    [Fact]
    public async Task Follow_AnOwnerThatEndsTheRunAndLeavesBetweenTwoReads_IsNotMissed()
    {
        await run.StepAsync();
        await run.OwnAsync(1);
        await FollowAsync();
        run.Store.Before = (LedgerPath.Run(FollowedRun.Id) + LedgerPath.OwnerLease(1), async () =>
        {
            await run.StepAsync(3);
            await run.ManifestAsync();
            await run.LeaseAsync(1, run.Clock.GetUtcNow());
        });

        var update = await NextAsync();

        Assert.Null(update.Owner);
        Assert.Equal([2, 3, 4], update.Steps.Select(step => step.Step));
        Assert.True(update.HasEnded);
    }

    [Fact]
    public async Task Follow_AnOwnerThatIsDead_SaysSoBeforeItsLeaseLapses()
    {
        await run.OwnAsync(1);
        run.Dead.Add("process-1");
        await FollowAsync();
        Assert.Equal((1, false), Told(await NextAsync()));
    }

    [Fact]
    public async Task Follow_ALeaseThatIsRenewedByAClockAnHourBehind_IsHeld()
    {
        await run.OwnAsync(1);
        await run.LeaseAsync(1, run.Clock.GetUtcNow().AddHours(-1));
        await FollowAsync();
        Assert.Equal((1, false), Told(await NextAsync()));
        await run.LeaseAsync(1, run.Clock.GetUtcNow().AddHours(-1).AddSeconds(15));
        Assert.Equal((1, true), Told(await NextAsync()));
    }

    [Fact]
    public async Task Follow_AStepAfterNobodyWasThere_LooksForTheOwnerWithIt()
    {
        await FollowAsync();
        Assert.False((await NextAsync()).Owner!.IsAtWork);
        await run.OwnAsync(1);
        await run.StepAsync();
        var update = await NextAsync();
        Assert.Equal((1, true), (update.Steps.Length, update.Owner!.IsAtWork));
    }

    [Fact]
    public async Task Follow_AnOwnerDocumentThatIsNone_IsPassedOverAndStays()
    {
        await run.Store.CreateAsync("runs/r/owner-1.json", "garbage"u8.ToArray(), default);
        await FollowAsync();
        Assert.Equal(RunOwner.None, (await NextAsync()).Owner);
        Assert.Contains("runs/r/owner-1.json", run.Store.Blobs.Keys);
    }

    [Fact]
    public async Task Follow_AStepThatDoesNotHold_WaitsForTheOneInItsPlace()
    {
        await run.StepAsync();
        await run.Store.CreateAsync("runs/r/steps/2.json", "garbage"u8.ToArray(), default);
        await FollowAsync();
        await run.Store.DeleteAsync("runs/r/steps/2.json", default);
        await run.StepAsync();
        var update = await NextAsync();
        Assert.Equal([2], update.Steps.Select(step => step.Step));
    }

    [Theory]
    [InlineData(true, "Step 2 of run 'r' is missing, though step 3 is there.")]
    [InlineData(false, "Step 2 of run 'r' does not hold")]
    public async Task Follow_AGap_IsAnError(bool missing, string message)
    {
        await run.OwnAsync(1);
        await run.StepAsync();
        await FollowAsync();
        await run.StepAsync(2);
        if (missing)
            await run.Store.DeleteAsync("runs/r/steps/2.json", default);
        else
            await run.Store.ReplaceAsync("runs/r/steps/2.json", "garbage"u8.ToArray(), default);
        var error = await Assert.ThrowsAsync<SealException>(() => NextAsync());
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Follow_AStoreThatIsAwayForAWhile_SaysSoOnceAndGoesOn()
    {
        await run.StepAsync();
        await FollowAsync();
        run.Store.Away = new StoreException(StoreFault.Unavailable, "gone");
        Assert.Same(run.Store.Away, (await NextAsync()).Trouble);
        await QuietAsync(looks: 15);
        run.Store.Away = null;
        await run.StepAsync();
        var back = await NextAsync();
        Assert.Equal((true, 1), (back.IsTroubleOver, back.Steps.Length));
    }

    [Fact]
    public async Task Follow_AStoreThatStaysAway_GivesUpAfterAWhile()
    {
        await run.StepAsync();
        await FollowAsync();
        var begun = run.Clock.GetUtcNow();
        run.Store.Away = new StoreException(StoreFault.Unavailable, "gone");
        Assert.NotNull((await NextAsync()).Trouble);
        await Assert.ThrowsAsync<StoreException>(() => NextAsync());
        Assert.InRange(run.Clock.GetUtcNow() - begun, RunFollower.Patience, RunFollower.Patience + TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Follow_ToTheEnd_WritesNothing()
    {
        await run.OwnAsync(1);
        await run.StepAsync(4);
        await run.ManifestAsync();
        var before = run.Store.Blobs.Keys.Order(StringComparer.Ordinal).ToList();
        await FollowAsync();
        Assert.True((await NextAsync()).HasEnded);
        Assert.Equal(before, run.Store.Blobs.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Follow_Cancelled_Stops()
    {
        using var stop = new CancellationTokenSource();
        await using var following = (await run.OpenAsync()).FollowAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        var next = following.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    private static (int Number, bool IsAtWork) Told(RunUpdate update) => (update.Owner!.Number, update.Owner.IsAtWork);

    private async Task FollowAsync() => updates = (await run.OpenAsync()).FollowAsync(default).GetAsyncEnumerator();

    private async Task<RunUpdate> NextAsync(bool atOnce = false)
    {
        var next = pending ?? updates!.MoveNextAsync().AsTask();
        pending = null;
        for (var look = 0; !await LookIsOverAsync(next); look++)
        {
            Assert.True(look < (atOnce ? 0 : 1_000), "nothing is told");
            run.Clock.Advance(run.Clock.NextDue!.Value);
        }

        Assert.True(await next, "it has ended");
        return updates!.Current;
    }

    /// <summary>So many looks at which nothing is new, but who the owner is.</summary>
    private async Task QuietAsync(int looks)
    {
        pending ??= updates!.MoveNextAsync().AsTask();
        for (var look = 0; ; look++)
        {
            while (await LookIsOverAsync(pending))
            {
                Assert.True(await pending && updates!.Current is { Steps.IsEmpty: true, Events.IsEmpty: true, Owner: not null }, "something is told");
                pending = updates!.MoveNextAsync().AsTask();
            }

            if (look == looks)
                return;
            run.Clock.Advance(run.Clock.NextDue!.Value);
        }
    }

    // A look is over when something is told, or the follower waits for its clock.
    private async Task<bool> LookIsOverAsync(Task next)
    {
        for (var i = 0; !next.IsCompleted && run.Clock.NextDue is null && i < 60_000; i++)
            await Task.Delay(1);
        return next.IsCompleted;
    }
}
