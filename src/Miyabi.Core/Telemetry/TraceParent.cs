using System.Diagnostics;

namespace Miyabi.Core.Telemetry;

/// <summary>W3C trace contexts that come with messages: whose trace a span belongs to.</summary>
public static class TraceParent
{
    /// <summary>Of the span that the caller is in, to be handed on; <see langword="null"/>: none.</summary>
    public static string? Current => Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } ? id : null;

    /// <summary>Of the span that the caller is in, else the one that was handed over, if it is one.</summary>
    internal static string? CurrentOr(string? given) => Current ?? (ActivityContext.TryParse(given, null, out _) ? given : null);

    /// <summary>Begins a span in the trace of a message.</summary>
    /// <remarks>
    /// The caller may be in a span already: the worker's, of the function call. In the same trace that one is the nearer parent. In another one it is linked, and the
    /// message decides: an engine that starts its own trace must not tear a run's in two.
    /// </remarks>
    /// <param name="name">The span's name.</param>
    /// <param name="given">The message's trace context: anything, and only believed if it is one.</param>
    /// <param name="tags">What is known at the start: a sampler may decide by it.</param>
    internal static Activity? Begin(string name, string? given, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (!MiyabiTelemetry.HasListeners)
            return null;
        var ambient = Activity.Current?.Context ?? default;
        var isAnother = ActivityContext.TryParse(given, null, isRemote: true, out var told) && told.TraceId != ambient.TraceId;
        // Without a parent, the source takes the current span.
        return MiyabiTelemetry.Source.StartActivity(
            ActivityKind.Internal, isAnother ? told : default, tags.ToArray(), isAnother && ambient != default ? [new ActivityLink(ambient)] : null, default, name);
    }
}
