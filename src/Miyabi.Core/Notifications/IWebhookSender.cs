using Miyabi.Core.Plans;

namespace Miyabi.Core.Notifications;

/// <summary>Sends messages to subscribers: signed with their secrets, only to where it is allowed to.</summary>
public interface IWebhookSender
{
    /// <summary>Why nothing can be delivered to a subscriber, as far as can be said before trying, and what to do; <see langword="null"/>: nothing is known against it.</summary>
    /// <remarks>Names settings, and shows no secret.</remarks>
    string? WhyNot(Subscriber subscriber);

    /// <summary>Tries once to deliver a message.</summary>
    /// <returns>What came of it. Whatever a receiver does is an answer, and no exception.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set; the message may have been delivered.</exception>
    Task<WebhookAnswer> TryAsync(Webhook webhook, CancellationToken cancellationToken);
}

/// <summary>What a try means for the message.</summary>
public enum WebhookVerdict
{
    /// <summary>The receiver has it.</summary>
    Delivered,

    /// <summary>Not delivered; a later try may be.</summary>
    Later,

    /// <summary>Not delivered, and no later try can be.</summary>
    Never,
}

/// <summary>What came of a try.</summary>
/// <param name="Verdict">What it means.</param>
/// <param name="Text">For people, one line: what happened. Nothing that the receiver wrote, and no secret.</param>
public sealed record WebhookAnswer(WebhookVerdict Verdict, string Text)
{
    /// <summary>The receiver asks to wait at least this long.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What an HTTP status means.</summary>
    /// <remarks>2xx: delivered. 408, 429, 5xx: try later. All else, redirects among them, stands.</remarks>
    public static WebhookAnswer OfStatus(int status, TimeSpan? retryAfter) => status switch
    {
        >= 200 and < 300 => new(WebhookVerdict.Delivered, $"answered {status}"),
        408 or 429 or >= 500 => new(WebhookVerdict.Later, $"answered {status}") { RetryAfter = retryAfter },
        >= 300 and < 400 => new(WebhookVerdict.Never, $"answered {status}: redirects are not followed; write the final URL into the plan"),
        _ => new(WebhookVerdict.Never, $"answered {status}"),
    };
}
