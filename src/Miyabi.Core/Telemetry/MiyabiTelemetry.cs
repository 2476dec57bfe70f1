using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Miyabi.Core.Telemetry;

/// <summary>What this product tells of its work to whoever listens, e.g. an OpenTelemetry exporter: one source of spans, one meter. docs/telemetry.md lists all.</summary>
/// <remarks>
/// Ids, counts and kinds only: never a prompt, an output, a file, a path, what an agent says, or a secret. While nobody listens, no span is made and no figure taken.
/// </remarks>
public static class MiyabiTelemetry
{
    /// <summary>The name of both: what a listener subscribes to.</summary>
    public const string Name = "Miyabi";

    private static readonly string Version = typeof(MiyabiTelemetry).Assembly.GetName().Version?.ToString(3) ?? "0";

    internal static ActivitySource Source { get; } = new(Name, Version);

    internal static Meter Meter { get; } = new(Name, Version);

    /// <summary>Somebody listens to spans.</summary>
    public static bool HasListeners => Source.HasListeners();
}
