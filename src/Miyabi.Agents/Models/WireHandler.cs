using System.Net;
using System.Net.Http.Headers;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Models;

/// <summary>Below a provider's client: bounds what comes back, keeps what the client does not tell, and puts tokens in.</summary>
internal sealed class WireHandler : DelegatingHandler
{
    private readonly ModelOptions options;
    private readonly TimeProvider time;

    private WireHandler(ModelOptions options, TimeProvider time, HttpMessageHandler inner)
        : base(inner) => (this.options, this.time) = (options, time);

    /// <summary>A client for one provider: it waits for as long as it is let, follows no redirect (the key would go with it) and keeps no cookie.</summary>
    public static HttpClient NewClient(ModelOptions options, TimeProvider time) => new(new WireHandler(options, time, options.Transport?.Invoke() ?? NewTransport(options)))
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var record = WireRecord.Current ?? new WireRecord();
        record.Secret = options.Credential?.Token is { } token ? await AuthorizeAsync(request, token, cancellationToken) : options.Credential?.Key;
        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            record.Take(response, time.GetUtcNow(), options.Limits.RetryAfterCap);
            var body = new BoundedStream(await response.Content.ReadAsStreamAsync(cancellationToken), record.IsError ? WireRecord.MaxErrorBytes : options.MaxResponseBytes, record);
            response.Content = record.IsError ? await ErrorAsync(body, record, cancellationToken) : Content(new StreamContent(body), response.Content);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static SocketsHttpHandler NewTransport(ModelOptions options) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = options.BaseUrl is not { IsLoopback: true }, // a proxy would see the key of a plain connection
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.All,
        ConnectTimeout = TimeSpan.FromSeconds(30),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };

    private static async Task<string> AuthorizeAsync(HttpRequestMessage request, Func<CancellationToken, ValueTask<string>> token, CancellationToken cancellationToken)
    {
        string bearer;
        try
        {
            bearer = await token(cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new ModelCallException(FailureKind.Unauthorized, $"There is no token to sign in with: {SafeText.Quote(e.Message, 500)}", inner: e);
        }

        request.Headers.Remove("x-api-key");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        return bearer;
    }

    private static async Task<HttpContent> ErrorAsync(BoundedStream body, WireRecord record, CancellationToken cancellationToken)
    {
        using var kept = new MemoryStream();
        try
        {
            await body.CopyToAsync(kept, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // Cut, or endless: the status says enough.
        }

        record.IsTooLarge = false;
        await body.DisposeAsync();
        record.TakeError(kept.ToArray());
        return new ByteArrayContent(kept.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
    }

    private static StreamContent Content(StreamContent content, HttpContent original)
    {
        foreach (var (name, values) in original.Headers.Where(header => !header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)))
            content.Headers.TryAddWithoutValidation(name, values);
        return content;
    }
}
