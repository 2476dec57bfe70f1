using Agents.Functions;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.DependencyInjection;
using Miyabi.Agents;
using Miyabi.Core.Activities;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Web;

namespace Orchestrator.Functions;

/// <summary>What the app's HTTP and timer triggers are made of.</summary>
internal static class ApiSetup
{
    /// <summary>Adds it.</summary>
    internal static void AddApi(this IServiceCollection services, AppSettings settings, AppKeys keys)
    {
        // The handlers bound bodies themselves, and say so; Kestrel would say it with an error that looks like one of the app.
        services.Configure<KestrelServerOptions>(options => options.Limits.MaxRequestBodySize = null);
        services.AddSingleton(provider =>
        {
            var known = provider.GetRequiredService<AgentProviders>();
            return new ApiHandlers(new ApiServices
            {
                Runs = FrontDoorRuns(provider, keys),
                Store = provider.GetRequiredService<IBlobStore>(),
                Providers = name => known.TryFind(name, out var found, out _) ? found : null,
                ProviderNames = [.. known.Names],
                KeyId = keys.Signer.KeyId,
                PublicKeyPem = keys.PublicKeyPem,
                DefaultProviders = settings.Providers,
                LongestTask = provider.GetRequiredService<FunctionLimits>().LongestTask,
                AsksForPrincipal = settings.EasyAuth,
                Clock = provider.GetRequiredService<TimeProvider>(),
            });
        });
        services.AddSingleton(provider => new RunSweep(
            FrontDoorRuns(provider, keys), provider.GetRequiredService<IBlobStore>(), provider.GetRequiredService<TimeProvider>(), () => Guid.NewGuid().ToString("N")));
        if (settings.EasyAuth)
            services.AddSingleton<IFunctionMetadataTransformer, NoKeys>();
    }

    // Not the one of the activities: what a request opens is closed after it, whatever is at work.
    private static OpenRuns FrontDoorRuns(IServiceProvider provider, AppKeys keys) =>
        new(provider.GetRequiredService<IBlobStore>(), provider.GetRequiredService<Sealer>(), keys.Trust, provider.GetRequiredService<TimeProvider>());
}
