using Miyabi.Core.Notifications;
using Miyabi.Core.Plans;
using Miyabi.Testing.Agents;
using Miyabi.Testing.Notifications;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Notifications;

/// <summary>Which answers are tried again, when, and how often.</summary>
public sealed class WebhookDeliveryTests
{
    private static readonly Webhook Message = new("msg_1", new Subscriber { Url = "https://a.example/x", Secret = "S" }, "notify[0] (https://a.example)", "{}"u8.ToArray());

    private readonly ManualClock clock = new();
    private readonly List<double> seconds = [];

    [Theory]
    [InlineData(200, WebhookVerdict.Delivered)]
    [InlineData(299, WebhookVerdict.Delivered)]
    [InlineData(301, WebhookVerdict.Never)]
    [InlineData(308, WebhookVerdict.Never)]
    [InlineData(400, WebhookVerdict.Never)]
    [InlineData(404, WebhookVerdict.Never)]
    [InlineData(408, WebhookVerdict.Later)]
    [InlineData(410, WebhookVerdict.Never)]
    [InlineData(429, WebhookVerdict.Later)]
    [InlineData(500, WebhookVerdict.Later)]
    [InlineData(503, WebhookVerdict.Later)]
    public void Status_MeansOneThing(int status, WebhookVerdict verdict) => Assert.Equal(verdict, WebhookAnswer.OfStatus(status, null).Verdict);

    [Fact]
    public async Task Deliver_AfterTwoFailures_TriesAgainWithGrowingWaits()
    {
        var outcome = await DeliverAsync(Answers(500, 503, 200));

        Assert.Equal(new WebhookOutcome(true, 3, "answered 200"), outcome);
        Assert.InRange(seconds[1], 0.8, 1);
        Assert.InRange(seconds[2] - seconds[1], 2.4, 3);
    }

    [Fact]
    public async Task Deliver_FinalAnswer_IsNotTriedAgain() =>
        Assert.Equal((false, 1), await TriesAsync(Answers(404)));

    [Fact]
    public async Task Deliver_NothingHelps_GivesUpAfterFiveTries()
    {
        Assert.Equal((false, WebhookDelivery.MaxTries), await TriesAsync(Answers(500, 500, 500, 500, 500)));
        Assert.True(seconds[^1] < WebhookDelivery.TotalTime.TotalSeconds);
    }

    [Fact]
    public async Task Deliver_RetryAfter_IsWaitedFor()
    {
        await DeliverAsync(Answers((429, TimeSpan.FromSeconds(12)), (200, null)));

        Assert.Equal([0, 12], seconds);
    }

    [Fact]
    public async Task Deliver_LongRetryAfter_IsCut()
    {
        await DeliverAsync(Answers((429, TimeSpan.FromDays(1)), (200, null)));

        Assert.Equal([0, WebhookDelivery.LongestWait.TotalSeconds], seconds);
    }

    [Fact]
    public async Task Deliver_LongWaits_EndWithinTheTotalTime()
    {
        var hour = TimeSpan.FromHours(1);

        Assert.Equal((false, 3), await TriesAsync(Answers((503, hour), (503, hour), (503, hour), (200, null))));
        Assert.True(seconds[^1] + WebhookDelivery.TryTime.TotalSeconds <= WebhookDelivery.TotalTime.TotalSeconds);
    }

    [Fact]
    public async Task Deliver_ReceiverThatIsSlow_IsGivenUpAndTriedAgain()
    {
        var delivery = new WebhookDelivery(
            new ScriptedWebhooks(async (_, token) =>
            {
                seconds.Add(Now());
                if (seconds.Count == 1)
                    await Task.Delay(Timeout.Infinite, token);
                return WebhookAnswer.OfStatus(200, null);
            }),
            clock);
        var sending = delivery.DeliverAsync(Message, default);
        await Until.TrueAsync(() => seconds.Count == 1, "the first try is under way");
        clock.Advance(WebhookDelivery.TryTime);

        var outcome = await EndAsync(sending);

        Assert.Equal((true, 2), (outcome.Delivered, outcome.Tries));
        Assert.InRange(seconds[1], 10.8, 11);
    }

    [Fact]
    public async Task Deliver_SenderThatBreaks_IsTriedAgain_AndItsWordsAreNotShown()
    {
        var outcome = await DeliverAsync(new ScriptedWebhooks((_, _) => throw new InvalidOperationException("the secret is hunter2")));

        Assert.Equal(new WebhookOutcome(false, 5, "could not be sent to: InvalidOperationException"), outcome);
    }

    [Fact]
    public async Task Deliver_ToReceiverThatWasGone_TriesOnce_UntilItIsBack()
    {
        var status = 500;
        var sender = new ScriptedWebhooks((_, _) => Task.FromResult(WebhookAnswer.OfStatus(status, null)));
        var delivery = new WebhookDelivery(sender, clock);

        Assert.Equal(5, (await DeliverAsync(delivery)).Tries);
        Assert.Equal(1, (await DeliverAsync(delivery)).Tries);
        status = 200;
        Assert.True((await DeliverAsync(delivery)).Delivered);
        status = 500;
        Assert.Equal(5, (await DeliverAsync(delivery)).Tries);
    }

    [Fact]
    public async Task Deliver_Stopped_Throws()
    {
        using var stop = new CancellationTokenSource();
        var sending = new WebhookDelivery(Answers(500), clock).DeliverAsync(Message, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    private async Task<(bool Delivered, int Tries)> TriesAsync(ScriptedWebhooks sender)
    {
        var outcome = await DeliverAsync(sender);
        return (outcome.Delivered, outcome.Tries);
    }

    private Task<WebhookOutcome> DeliverAsync(ScriptedWebhooks sender) => DeliverAsync(new WebhookDelivery(sender, clock));

    private Task<WebhookOutcome> DeliverAsync(WebhookDelivery delivery) => EndAsync(delivery.DeliverAsync(Message, default));

    // Moves time on whenever the delivery waits.
    private async Task<WebhookOutcome> EndAsync(Task<WebhookOutcome> sending)
    {
        while (true)
        {
            await Until.TrueAsync(() => sending.IsCompleted || NextWait() is not null, "the delivery waits or has ended");
            if (sending.IsCompleted)
                return await sending;
            clock.AdvanceTo(NextWait()!.Value);
        }
    }

    // A try under way has a timer too, of just the time that a try may take.
    private DateTimeOffset? NextWait() =>
        clock.NextDue is { } due && due - clock.GetUtcNow() is var wait && wait > TimeSpan.Zero && wait != WebhookDelivery.TryTime ? due : null;

    private ScriptedWebhooks Answers(params int[] statuses) => Answers([.. statuses.Select(status => (status, (TimeSpan?)null))]);

    private ScriptedWebhooks Answers(params (int Status, TimeSpan? RetryAfter)[] answers)
    {
        var next = 0;
        return new ScriptedWebhooks((_, _) =>
        {
            seconds.Add(Now());
            var (status, retryAfter) = answers[next++];
            return Task.FromResult(WebhookAnswer.OfStatus(status, retryAfter));
        });
    }

    private double Now() => (clock.GetUtcNow() - new ManualClock().GetUtcNow()).TotalSeconds;
}
