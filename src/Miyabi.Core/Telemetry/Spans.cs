using System.Diagnostics;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Telemetry;

/// <summary>Begins and ends the spans of a run's activities.</summary>
internal static class Spans
{
    /// <summary>Of one delivery of a step.</summary>
    internal static Activity? Advance(AdvanceRequest request) => TraceParent.Begin(
        "advance",
        request.Trace,
        [new(TelemetryTags.Run, request.Run), new(TelemetryTags.Step, request.Step), new(TelemetryTags.Owner, request.Owner), new(TelemetryTags.Endings, request.Endings.Length)]);

    internal static void Ended(this Activity? span, AdvanceAnswer answer)
    {
        if (span is null)
            return;
        span.SetTag(TelemetryTags.Step, answer.Step);
        span.SetTag(TelemetryTags.Starts, answer.Starts.Length);
        if (answer.Superseded)
            span.SetTag(TelemetryTags.Superseded, true);
        if (answer.Outcome is { } outcome)
            span.SetTag(TelemetryTags.Outcome, TelemetryTags.Of(outcome)); // the step itself went well, whatever became of the run
    }

    /// <summary>Of one delivery of an attempt.</summary>
    internal static Activity? RunTask(RunTaskRequest request) => TraceParent.Begin(
        "run_task",
        request.Trace,
        [new(TelemetryTags.Run, request.Run), new(TelemetryTags.Task, request.Task), new(TelemetryTags.Attempt, request.Attempt), new(TelemetryTags.Step, request.Step),
            new(TelemetryTags.Owner, request.Owner)]);

    /// <summary>Of an agent at work, by the GenAI conventions; the current one meanwhile, so that its calls join the trace.</summary>
    internal static Activity? Agent(RunPlan plan, StartDecision start, AttemptPlace place, RunTaskRequest request) => TraceParent.Begin(
        $"{TelemetryTags.InvokeAgent} {start.Agent}",
        request.Trace,
        [
            new(TelemetryTags.GenAiOperation, TelemetryTags.InvokeAgent), new(TelemetryTags.GenAiProvider, TelemetryTags.GenAiProviderOf(place.Provider)),
            new(TelemetryTags.GenAiAgent, start.Agent), new(TelemetryTags.Run, plan.RunId), new(TelemetryTags.Task, start.Task), new(TelemetryTags.Attempt, start.Attempt),
            new(TelemetryTags.Agent, start.Agent), new(TelemetryTags.AgentKind, TelemetryTags.Of(place.Kind)), new(TelemetryTags.Provider, place.Provider),
        ]);

    /// <summary>Says whose work an attempt is.</summary>
    internal static void Of(this Activity? span, RunPlan plan, string agent)
    {
        if (span is null)
            return;
        var place = AttemptPlace.Of(plan, agent);
        span.SetTag(TelemetryTags.Agent, agent);
        span.SetTag(TelemetryTags.AgentKind, TelemetryTags.Of(place.Kind));
        span.SetTag(TelemetryTags.Provider, place.Provider);
    }

    /// <summary>Says that another delivery has written the outcome: whatever it is, this one went well.</summary>
    internal static void FoundUnlessEnded(this Activity? span, AttemptOutcome outcome)
    {
        if (span is null || span.GetTagItem(TelemetryTags.Outcome) is not null)
            return;
        span.SetTag(TelemetryTags.Found, true);
        span.SetTag(TelemetryTags.Outcome, outcome == AttemptOutcome.Succeeded ? TelemetryTags.Succeeded : TelemetryTags.Failed);
    }

    internal static void Used(this Activity? span, AgentUsage usage)
    {
        if (span is null || usage == AgentUsage.None)
            return;
        span.SetTag(TelemetryTags.GenAiInputTokens, usage.InputTokens);
        span.SetTag(TelemetryTags.GenAiOutputTokens, usage.OutputTokens);
    }

    /// <summary>Says how it ended. No description: that would be somebody's words.</summary>
    /// <param name="span">The span.</param>
    /// <param name="outcome">How, for people who look for it.</param>
    /// <param name="error">The kind of failure; <see langword="null"/>: none.</param>
    internal static void End(this Activity? span, string? outcome, string? error)
    {
        if (span is null)
            return;
        if (outcome is not null)
            span.SetTag(TelemetryTags.Outcome, outcome);
        if (error is null)
            return;
        span.SetTag(TelemetryTags.ErrorType, error);
        span.SetStatus(ActivityStatusCode.Error);
    }

    /// <summary>Says that an exception ended it: by its type, because its message may have anything in it. Always <see langword="false"/>: for an exception filter.</summary>
    internal static bool Broke(this Activity? span, Exception e)
    {
        span.End(null, e.GetType().FullName);
        return false;
    }
}
