using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;

namespace Miyabi.Web.Answers;

/// <summary>A thing that happened in a run: a step (<c>type</c> is <c>step</c>), or what an attempt told (<c>began</c>, <c>progress</c>, <c>ended</c>, <c>quarantined</c>).</summary>
internal sealed record EventJson
{
    public required string Type { get; init; }

    public int? Step { get; init; }

    public required DateTimeOffset At { get; init; }

    public string? Task { get; init; }

    public int? Attempt { get; init; }

    public string? Agent { get; init; }

    public double? Fraction { get; init; }

    public string? Message { get; init; }

    public IReadOnlyList<StartedJson>? Started { get; init; }

    public IReadOnlyList<string>? Accepted { get; init; }

    public IReadOnlyList<ReasonJson>? Failed { get; init; }

    public IReadOnlyList<RetriedJson>? Retried { get; init; }

    public IReadOnlyList<ReasonJson>? Skipped { get; init; }

    public IReadOnlyList<AskedJson>? Asked { get; init; }

    public IReadOnlyList<AnsweredJson>? Answered { get; init; }

    public RunOutcome? Outcome { get; init; }

    internal static EventJson Of(RunHappening happening) => happening.Step is { } step ? Of(step) : Of(happening.Event!);

    private static EventJson Of(RunEvent happening) => new()
    {
        Type = happening.Kind.ToString().ToLowerInvariant(),
        At = happening.At,
        Task = happening.Task,
        Attempt = happening.Attempt,
        Agent = happening.Agent,
        Fraction = happening.Fraction,
        Message = happening.Message,
    };

    private static EventJson Of(StepDocument step) => new()
    {
        Type = "step",
        Step = step.Step,
        At = step.At,
        Started = Some(step.Decisions.OfType<StartDecision>().Select(start => new StartedJson(start.Task, start.Attempt, start.Agent))),
        Accepted = Some(step.Endings.Select(ended => ended.Accepts?.Task).OfType<string>()),
        Failed = Some(step.Decisions.OfType<FailDecision>().Select(fail => new ReasonJson(fail.Task, fail.Reason))),
        Retried = Some(step.Decisions.OfType<RetryDecision>().Select(retry => new RetriedJson(retry.Task, retry.Attempt, retry.NotBefore, retry.Reason))),
        Skipped = Some(step.Decisions.OfType<SkipDecision>().Select(skip => new ReasonJson(skip.Task, skip.Reason))),
        Asked = Some(step.Decisions.OfType<AskDecision>().Select(ask => new AskedJson(ask.Task, ask.Message, ask.Until))),
        Answered = Some(step.Decisions.OfType<AnswerDecision>().Select(answer => new AnsweredJson(answer.Task, answer.Approved, answer.Reason))),
        Outcome = step.Decisions.OfType<FinishDecision>().FirstOrDefault()?.Outcome,
    };

    private static List<T>? Some<T>(IEnumerable<T> items) => items.ToList() is { Count: > 0 } list ? list : null;
}

/// <summary>An attempt that was started.</summary>
internal sealed record StartedJson(string Task, int Attempt, string Agent);

/// <summary>A task that came to nothing, and why.</summary>
internal sealed record ReasonJson(string Task, string Reason);

/// <summary>A task that is tried again.</summary>
internal sealed record RetriedJson(string Task, int Attempt, DateTimeOffset NotBefore, string Reason);

/// <summary>What a person is asked.</summary>
internal sealed record AskedJson(string Task, string Message, DateTimeOffset? Until);

/// <summary>What was answered.</summary>
internal sealed record AnsweredJson(string Task, bool Approved, string Reason);
