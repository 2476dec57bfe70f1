using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Miyabi.Agents;
using Miyabi.Cli.Tests.EndToEnd;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Storage;
using Miyabi.Storage.Keys;
using Miyabi.Web;

namespace Miyabi.Cli.Tests.Remote;

/// <summary>The function app's API on a real server, over a folder, with a key of its own that asks for the function key; and a user who calls it.</summary>
public sealed class FunctionApp : IAsyncLifetime
{
    private WebApplication? server;
    private EmbeddedEngine? engine;
    private InstallationKeys? keys;

    /// <summary>The user. Knows the app's address and key by variables.</summary>
    internal CliSandbox Sandbox { get; } = new();

    /// <summary>The app's address.</summary>
    public string Url => server!.Urls.Single();

    /// <summary>The key that the app seals with.</summary>
    public string KeyId => keys!.Signer.KeyId;

    /// <summary>The app's store, as a folder that commands can be given too.</summary>
    public string Store => Sandbox["app-store"];

    /// <summary>A document of a run in the app's store.</summary>
    public string File(string run, string path) => Path.Combine(Store, "runs", run, path);

    /// <summary>Runs a command against the app, which must say nothing of the key.</summary>
    internal Task<CliResult> RunAsync(params string[] arguments) => Tame(Sandbox.RunAsync([.. arguments, "--url", Url]));

    /// <summary>Runs a command against the app, which must succeed.</summary>
    internal async Task<string> SucceedAsync(params string[] arguments)
    {
        var result = await RunAsync(arguments);
        Assert.True(result.Code == 0, $"miyabi {string.Join(' ', arguments)}: {result}");
        return result.Output;
    }

    /// <summary>Trusts the app's key, as a user does who was told its id.</summary>
    internal Task TrustAsync() => SucceedAsync("keys", "trust", "--id", KeyId);

    internal static async Task<CliResult> Tame(Task<CliResult> running)
    {
        var result = await running;
        Assert.DoesNotContain(Apps.Key, result.Output + result.Error);
        return result;
    }

    public async Task InitializeAsync()
    {
        keys = await InstallationKeys.OpenOrCreateAsync(Sandbox["app-home"], default);
        var store = StoreAddress.Parse(Store, _ => null).Open();
        var providers = AgentProviders.Standard(TimeProvider.System);
        engine = EngineOf(Runs(store), store, providers);
        var handlers = new ApiHandlers(new ApiServices
        {
            Runs = Runs(store),
            Store = store,
            Providers = name => providers.TryFind(name, out var provider, out _) ? provider : null,
            ProviderNames = [.. providers.Names],
            KeyId = keys.Signer.KeyId,
            PublicKeyPem = keys.PublicKeyPem,
        });
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        server = builder.Build();
        server.Use((context, next) =>
        {
            if (context.Request.Path == "/api/health" || context.Request.Headers["x-functions-key"] == Apps.Key)
                return next(context);
            context.Response.StatusCode = StatusCodes.Status401Unauthorized; // as the host does: without a body
            return Task.CompletedTask;
        });
        server.MapMiyabiApi(handlers, _ => engine);
        await server.StartAsync();
        Sandbox.Variables["MIYABI_KEY"] = Apps.Key;
    }

    public async Task DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await server!.StopAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // A poll of a command that was ended.
        }

        await server!.DisposeAsync();
        await engine!.DisposeAsync();
        keys!.Dispose();
        Sandbox.Dispose();
    }

    private static EmbeddedEngine EngineOf(OpenRuns runs, IBlobStore store, AgentProviders providers) => new(runs, store, providers);

    // Two processes have no memory of each other's reading.
    private OpenRuns Runs(IBlobStore store) => new(store, new Sealer(keys!.Signer), new TrustList(keys.Trusted), TimeProvider.System);
}
