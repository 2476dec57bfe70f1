using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Miyabi.Testing.Telemetry;

/// <summary>A collector on loopback that takes OTLP over HTTP in protobuf, and keeps the bytes: texts stand in them as they are.</summary>
/// <remarks>By HttpListener: a web server's framework here would be taken for the command's own, which has none.</remarks>
public sealed class OtlpReceiver : IDisposable
{
    private const int Attempts = 100;

    private readonly ConcurrentQueue<(string Path, byte[] Body)> requests = new();
    private readonly HttpListener listener;
    private readonly Task taking;

    /// <summary>Starts one.</summary>
    public OtlpReceiver()
    {
        (listener, Endpoint) = Listen();
        taking = TakeAsync();
    }

    /// <summary>Where it listens.</summary>
    public string Endpoint { get; }

    /// <summary>What an exporter needs to find it, as environment variables or configuration.</summary>
    public Dictionary<string, string> Settings => new(StringComparer.Ordinal)
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Endpoint,
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
    };

    /// <summary>All that came for a signal: <c>traces</c>, <c>metrics</c>, <c>logs</c>; a character a byte.</summary>
    public string Received(string signal) => string.Concat(requests.Where(request => request.Path == $"/v1/{signal}").Select(request => Encoding.Latin1.GetString(request.Body)));

    /// <summary>All that came.</summary>
    public string Received() => string.Concat(requests.Select(request => Encoding.Latin1.GetString(request.Body)));

    /// <summary>A trace id as it stands in what came.</summary>
    public static string BytesOf(string traceId) => Encoding.Latin1.GetString(Convert.FromHexString(traceId));

    public void Dispose()
    {
        listener.Close();
        taking.GetAwaiter().GetResult();
    }

    // A listener cannot ask the system for a free port: one that is taken is not opened, and another is tried.
    private static (HttpListener Listener, string Endpoint) Listen()
    {
        for (var attempt = 1; ; attempt++)
        {
            var endpoint = $"http://127.0.0.1:{Random.Shared.Next(20_000, 30_000)}/";
            var opened = new HttpListener();
            opened.Prefixes.Add(endpoint);
            try
            {
                opened.Start();
                return (opened, endpoint);
            }
            catch (HttpListenerException) when (attempt < Attempts)
            {
                opened.Close();
            }
        }
    }

    private async Task TakeAsync()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                requests.Enqueue((context.Request.Url!.AbsolutePath, body.ToArray()));
                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }
    }
}
