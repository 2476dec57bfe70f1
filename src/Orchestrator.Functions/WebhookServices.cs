using Microsoft.Extensions.DependencyInjection;
using Miyabi.Core.Activities;
using Miyabi.Core.Notifications;
using Miyabi.Web.Webhooks;

namespace Orchestrator.Functions;

/// <summary>What telling those whom plans notify is made of.</summary>
internal static class WebhookServices
{
    /// <summary>Adds it; touches nothing.</summary>
    internal static void AddWebhooks(this IServiceCollection services, AppSettings settings)
    {
        services.AddSingleton<IWebhookSender>(provider => new WebhookSender(
            new WebhookSettings
            {
                Secret = name => settings.Secrets.GetValueOrDefault(name),
                SecretSetting = name => $"Miyabi__Secrets__{name}",
                AllowPrivateAddresses = settings.AllowPrivateAddresses,
                AllowSetting = "Miyabi__Webhooks__AllowPrivateAddresses",
            },
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Notify>();
    }
}
