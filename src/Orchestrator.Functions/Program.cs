using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Orchestrator.Functions.Telemetry;

namespace Orchestrator.Functions;

/// <summary>The function app.</summary>
public static class Program
{
    /// <summary>Starts the worker, or says everything that is wrong with its settings and does not start.</summary>
    public static async Task Main(string[] args)
    {
        var builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();
        var settings = AppSettings.Read(builder.Configuration);
        builder.Services.AddTelemetry(settings.Telemetry, builder.Configuration);
        await builder.Services.AddOrchestratorAsync(settings);
        await builder.Build().RunAsync();
    }
}
