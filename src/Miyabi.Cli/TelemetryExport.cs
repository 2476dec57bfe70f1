using System.Runtime.CompilerServices;
using Miyabi.Core.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Miyabi.Cli;

/// <summary>Sends what a command tells of its work to an OpenTelemetry collector, where the standard variables ask for it (docs/telemetry.md).</summary>
internal sealed class TelemetryExport : IDisposable
{
    /// <summary>The W3C trace context of whoever started the command.</summary>
    internal const string ParentVariable = "TRACEPARENT";

    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // Each of the two, in which what is left is sent: a collector that is away must not hold a command up for long.
    private const int LastWordsMs = 3_000;

    private readonly TracerProvider tracer;
    private readonly MeterProvider meter;

    private TelemetryExport()
    {
        // What the person says in OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES comes last, and so holds.
        var resource = ResourceBuilder.CreateEmpty()
            .AddTelemetrySdk()
            .AddService("miyabi", serviceVersion: typeof(TelemetryExport).Assembly.GetName().Version?.ToString(3))
            .AddEnvironmentVariableDetector();
        tracer = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(MiyabiTelemetry.Name).AddOtlpExporter().Build();
        meter = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(MiyabiTelemetry.Name).AddOtlpExporter().Build();
    }

    /// <summary>Begins if it is asked for; what is disposed then ends it.</summary>
    /// <param name="variable">An environment variable by its name; <see langword="null"/>: it is not set.</param>
    internal static IDisposable? StartIfAsked(Func<string, string?> variable) =>
        string.IsNullOrWhiteSpace(variable(EndpointVariable)) || string.Equals(variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)
            ? null
            : Start();

    public void Dispose()
    {
        tracer.Shutdown(LastWordsMs);
        meter.Shutdown(LastWordsMs);
        tracer.Dispose();
        meter.Dispose();
    }

    // Apart, so that the assemblies of OpenTelemetry are loaded only when they are needed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static TelemetryExport Start() => new();
}
