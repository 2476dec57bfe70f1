using System.Collections.Concurrent;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Notifications;

/// <summary>What came of a delivery.</summary>
/// <param name="Delivered">The receiver has it.</param>
/// <param name="Tries">How often it was tried.</param>
/// <param name="Text">For people: what the last try came to.</param>
public sealed record WebhookOutcome(bool Delivered, int Tries, string Text);

/// <summary>Delivers a message: tries, waits and tries again, within bounds. Safe to use from many threads.</summary>
/// <remarks>
/// Waits are <see cref="FirstWait"/>, then 3 times as long each, less up to 20 % jitter; a receiver's Retry-After counts where it is longer, up to <see cref="LongestWait"/>. After
/// a receiver could not be told something, it gets one try a message until one is delivered: a receiver that is gone must not hold up the end of every run.
/// </remarks>
/// <param name="sender">Makes the tries.</param>
/// <param name="clock">The time.</param>
public sealed class WebhookDelivery(IWebhookSender sender, TimeProvider clock)
{
    /// <summary>The most tries of a message.</summary>
    public const int MaxTries = 5;

    // Receivers that are remembered as gone.
    private const int MaxGone = 1_000;

    private readonly ConcurrentDictionary<string, bool> gone = new(StringComparer.Ordinal);

    /// <summary>How long a try may take.</summary>
    public static readonly TimeSpan TryTime = TimeSpan.FromSeconds(10);

    /// <summary>How long a delivery may take in all; less than any host gives an activity.</summary>
    public static readonly TimeSpan TotalTime = TimeSpan.FromSeconds(90);

    /// <summary>The wait after the first try.</summary>
    public static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two tries, whoever asks for it.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>Delivers.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set.</exception>
    public async Task<WebhookOutcome> DeliverAsync(Webhook webhook, CancellationToken cancellationToken)
    {
        var begun = clock.GetTimestamp();
        var most = gone.ContainsKey(webhook.Subscriber.Url) ? 1 : MaxTries;
        for (var tries = 1; ; tries++)
        {
            var answer = await TryAsync(webhook, cancellationToken);
            if (answer.Verdict == WebhookVerdict.Delivered)
            {
                gone.TryRemove(webhook.Subscriber.Url, out _);
                return new WebhookOutcome(true, tries, answer.Text);
            }

            if (answer.Verdict == WebhookVerdict.Never)
                return new WebhookOutcome(false, tries, answer.Text);
            var wait = WaitAfter(webhook.Id, tries, answer.RetryAfter);
            if (tries >= most || clock.GetElapsedTime(begun) + wait + TryTime > TotalTime)
            {
                if (gone.Count >= MaxGone)
                    gone.Clear();
                gone[webhook.Subscriber.Url] = true;
                return new WebhookOutcome(false, tries, answer.Text);
            }

            await Task.Delay(wait, clock, cancellationToken);
        }
    }

    /// <summary>How long to wait after a try.</summary>
    internal static TimeSpan WaitAfter(string id, int tries, TimeSpan? retryAfter)
    {
        var wait = FirstWait * Math.Pow(3, tries - 1) * (1 - (0.2 * Jitter.Of($"{id}/{tries}")));
        wait = retryAfter > wait ? retryAfter.Value : wait;
        return wait < LongestWait ? wait : LongestWait;
    }

    private async Task<WebhookAnswer> TryAsync(Webhook webhook, CancellationToken cancellationToken)
    {
        using var time = new CancellationTokenSource(TryTime, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        try
        {
            return await sender.TryAsync(webhook, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new WebhookAnswer(WebhookVerdict.Later, $"gave no answer within {TryTime.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
        {
            // A fault of the sender's. What it says may show what nobody should see.
            return new WebhookAnswer(WebhookVerdict.Later, $"could not be sent to: {e.GetType().Name}");
        }
    }
}
