using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Functions;

/// <summary>Says once how the app has started: its settings, and no secret of them.</summary>
/// <param name="settings">The settings.</param>
/// <param name="keys">The keys; the id of the signing key is public.</param>
/// <param name="logger">Where to.</param>
public sealed class StartUpLog(AppSettings settings, AppKeys keys, ILogger<StartUpLog> logger) : IHostedLifecycleService
{
    /// <summary>After all else has started: before that, nothing takes a log to the host.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        Logs.AppStarted(
            logger,
            typeof(StartUpLog).Assembly.GetName().Version?.ToString(3),
            Path.IsPathRooted(settings.Store.Text) ? "a folder" : settings.Store.Text,
            keys.Signer.KeyId,
            settings.FunctionTimeout?.ToString() ?? "none",
            settings.Providers.IsEmpty ? "as plans say" : string.Join(", ", settings.Providers.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}={pair.Value}")),
            settings.EasyAuth,
            settings.Telemetry.ToString());
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
