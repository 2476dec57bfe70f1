using System.Diagnostics;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Telemetry;

/// <summary>The span of a run that is carried out in this process, from its start or its resumption to its end: the root of all that happens in it.</summary>
public sealed class RunSpan : IDisposable
{
    private readonly Activity? activity;

    private RunSpan(Activity? activity) => this.activity = activity;

    /// <summary>Begins.</summary>
    /// <param name="run">The run's id.</param>
    /// <param name="parent">The W3C trace context of whoever asked for it; <see langword="null"/>: the current one, if there is one.</param>
    public static RunSpan Begin(string run, string? parent) =>
        new(TraceParent.Begin("run", parent, [new(TelemetryTags.Run, run)]));

    /// <summary>Says how the run ended.</summary>
    public void Ended(RunOutcome outcome) => Spans.End(activity, TelemetryTags.Of(outcome), outcome == RunOutcome.Succeeded ? null : TelemetryTags.Of(outcome));

    /// <summary>Ends.</summary>
    public void Dispose() => activity?.Dispose();
}
