using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Miyabi.Agents;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Testing.Agents;
using Miyabi.Testing.Orchestration;
using Miyabi.Testing.Runs;

namespace Miyabi.Web.Tests.Hosting;

/// <summary>What an API of a test is like.</summary>
internal sealed record ApiOptions
{
    internal AgentScript Script { get; init; } = (request, _, _) => ScriptedProvider.SucceedAsync(request);

    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    internal TimeSpan? LongestTask { get; init; }

    internal bool AsksForPrincipal { get; init; }

    internal string DefaultProvider { get; init; } = "scripted";

    internal IBlobStore? Store { get; init; }
}

/// <summary>The API on a real web server at a port of the loopback interface, over a store and an engine in memory. Every answer is held against openapi.json.</summary>
internal sealed class Api : IAsyncDisposable
{
    private static readonly TestKey Key = new();

    private readonly WebApplication app;
    private int ids;

    private Api(ApiOptions options)
    {
        var (clock, store) = (options.Clock, options.Store ?? Store);
        var provider = new ScriptedProvider(options.Script);
        var standard = AgentProviders.Standard(clock);
        IAgentProvider? Find(string name) => name == "scripted" ? provider : standard.TryFind(name, out var found, out _) ? found : null;
        Runs = new OpenRuns(store, new Sealer(Key), Trust, clock);
        OpenRuns AtWork() => new(store, new Sealer(Key), Trust, clock);
        Engine = new InProcessEngine(
            () =>
            {
                var (runs, observer) = (AtWork(), new SilentObserver());
                return (new Advance(runs, clock, observer), new RunTask(runs, name => Find(name)!, clock, () => Interlocked.Increment(ref ids).ToString("x32"), observer));
            },
            clock);
        Services = new ApiServices
        {
            Runs = Runs,
            Store = store,
            Providers = Find,
            ProviderNames = ["command", "scripted", "simulated"],
            KeyId = Key.KeyId,
            PublicKeyPem = "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
            DefaultProviders = Enum.GetValues<AgentKind>().ToImmutableDictionary(kind => kind, _ => options.DefaultProvider),
            LongestTask = options.LongestTask,
            AsksForPrincipal = options.AsksForPrincipal,
            Clock = clock,
        };
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        app = builder.Build();
        app.MapMiyabiApi(new ApiHandlers(Services), _ => Engine);
    }

    internal static TrustList Trust { get; } = new([Key.Trusted]);

    internal DoorStore Store { get; } = new();

    internal InProcessEngine Engine { get; }

    internal ApiServices Services { get; }

    internal OpenRuns Runs { get; }

    internal HttpClient Client { get; private set; } = null!;

    internal Uri Address { get; private set; } = null!;

    /// <summary>What was answered so far: operation and status.</summary>
    internal DescribedHandler Described { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    internal static async Task<Api> StartAsync(ApiOptions? options = null)
    {
        var api = new Api(options ?? new ApiOptions());
        await api.app.StartAsync();
        api.Address = new Uri(api.app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        api.Client = new HttpClient(api.Described) { BaseAddress = new Uri(api.Address, "/api/"), Timeout = TimeSpan.FromMinutes(2) };
        return api;
    }

    internal Task<Reply> GetAsync(string path, string? accept = null) => SendAsync(HttpMethod.Get, path, null, accept);

    internal Task<Reply> PostAsync(string path, string? json = null) => SendAsync(HttpMethod.Post, path, json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"));

    internal async Task<Reply> SendAsync(HttpMethod method, string path, HttpContent? content, string? accept = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (accept is not null)
            request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        using var response = await Client.SendAsync(request);
        return await Reply.OfAsync(response);
    }

    /// <summary>Starts a run of a plan.</summary>
    internal Task<Reply> StartAsync(string id, string plan, string options = "{}") => PostAsync("runs", $$"""{ "runId": "{{id}}", "plan": {{plan}}, "options": {{options}} }""");

    /// <summary>Waits until a run stands so.</summary>
    internal async Task<JsonElement> UntilAsync(string id, Func<JsonElement, bool> stands)
    {
        JsonElement run = default;
        await Until.TrueAsync(async () => (await GetAsync($"runs/{id}")) is { Status: 200 } reply && stands(run = reply.Json), $"{id} stands so");
        return run;
    }

    internal Task<JsonElement> UntilStateAsync(string id, string state) => UntilAsync(id, run => run.GetProperty("state").GetString() == state);

    /// <summary>Starts a run and waits until it has ended.</summary>
    internal async Task<JsonElement> CarryOutAsync(string id, string plan)
    {
        Assert.Equal(202, (await StartAsync(id, plan)).Status);
        return await UntilAsync(id, run => run.GetProperty("hasEnded").GetBoolean());
    }

    public async ValueTask DisposeAsync()
    {
        Store.IsAway = false;
        await Engine.DisposeAsync();
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}

/// <summary>An answer, read whole.</summary>
internal sealed record Reply(int Status, string Type, byte[] Body, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    internal JsonElement Json => JsonDocument.Parse(Body).RootElement;

    internal string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The slug of a problem's type.</summary>
    internal string Problem => Json.GetProperty("type").GetString()!["urn:miyabi:problem:".Length..];

    internal string Detail => Json.GetProperty("detail").GetString()!;

    internal static async Task<Reply> OfAsync(HttpResponseMessage response) => new(
        (int)response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", await response.Content.ReadAsByteArrayAsync(), response.Headers, response.Content.Headers);
}
