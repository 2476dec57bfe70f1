using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Miyabi.Testing.Telemetry;

/// <summary>A collector on loopback that takes OTLP over HTTP in protobuf, and keeps the bytes: texts stand in them as they are.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Path, byte[] Body)> requests = new();
    private readonly WebApplication app;

    private OtlpReceiver(WebApplication app) => this.app = app;

    /// <summary>Where it listens.</summary>
    public string Endpoint => app.Urls.Single();

    /// <summary>What an exporter needs to find it, as environment variables or configuration.</summary>
    public Dictionary<string, string> Settings => new(StringComparer.Ordinal)
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Endpoint,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
    };

    /// <summary>Starts one.</summary>
    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(builder.Build());
        receiver.app.Run(receiver.TakeAsync);
        await receiver.app.StartAsync();
        return receiver;
    }

    /// <summary>All that came for a signal: <c>traces</c>, <c>metrics</c>, <c>logs</c>; a character a byte.</summary>
    public string Received(string signal) => string.Concat(requests.Where(request => request.Path == $"/v1/{signal}").Select(request => Encoding.Latin1.GetString(request.Body)));

    /// <summary>All that came.</summary>
    public string Received() => string.Concat(requests.Select(request => Encoding.Latin1.GetString(request.Body)));

    /// <summary>A trace id as it stands in what came.</summary>
    public static string BytesOf(string traceId) => Encoding.Latin1.GetString(Convert.FromHexString(traceId));

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        requests.Enqueue((context.Request.Path, body.ToArray()));
        context.Response.ContentType = "application/x-protobuf";
    }
}
