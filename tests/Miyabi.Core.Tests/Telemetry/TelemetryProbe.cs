using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Miyabi.Core.Telemetry;

namespace Miyabi.Core.Tests.Telemetry;

/// <summary>Listeners are of the whole process: these tests run when no other does.</summary>
[CollectionDefinition(nameof(TelemetryCollection), DisableParallelization = true)]
public sealed class TelemetryCollection;

/// <summary>A figure as it was recorded.</summary>
internal sealed record Figure(string Name, double Value, Dictionary<string, object?> Tags);

/// <summary>Listens to all that the product tells.</summary>
internal sealed class TelemetryProbe : IDisposable
{
    private readonly ActivityListener activities;
    private readonly MeterListener meters = new();

    internal TelemetryProbe()
    {
        activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == MiyabiTelemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Spans.Enqueue,
        };
        ActivitySource.AddActivityListener(activities);
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != MiyabiTelemetry.Name)
                return;
            Instruments.Enqueue(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        meters.Start();
    }

    internal ConcurrentQueue<Activity> Spans { get; } = new();

    internal ConcurrentQueue<Figure> Figures { get; } = new();

    internal ConcurrentQueue<Instrument> Instruments { get; } = new();

    /// <summary>The spans of a name, or of names that begin so and go on with a space.</summary>
    internal List<Activity> Of(string name) =>
        [.. Spans.Where(span => span.DisplayName == name || span.DisplayName.StartsWith($"{name} ", StringComparison.Ordinal)).OrderBy(span => span.StartTimeUtc)];

    internal double Sum(string name, params (string Tag, string Value)[] tags) => Figures
        .Where(figure => figure.Name == name && tags.All(tag => figure.Tags.TryGetValue(tag.Tag, out var value) && value?.ToString() == tag.Value))
        .Sum(figure => figure.Value);

    /// <summary>Every text that was told.</summary>
    internal IEnumerable<string> Texts()
    {
        foreach (var span in Spans)
        {
            yield return $"{span.OperationName} {span.DisplayName} {span.StatusDescription} {span.TraceStateString}";
            foreach (var (key, value) in span.TagObjects.Concat(span.Events.SelectMany(happened => happened.Tags)).Concat(span.Links.SelectMany(link => link.Tags ?? [])))
                yield return $"{key}={value}";
            foreach (var (key, value) in span.Baggage)
                yield return $"{key}={value}";
            foreach (var happened in span.Events)
                yield return happened.Name;
        }

        foreach (var figure in Figures)
            yield return $"{figure.Name} {string.Join(' ', figure.Tags.Select(tag => $"{tag.Key}={tag.Value}"))}";
    }

    public void Dispose()
    {
        activities.Dispose();
        meters.Dispose();
    }

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        Figures.Enqueue(new Figure(instrument.Name, value, tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal)));
}
