using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Miyabi.Wire;

/// <summary>A provider's API on a port of this machine, which behaves as it is told.</summary>
public abstract class WireServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<WireScenario> next = new();
    private readonly ConcurrentQueue<WireRequest> received = new();
    private readonly ConcurrentQueue<WireRequest> answered = new();
    private WebApplication? app;
    private int open;

    /// <summary>Input tokens of every call.</summary>
    public const int InputTokens = 1_000;

    /// <summary>Input tokens of every call that the provider had in its cache, in addition.</summary>
    public const int CachedTokens = 200;

    /// <summary>Output tokens of every whole answer.</summary>
    public const int OutputTokens = 300;

    /// <summary>What is given to a client as its base URL.</summary>
    public abstract string Url { get; }

    /// <summary>What calls for which nothing else was said come to.</summary>
    public WireScenario Usual { get; set; } = WireScenario.Success;

    /// <summary>Set when a client has seen that an answer has begun, by tests that have a connection dropped in its middle; until then the server waits.</summary>
    public TaskCompletionSource IsHalfway { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Decides by the call, after <see cref="Next"/> and in place of <see cref="Usual"/>.</summary>
    public Func<WireRequest, WireScenario>? Decide { get; set; }

    /// <summary>The text of a whole answer.</summary>
    public Func<WireRequest, string> Answer { get; set; } = ModelAnswers.Obedient;

    /// <summary>The calls that came in, in order.</summary>
    public IReadOnlyList<WireRequest> Received => [.. received];

    /// <summary>
    /// The calls that are paid: a whole answer was given, with its usage, whoever has read it. In the order of their ends; complete as soon as <see cref="Open"/> is 0.
    /// </summary>
    public IReadOnlyList<WireRequest> Answered => [.. answered];

    /// <summary>Calls that are being answered.</summary>
    public int Open => Volatile.Read(ref open);

    /// <summary>The address of the server.</summary>
    protected string Root { get; private set; } = "";

    /// <summary>Says what the next calls come to, in the order of their coming.</summary>
    public void Next(params WireScenario[] scenarios)
    {
        foreach (var scenario in scenarios)
            next.Enqueue(scenario);
    }

    /// <summary>Stops answering, and forgets everything.</summary>
    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Begins to listen, on a free port.</summary>
    protected async Task ListenAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.WebHost.ConfigureKestrel(options => options.Limits.MinResponseDataRate = null);
        app = builder.Build();
        app.Run(TakeAsync);
        await app.StartAsync();
        Root = app.Urls.Single();
    }

    /// <summary>The models that questions after models find, by id.</summary>
    public HashSet<string> Models { get; } = new(StringComparer.Ordinal);

    /// <summary>What the API says of a model.</summary>
    protected abstract string ModelJson(string id);

    /// <summary>Reads a call.</summary>
    protected abstract WireRequest Read(HttpRequest request, JsonElement body);

    /// <summary>Answers it.</summary>
    protected abstract Task AnswerAsync(HttpContext context, WireRequest request, WireScenario scenario);

    /// <summary>Answers with JSON.</summary>
    protected static async Task JsonAsync(HttpContext context, int status, string json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(json, context.RequestAborted);
    }

    /// <summary>Answers with a page.</summary>
    protected static async Task PageAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html";
        await context.Response.WriteAsync("<html><body>Something is wrong.</body></html>", context.RequestAborted);
    }

    /// <summary>Waits until the caller hangs up.</summary>
    protected static Task HangAsync(HttpContext context) => Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted);

    private async Task TakeAsync(HttpContext context)
    {
        Interlocked.Increment(ref open);
        try
        {
            if (HttpMethods.IsGet(context.Request.Method))
            {
                var id = Uri.UnescapeDataString(context.Request.Path.Value!.Split('/')[^1]);
                if (Usual == WireScenario.Unauthorized)
                    await JsonAsync(context, 401, """{ "error": { "type": "authentication_error", "code": "invalid_api_key", "message": "no such key" } }""");
                else if (Models.Contains(id))
                    await JsonAsync(context, 200, ModelJson(id));
                else
                    await JsonAsync(context, 404, """{ "error": { "type": "not_found_error", "code": "model_not_found", "message": "no such model" } }""");
                return;
            }

            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            var request = Read(context.Request, body.RootElement.Clone());
            received.Enqueue(request);
            if (!next.TryDequeue(out var scenario))
                scenario = Decide?.Invoke(request) ?? Usual;
            await AnswerAsync(context, request, scenario);
            if (scenario is WireScenario.Success or WireScenario.NoJson or WireScenario.SchemaNotMet)
                answered.Enqueue(request);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // The caller hung up.
        }
        finally
        {
            Interlocked.Decrement(ref open);
        }
    }
}
