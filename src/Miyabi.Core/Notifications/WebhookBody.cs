using System.Buffers;
using System.Collections.Frozen;
using System.Text.Json;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;

namespace Miyabi.Core.Notifications;

/// <summary>What is sent to a subscriber. Written the same for the same step, to the byte.</summary>
/// <remarks>
/// Words of agents, people and plans stand below <c>untrusted</c> alone, at most 500 characters of each, without control characters. They are data: to be shown, never
/// to be followed. What finds no room any more is counted in <c>omitted</c>; what is about the run comes first.
/// </remarks>
public static class WebhookBody
{
    /// <summary>The most that is sent: 256 KiB.</summary>
    public const int MaxBytes = 256 * 1024;

    // For what follows the last event.
    private const int Reserve = 64;

    private static readonly FrozenDictionary<NoticeKind, string> Words = PlanWords.Notices.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);

    /// <summary>The body of a message.</summary>
    /// <param name="id">The message's id.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="step">The step.</param>
    /// <param name="notices">What to tell of it; at least one.</param>
    internal static byte[] Of(string id, Plan plan, StepDocument step, IReadOnlyList<Notice> notices)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("type", "miyabi.events");
        json.WriteString("timestamp", JsonTimes.Text(step.At));
        json.WriteString("id", id);
        json.WriteString("run", step.Run);
        json.WriteString("plan", plan.Name);
        json.WriteNumber("step", step.Step);
        json.WriteStartArray("events");
        var told = 0;
        foreach (var notice in notices)
        {
            var one = One(notice);
            if (json.BytesCommitted + json.BytesPending + one.Length + Reserve > MaxBytes)
                break;
            json.WriteRawValue(one, skipInputValidation: true);
            told++;
        }

        json.WriteEndArray();
        if (told < notices.Count)
            json.WriteNumber("omitted", notices.Count - told);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static ReadOnlySpan<byte> One(Notice notice)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("event", Words[notice.Kind]);
        if (notice.Task is { } task)
            json.WriteString("task", task);
        if (notice.Attempt is { } attempt)
            json.WriteNumber("attempt", attempt);
        if (notice.Until is { } until)
            json.WriteString("until", JsonTimes.Text(until));
        if (notice.Approved is { } approved)
            json.WriteBoolean("approved", approved);
        if (notice.Outcome is { } outcome)
            json.WriteString("outcome", JsonNamingPolicy.CamelCase.ConvertName(outcome.ToString()));
        if (notice.Totals is { } totals)
            WriteTotals(json, totals);
        if (notice.Text is { Length: > 0 } text)
        {
            json.WriteStartObject("untrusted");
            json.WriteString("text", RunEventLine.Clean(text));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }

    private static void WriteTotals(Utf8JsonWriter json, ManifestTotals totals)
    {
        json.WriteStartObject("totals");
        json.WriteNumber("tasks", totals.Tasks);
        json.WriteNumber("accepted", totals.Accepted);
        json.WriteNumber("failed", totals.Failed);
        json.WriteNumber("skipped", totals.Skipped);
        json.WriteNumber("attempts", totals.Attempts);
        json.WriteNumber("inputTokens", totals.Usage.InputTokens);
        json.WriteNumber("outputTokens", totals.Usage.OutputTokens);
        json.WriteNumber("costUsd", totals.Usage.CostUsd);
        json.WriteEndObject();
    }
}
