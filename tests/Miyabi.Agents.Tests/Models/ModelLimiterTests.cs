using Miyabi.Agents.Models;
using Miyabi.Testing;

namespace Miyabi.Agents.Tests.Models;

/// <summary>The limiter alone, on a clock that stands still until it is moved.</summary>
public sealed class ModelLimiterTests
{
    private readonly ManualTimeProvider time = new();

    [Fact]
    public async Task Start_IsRamped_TwoAtOnceAndOneMoreForEachAnswer()
    {
        var limiter = Limiter(new ModelLimits { Concurrency = 4 });
        var calls = Enter(limiter, 10);
        List<int> together = [limiter.Active];

        for (var i = 0; i < 4; i++)
        {
            await AnswerAsync(calls);
            together.Add(limiter.Active);
        }

        Assert.Equal([2, 3, 4, 4, 4], together);
    }

    [Fact]
    public void Concurrency_BelowTheRamp_Holds()
    {
        var limiter = Limiter(new ModelLimits { Concurrency = 1 });

        Enter(limiter, 3);

        Assert.Equal((1, 2), (limiter.Active, limiter.Waiting));
    }

    [Fact]
    public async Task RetryAfter_HoldsBackEverybody_UntilItIsOver()
    {
        var limiter = Limiter(new ModelLimits());
        await TurnAwayAsync(limiter, TimeSpan.FromSeconds(7));
        Enter(limiter, 3);

        time.Advance(TimeSpan.FromSeconds(7) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, limiter.Active);
        time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(1, limiter.Active);
    }

    // Of three together one is turned away, one answered, and the last turned away too, without a word on how long to wait.
    [Fact]
    public async Task TurnedAway_AfterAnotherWasAnswered_StillWaits()
    {
        var limiter = Limiter(new ModelLimits());
        var calls = Enter(limiter, 3);
        await AnswerAsync(calls);
        using var first = await calls[0].WaitAsync(TimeSpan.FromSeconds(30));
        using var last = await calls[1].WaitAsync(TimeSpan.FromSeconds(30));
        time.Advance(TimeSpan.FromSeconds(1));
        first!.TurnedAway(null);
        time.Advance(TimeSpan.FromSeconds(1));
        limiter.Answered();

        last!.TurnedAway(null);

        Assert.Equal(TimeSpan.FromSeconds(1), limiter.CoolDown);
    }

    [Fact]
    public async Task RetryAfter_BeyondTheCap_IsCapped()
    {
        var limiter = Limiter(new ModelLimits { RetryAfterCap = TimeSpan.FromMinutes(2) });

        await TurnAwayAsync(limiter, TimeSpan.FromHours(1));

        Assert.Equal(TimeSpan.FromMinutes(2), limiter.CoolDown);
    }

