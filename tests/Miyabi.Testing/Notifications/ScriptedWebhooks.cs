using System.Collections.Concurrent;
using System.Text.Json;
using Miyabi.Core.Notifications;
using Miyabi.Core.Plans;

namespace Miyabi.Testing.Notifications;

/// <summary>A sender that answers as a test says, and remembers what it was given.</summary>
public sealed class ScriptedWebhooks(Func<Webhook, CancellationToken, Task<WebhookAnswer>>? script = null) : IWebhookSender
{
    private readonly ConcurrentQueue<Webhook> tried = new();

    /// <summary>Every try, by step and as they came.</summary>
    public IReadOnlyList<Webhook> Tried => [.. tried.OrderBy(StepOf)];

    /// <summary>What it says against a subscriber.</summary>
    public Func<Subscriber, string?> Against { get; init; } = _ => null;

    /// <summary>The events of a message, each as its kind and its task.</summary>
    public static IEnumerable<string> EventsOf(Webhook webhook)
    {
        using var body = JsonDocument.Parse(webhook.Body);
        return [.. body.RootElement.GetProperty("events").EnumerateArray().Select(told =>
            $"{told.GetProperty("event").GetString()} {(told.TryGetProperty("task", out var task) ? task.GetString() : "")}".TrimEnd())];
    }

    private static int StepOf(Webhook webhook)
    {
        using var body = JsonDocument.Parse(webhook.Body);
        return body.RootElement.GetProperty("step").GetInt32();
    }

    public string? WhyNot(Subscriber subscriber) => Against(subscriber);

    public Task<WebhookAnswer> TryAsync(Webhook webhook, CancellationToken cancellationToken)
    {
        tried.Enqueue(webhook);
        return script?.Invoke(webhook, cancellationToken) ?? Task.FromResult(WebhookAnswer.OfStatus(204, null));
    }
}
