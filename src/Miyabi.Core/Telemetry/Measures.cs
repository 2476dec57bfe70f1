using System.Diagnostics;
using System.Diagnostics.Metrics;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Telemetry;

/// <summary>The figures. What is counted comes from steps that this process has written: each is written once, so over all processes each thing is counted once.</summary>
internal static class Measures
{
    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 900, 1800, 3600] };
    private static readonly InstrumentAdvice<double> ShortSeconds = new() { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30] };
    private static readonly InstrumentAdvice<long> Tokens = new()
    {
        HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
    };

    private static readonly Counter<long> RunsStarted = Count("miyabi.runs.started", "{run}", "Runs whose first step was taken, or that were taken up again after their end.");
    private static readonly Counter<long> RunsEnded = Count("miyabi.runs.ended", "{run}", "Runs that have ended.");
    private static readonly Counter<long> Steps = Count("miyabi.steps", "{step}", "Steps that were taken.");
    private static readonly Counter<long> Controls = Count("miyabi.controls", "{control}", "Decisions of people that took effect.");
    private static readonly Counter<long> Attempts = Count("miyabi.attempts", "{attempt}", "Attempts whose outcome was read back and taken into a step.");
    private static readonly Counter<long> Retries = Count("miyabi.retries", "{attempt}", "Attempts that are to be made because one failed.");
    private static readonly Counter<long> TakeOvers = Count("miyabi.attempts.taken_over", "{attempt}", "Attempts that were taken over from a worker that was lost.");
    private static readonly Counter<long> Lost = Count("miyabi.attempts.lost", "{attempt}", "Attempts that another worker took over while their agent worked.");
    private static readonly Counter<long> Quarantined = Count("miyabi.documents.quarantined", "{document}", "Documents that did not stand up to verification, and were put aside.");
    private static readonly Counter<double> Cost = MiyabiTelemetry.Meter.CreateCounter<double>("miyabi.cost", "{USD}", "What attempts cost, as their agents say it, in US dollars.");
    private static readonly UpDownCounter<long> Active = MiyabiTelemetry.Meter.CreateUpDownCounter<long>("miyabi.attempts.active", "{attempt}", "Attempts at work in this process.");
    private static readonly Histogram<double> StepDuration =
        MiyabiTelemetry.Meter.CreateHistogram("miyabi.step.duration", "s", "From a step's request to its answer.", null, ShortSeconds);
    private static readonly Histogram<double> AttemptDuration =
        MiyabiTelemetry.Meter.CreateHistogram("miyabi.attempt.duration", "s", "From an attempt's claim to its outcome in the ledger.", null, Seconds);
    private static readonly Histogram<double> AgentDuration =
        MiyabiTelemetry.Meter.CreateHistogram("gen_ai.invoke_agent.duration", "s", "Of an agent's work in one attempt.", null, Seconds);
    private static readonly Histogram<long> TokenUsage =
        MiyabiTelemetry.Meter.CreateHistogram("gen_ai.client.token.usage", "{token}", "Tokens that an attempt used.", null, Tokens);

    /// <summary>A step was written by this process.</summary>
    /// <param name="step">The step.</param>
    /// <param name="before">The record that it follows on.</param>
    internal static void Stepped(StepDocument step, RunRecord before)
    {
        Steps.Add(1);
        if (step.Step == 1 || step.Reopens is not null)
            RunsStarted.Add(1, new KeyValuePair<string, object?>(TelemetryTags.Reopened, step.Reopens is not null));
        if (Controls.Enabled)
        {
            foreach (var control in step.Controls)
                Controls.Add(1, new KeyValuePair<string, object?>("miyabi.control.kind", RunLedger.NameOf(control.Control.Kind)));
        }

        if (Attempts.Enabled || TokenUsage.Enabled || Cost.Enabled)
        {
            foreach (var ending in step.Endings)
                Ended(ending, before);
        }

        foreach (var decision in step.Decisions)
        {
            if (decision is RetryDecision)
                Retries.Add(1);
            else if (decision is FinishDecision { Outcome: var outcome })
                RunsEnded.Add(1, new KeyValuePair<string, object?>(TelemetryTags.Outcome, TelemetryTags.Of(outcome)));
        }
    }

    internal static void StepTook(TimeSpan time, bool answered) =>
        StepDuration.Record(time.TotalSeconds, new KeyValuePair<string, object?>(TelemetryTags.Outcome, answered ? TelemetryTags.Succeeded : TelemetryTags.Failed));

    internal static void AttemptBegins(AttemptPlace place, bool takenOver)
    {
        Active.Add(1, Of(place));
        if (takenOver)
            TakeOvers.Add(1, Of(place));
    }

    internal static void AttemptLeaves(AttemptPlace place) => Active.Add(-1, Of(place));

    internal static void AttemptLost(AttemptPlace place) => Lost.Add(1, Of(place));

    internal static void AttemptTook(TimeSpan time, AttemptPlace place, AgentFailure? failure)
    {
        if (AttemptDuration.Enabled)
            AttemptDuration.Record(time.TotalSeconds, Of(place, failure?.Kind));
    }

    /// <summary>An agent has worked: with or without success.</summary>
    internal static void AgentTook(TimeSpan time, AttemptPlace place, string? error)
    {
        if (!AgentDuration.Enabled)
            return;
        var tags = GenAi(place.Provider);
        if (error is not null)
            tags.Add(TelemetryTags.ErrorType, error);
        AgentDuration.Record(time.TotalSeconds, tags);
    }

    internal static void PutAside() => Quarantined.Add(1);

    private static void Ended(StepEnding ended, RunRecord before)
    {
        var ending = ended.Ending;
        var place = AttemptPlace.Of(before.Plan, before.AtWork[before.Plan.StageOf(ending.Task).Task].Start.Agent);
        Attempts.Add(1, Of(place, ending.Failure?.Kind));
        Record(TokenUsage, ending.Usage.InputTokens, "input", place.Provider);
        Record(TokenUsage, ending.Usage.OutputTokens, "output", place.Provider);
        if (ending.Usage.CostUsd > 0)
            Cost.Add((double)ending.Usage.CostUsd, Of(place));
    }

    private static void Record(Histogram<long> histogram, long tokens, string type, string provider)
    {
        if (tokens == 0)
            return;
        var tags = GenAi(provider);
        tags.Add(TelemetryTags.GenAiTokenType, type);
        histogram.Record(tokens, tags);
    }

    private static TagList GenAi(string provider) => new()
    {
        { TelemetryTags.GenAiOperation, TelemetryTags.InvokeAgent },
        { TelemetryTags.GenAiProvider, TelemetryTags.GenAiProviderOf(provider) },
    };

    private static TagList Of(AttemptPlace place) => new() { { TelemetryTags.AgentKind, TelemetryTags.Of(place.Kind) }, { TelemetryTags.Provider, place.Provider } };

    private static TagList Of(AttemptPlace place, FailureKind? failure)
    {
        var tags = Of(place);
        tags.Add(TelemetryTags.Outcome, failure is null ? TelemetryTags.Succeeded : TelemetryTags.Failed);
        if (failure is { } kind)
            tags.Add(TelemetryTags.ErrorType, TelemetryTags.Of(kind));
        return tags;
    }

    private static Counter<long> Count(string name, string unit, string description) => MiyabiTelemetry.Meter.CreateCounter<long>(name, unit, description);
}