    [Fact]
    public async Task NoRetryAfter_WaitsDoubleFromOneSecondToAMinute()
    {
        var limiter = Limiter(new ModelLimits());
        List<double> waits = [];
        for (var i = 0; i < 8; i++)
        {
            await TurnAwayAsync(limiter, null);
            waits.Add(limiter.CoolDown.TotalSeconds);
            time.Advance(limiter.CoolDown);
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60], waits);
    }

    [Fact]
    public async Task CallsTurnedAwayTogether_CountOnce()
    {
        var limiter = Limiter(new ModelLimits());
        time.Advance(TimeSpan.FromSeconds(1));
        var calls = Enter(limiter, 2);
        time.Advance(TimeSpan.FromSeconds(1));

        foreach (var call in calls)
            (await call)!.TurnedAway(null);

        Assert.Equal(1, limiter.CoolDown.TotalSeconds);
    }

    [Fact]
    public async Task Jitter_MakesAWaitLonger_NeverShorter()
    {
        var limiter = new ModelLimiter(new ModelLimits(), time, () => 0.8);

        await TurnAwayAsync(limiter, TimeSpan.FromSeconds(10));

        Assert.Equal(12, limiter.CoolDown.TotalSeconds);
    }

    [Fact]
    public async Task RequestsPerMinute_HoldInAnyMinute()
    {
        var limiter = Limiter(new ModelLimits { Concurrency = 50, RequestsPerMinute = 3 });
        var calls = Enter(limiter, 7);
        List<int> let = [];
        for (var seconds = 0; seconds <= 120; seconds += 30)
        {
            while (limiter.Active > 0)
                await AnswerAsync(calls);
            let.Add(7 - calls.Count);
            time.Advance(TimeSpan.FromSeconds(30));
        }

        Assert.Equal([3, 3, 6, 6, 7], let);
    }

    [Fact]
    public async Task TokensPerMinute_CountWhatCallsReallyTook()
    {
        var limiter = Limiter(new ModelLimits { Concurrency = 50, TokensPerMinute = 100 });
        var first = (await limiter.EnterAsync(90, null, () => { }, default))!;
        var second = limiter.EnterAsync(50, null, () => { }, default);
        Assert.Equal((1, 1), (limiter.Active, limiter.Waiting));

        first.Tokens = 10;
        first.Dispose();

        Assert.NotNull(await second);
    }

    [Fact]
    public async Task Call_LargerThanAMinutesTokens_GoesAlone()
    {
        var limiter = Limiter(new ModelLimits { Concurrency = 50, TokensPerMinute = 100 });
        (await limiter.EnterAsync(10, null, () => { }, default))!.Dispose();
        var large = limiter.EnterAsync(1_000, null, () => { }, default);
        Assert.Equal((0, 1), (limiter.Active, limiter.Waiting));

        time.Advance(TimeSpan.FromMinutes(1));

        Assert.NotNull(await large);
    }

    [Fact]
    public async Task Patience_Over_LetsNobodyThrough()
    {
        var limiter = Limiter(new ModelLimits());
        await TurnAwayAsync(limiter, TimeSpan.FromSeconds(30));
        var call = limiter.EnterAsync(1, TimeSpan.FromSeconds(10), () => { }, default);

        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Null(await call);
        Assert.Equal(0, limiter.Active);
    }

    [Fact]
    public async Task Cancel_WhileWaiting_LetsTheNextOneForward()
    {
        var limiter = Limiter(new ModelLimits { Concurrency = 1, TokensPerMinute = 100 });
        (await limiter.EnterAsync(90, null, () => { }, default))!.Dispose();
        using var cancel = new CancellationTokenSource();
        var large = limiter.EnterAsync(50, null, () => { }, cancel.Token);
        var small = limiter.EnterAsync(10, null, () => { }, default);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        Assert.NotNull(await small);
    }

    [Fact]
    public async Task Order_IsOfComing()
    {
        var limiter = Limiter(new ModelLimits { Concurrency = 1 });
        var calls = Enter(limiter, 4);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal((1, 3 - i), (limiter.Active, limiter.Waiting));
            (await calls[i].WaitAsync(TimeSpan.FromSeconds(30)))!.Dispose();
        }
    }

    private ModelLimiter Limiter(ModelLimits limits) => new(limits, time, () => 0);

    private static List<Task<ModelSlot?>> Enter(ModelLimiter limiter, int calls) =>
        [.. Enumerable.Range(0, calls).Select(_ => limiter.EnterAsync(1, null, () => { }, default))];

    // First come, first served: whoever stands first has been let through if anybody has.
    private static async Task AnswerAsync(List<Task<ModelSlot?>> calls)
    {
        using var slot = await calls[0].WaitAsync(TimeSpan.FromSeconds(30));
        calls.RemoveAt(0);
        slot!.Answered();
    }

    private static async Task TurnAwayAsync(ModelLimiter limiter, TimeSpan? retryAfter)
    {
        using var slot = await limiter.EnterAsync(1, null, () => { }, default);
        slot!.TurnedAway(retryAfter);
    }
}
