using System.Diagnostics;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Telemetry;

/// <summary>Whose work a figure is of: of few values, so that figures can be kept apart by it.</summary>
/// <param name="Kind">The agent's kind.</param>
/// <param name="Provider">Who carries it out.</param>
internal readonly record struct AttemptPlace(AgentKind Kind, string Provider)
{
    internal static AttemptPlace Of(RunPlan plan, string agent)
    {
        var number = plan.AgentOf(agent);
        return new(plan.Plan.Agents[number].Kind, plan.ProviderOf(number));
    }
}

/// <summary>Tells of an attempt that this process has claimed: of its agent's work, and of what became of it.</summary>
internal sealed class AttemptTelemetry : IDisposable
{
    private readonly Activity? attempt;
    private readonly RunTaskRequest request;
    private readonly RunPlan plan;
    private readonly StartDecision start;
    private readonly AttemptPlace place;
    private readonly TimeProvider clock;
    private readonly long claimed;
    private Activity? agent;
    private long begun;
    private bool isWorking;

    /// <summary>The attempt is claimed.</summary>
    /// <param name="attempt">Its span.</param>
    /// <param name="request">What asked for it.</param>
    /// <param name="plan">The run's plan.</param>
    /// <param name="start">What was decided.</param>
    /// <param name="takenOver">From a worker that was lost.</param>
    /// <param name="clock">The time.</param>
    internal AttemptTelemetry(Activity? attempt, RunTaskRequest request, RunPlan plan, StartDecision start, bool takenOver, TimeProvider clock)
    {
        (this.attempt, this.request, this.plan, this.start, this.clock) = (attempt, request, plan, start, clock);
        (place, claimed) = (AttemptPlace.Of(plan, start.Agent), clock.GetTimestamp());
        if (takenOver)
            attempt?.SetTag(TelemetryTags.TakenOver, true);
        Measures.AttemptBegins(place, takenOver);
    }

    /// <summary>The agent begins. To be called where it is called: its span is the current one from here on.</summary>
    /// <returns>The trace context that the agent works in; <see langword="null"/>: none.</returns>
    internal string? AgentBegins()
    {
        (isWorking, begun) = (true, clock.GetTimestamp());
        agent = Spans.Agent(plan, start, place, request);
        return TraceParent.CurrentOr(request.Trace);
    }

    /// <summary>The agent has ended, or none was asked; how is known.</summary>
    internal void AgentEnded(AgentResult result, bool reused)
    {
        if (reused)
            attempt?.SetTag(TelemetryTags.Reused, true);
        if (!isWorking)
            return;
        agent.Used(result.Usage);
        End(result.Failure is { } failure ? TelemetryTags.Of(failure.Kind) : null);
    }

    /// <summary>This process has written the attempt's outcome.</summary>
    internal void Written(AgentResult result)
    {
        attempt?.SetTag(TelemetryTags.Files, result.Files.Length);
        attempt.End(result.Failure is null ? TelemetryTags.Succeeded : TelemetryTags.Failed, result.Failure is { } failure ? TelemetryTags.Of(failure.Kind) : null);
        Measures.AttemptTook(clock.GetElapsedTime(claimed), place, result.Failure);
    }

    /// <summary>Another worker has taken the attempt over.</summary>
    internal void Lost() => Measures.AttemptLost(place);

    /// <summary>The attempt is left. An agent of which it was not said how it ended has come to no outcome: its process ends, or the attempt is another's.</summary>
    public void Dispose()
    {
        if (isWorking)
            End("abandoned");
        Measures.AttemptLeaves(place);
    }

    private void End(string? error)
    {
        isWorking = false;
        Measures.AgentTook(clock.GetElapsedTime(begun), place, error);
        agent.End(error is null ? TelemetryTags.Succeeded : TelemetryTags.Failed, error);
        agent?.Dispose();
    }
}
