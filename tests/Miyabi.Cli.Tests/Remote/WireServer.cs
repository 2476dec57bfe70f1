using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Miyabi.Cli.Tests.Remote;

/// <summary>A real server on this machine that answers what a test wants.</summary>
internal sealed class WireServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private WireServer(WebApplication app) => this.app = app;

    /// <summary>Its address.</summary>
    public string Url => app.Urls.Single();

    /// <summary>The requests so far: method, path with query, and the key that they showed.</summary>
    public ConcurrentQueue<(string Method, string Path, string Key)> Requests { get; } = new();

    /// <summary>Starts one.</summary>
    public static async Task<WireServer> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(options => options.Limits.MaxRequestBodySize = 64 * 1024 * 1024);
        var built = builder.Build();
        var server = new WireServer(built);
        built.Run(context =>
        {
            server.Requests.Enqueue((context.Request.Method, $"{context.Request.Path}{context.Request.QueryString}", context.Request.Headers["x-functions-key"].ToString()));
            return answer(context);
        });
        await built.StartAsync();
        return server;
    }

    /// <summary>One that answers everything alike.</summary>
    public static Task<WireServer> StartAsync(int status, string type, string content) => StartAsync(context => WriteAsync(context, status, type, content));

    /// <summary>Answers.</summary>
    public static Task WriteAsync(HttpContext context, int status, string type, string content)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(content);
    }

    /// <summary>Answers with JSON.</summary>
    public static Task JsonAsync(HttpContext context, string content) => WriteAsync(context, 200, "application/json", content);

    /// <summary>Answers with a problem.</summary>
    public static Task ProblemAsync(HttpContext context, int status, string detail) => WriteAsync(
        context, status, "application/problem+json", string.Create(CultureInfo.InvariantCulture, $$"""{ "title": "No", "status": {{status}}, "detail": {{System.Text.Json.JsonSerializer.Serialize(detail)}} }"""));

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await app.StopAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            // A request that never ends is what some tests are about.
        }

        await app.DisposeAsync();
    }
}
