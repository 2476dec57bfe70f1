using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Miyabi.Core.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Orchestrator.Functions.Telemetry;

/// <summary>Sends spans, figures and logs of the worker to where the settings say. The host sends its own (<c>telemetryMode</c> in host.json).</summary>
public static class TelemetryExport
{
    /// <summary>Adds it; where the settings say nowhere, it adds nothing, and logs go to the host as ever.</summary>
    public static void AddTelemetry(this IServiceCollection services, TelemetrySettings settings, IConfiguration configuration)
    {
        if (settings is { Otlp: false, ApplicationInsights: null })
            return;
        // Worker defaults: the host leaves logs to the worker then, and both tell of one invocation in one trace.
        var telemetry = services.AddOpenTelemetry()
            .UseFunctionsWorkerDefaults()
            .ConfigureResource(resource => Describe(resource, configuration))
            .WithTracing(tracing => tracing.AddSource(MiyabiTelemetry.Name))
            .WithMetrics(metrics => metrics.AddMeter(MiyabiTelemetry.Name));
        if (settings.Otlp)
            telemetry.UseOtlpExporter();
        if (settings.ApplicationInsights is { } connection)
        {
            telemetry.UseAzureMonitorExporter(options =>
            {
                options.ConnectionString = connection;
                if (settings.SignsIn)
                    options.Credential = new ManagedIdentityCredential(settings.ClientId is { } client ? ManagedIdentityId.FromUserAssignedClientId(client) : ManagedIdentityId.SystemAssigned);
            });
        }

        // These write addresses down, with their queries: a function key may stand there.
        services.AddLogging(logging => logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("System.Net.Http", LogLevel.Warning));
    }

    // What the operator says in OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES comes last, and so holds.
    private static void Describe(ResourceBuilder resource, IConfiguration configuration) => resource
        .AddService(
            "miyabi",
            serviceVersion: typeof(TelemetryExport).Assembly.GetName().Version?.ToString(3),
            serviceInstanceId: configuration["WEBSITE_INSTANCE_ID"] is { Length: > 0 } instance ? instance : Environment.MachineName)
        .AddEnvironmentVariableDetector();
}
