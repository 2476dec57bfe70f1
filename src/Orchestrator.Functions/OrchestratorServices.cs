using Agents.Functions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Miyabi.Agents;
using Miyabi.Agents.Command;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Storage;
using Miyabi.Storage.Keys;

namespace Orchestrator.Functions;

/// <summary>What the app's functions are made of.</summary>
public static class OrchestratorServices
{
    /// <summary>Adds it. Opens the keys, and touches nothing else.</summary>
    /// <exception cref="AppSettingsException">The keys are none, or cannot be opened.</exception>
    public static async Task AddOrchestratorAsync(this IServiceCollection services, AppSettings settings)
    {
        var keys = await AppKeys.OpenAsync(settings, CancellationToken.None);
        services.AddSingleton(settings);
        services.AddSingleton(keys);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => settings.Store.Open());
        services.AddSingleton<IBlobStore>(provider => provider.GetRequiredService<IAddressedStore>());
        services.AddSingleton(_ => keys.Trust);
        services.AddSingleton(_ => new Sealer(keys.Signer));
        services.AddSingleton(provider => new OpenRuns(
            provider.GetRequiredService<IBlobStore>(), provider.GetRequiredService<Sealer>(), keys.Trust, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => AgentProviders.Standard(
            provider.GetRequiredService<TimeProvider>(), new CommandOptions { Store = settings.Store.Text }, settings.Models));
        services.AddSingleton(new FunctionLimits(settings.FunctionTimeout));
        services.AddSingleton(provider => new EventWriters(
            provider.GetRequiredService<IBlobStore>(), Guid.NewGuid().ToString("N"), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IRunObserver>(provider => new RunLog(provider.GetRequiredService<EventWriters>(), provider.GetRequiredService<ILogger<RunLog>>()));
        services.AddSingleton<ActivityLog>();
        services.AddHostedService<StartUpLog>();
        services.AddSingleton<Advance>();
        services.AddWebhooks(settings);
        services.AddSingleton(provider => new RunTask(
            provider.GetRequiredService<OpenRuns>(),
            name => provider.GetRequiredService<AgentProviders>().TryFind(name, out var found, out var problem) ? found : throw new InvalidOperationException(problem),
            provider.GetRequiredService<TimeProvider>(),
            () => Guid.NewGuid().ToString("N"),
            provider.GetRequiredService<IRunObserver>())
        {
            LongestWork = settings.FunctionTimeout - FunctionLimits.Margin,
        });
        services.AddApi(settings, keys);
    }
}
