using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

namespace Orchestrator.Functions;

/// <summary>The function app.</summary>
public static class Program
{
    /// <summary>Starts the worker, or says everything that is wrong with its settings and does not start.</summary>
    public static async Task Main(string[] args)
    {
        var builder = FunctionsApplication.CreateBuilder(args);
        builder.ConfigureFunctionsWebApplication();
        await builder.Services.AddOrchestratorAsync(AppSettings.Read(builder.Configuration));
        await builder.Build().RunAsync();
    }
}
