using System.Text;

namespace Miyabi.Testing.Orchestration;

/// <summary>What an orchestration did, by kind.</summary>
public enum ReplayCallKind
{
    /// <summary>It called an activity.</summary>
    Activity,

    /// <summary>It made a timer.</summary>
    Timer,

    /// <summary>It cancelled a timer.</summary>
    TimerCancelled,

    /// <summary>It began to wait for an event.</summary>
    EventWait,

    /// <summary>It showed where it stands.</summary>
    Status,

    /// <summary>It ended and starts anew.</summary>
    ContinueAsNew,
}

/// <summary>Something an orchestration did.</summary>
/// <param name="After">How many answers it had by then.</param>
/// <param name="Kind">What.</param>
/// <param name="Name">Of the activity or the event.</param>
/// <param name="Json">What it gave along.</param>
public sealed record ReplayCall(int After, ReplayCallKind Kind, string Name, string Json)
{
    public override string ToString() => $"{Kind} {Name} {(Json.Length > 300 ? Json[..300] : Json)} (after {After} answers)";
}

/// <summary>What an engine told an orchestration.</summary>
/// <param name="Call">The number of the call that it answers.</param>
/// <param name="Json">The answer; <see langword="null"/>: none but that it happened.</param>
/// <param name="Error">The message of an activity that failed.</param>
public sealed record ReplayAnswer(int Call, string? Json, string? Error = null);

/// <summary>The history of one execution: calls and answers, in order.</summary>
public sealed class ReplayHistory(string input)
{
    private readonly Dictionary<int, object?> values = [];

    /// <summary>The execution's input, as JSON.</summary>
    public string Input => input;

    /// <summary>What the orchestration did.</summary>
    public List<ReplayCall> Calls { get; init; } = [];

    /// <summary>What it was told.</summary>
    public List<ReplayAnswer> Answers { get; init; } = [];

    /// <summary>Executions so far, each from the start.</summary>
    public int Turns { get; internal set; }

    /// <summary>Events that a durable engine would keep: calls (a status and a wait are none), answers, and two for each turn of a worker.</summary>
    public int Events => Calls.Count(call => call.Kind is not (ReplayCallKind.Status or ReplayCallKind.EventWait)) + Answers.Count + (2 * Turns);

    /// <summary>The bytes of inputs and answers in those.</summary>
    public long Bytes =>
        Encoding.UTF8.GetByteCount(input)
        + Calls.Where(call => call.Kind is not ReplayCallKind.Status).Sum(call => (long)Encoding.UTF8.GetByteCount(call.Json) + call.Name.Length)
        + Answers.Sum(answer => (long)Encoding.UTF8.GetByteCount(answer.Json ?? answer.Error ?? ""));

    /// <summary>The calls that have no answer: activities and timers at work, waits.</summary>
    internal IEnumerable<int> Open()
    {
        var closed = Answers.Select(answer => answer.Call).ToHashSet();
        foreach (var cancelled in Calls.Where(call => call.Kind == ReplayCallKind.TimerCancelled))
            closed.Add(int.Parse(cancelled.Json));
        return Enumerable.Range(0, Calls.Count).Where(call =>
            Calls[call].Kind is ReplayCallKind.Activity or ReplayCallKind.Timer or ReplayCallKind.EventWait && !closed.Contains(call));
    }

    // An answer is read from its JSON once, not at every replay: what is in messages is immutable.
    internal T? Value<T>(int answer)
    {
        if (!values.TryGetValue(answer, out var value))
            values[answer] = value = ReplayJson.Read<T>(Answers[answer].Json!);
        return (T?)value;
    }
}
