using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Miyabi.Core.Notifications;
using Miyabi.Core.Plans;

namespace Miyabi.Web.Webhooks;

/// <summary>Delivers webhooks by HTTP, signed after the Standard Webhooks specification. Safe to use from many threads.</summary>
/// <remarks>
/// A connection is made only to an address that was checked (<see cref="CheckedConnection"/>). No redirect is followed, no proxy used, no cookie kept, nothing that is answered
/// unpacked; of an answer only the status and Retry-After are looked at, and nothing of it is kept or shown.
/// </remarks>
public sealed class WebhookSender : IWebhookSender, IDisposable
{
    /// <summary>How a secret is written, for people.</summary>
    public const string SecretForm = "whsec_ and 24 to 64 random bytes in base64, e.g. of: echo whsec_$(openssl rand -base64 32)";

    // Read off an answer so that the connection can be used again; more, and it is closed.
    private const int MaxAnswerBytes = 4 * 1024;
    private const int MaxHeaderKilobytes = 16;
    private const int ConnectionsPerReceiver = 8;
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);

    // Addresses are checked anew after it.
    private static readonly TimeSpan ConnectionTime = TimeSpan.FromMinutes(2);

    private readonly WebhookSettings settings;
    private readonly TimeProvider clock;
    private readonly CheckedConnection connection;
    private readonly HttpClient client;

    /// <summary>Makes a sender; touches nothing yet.</summary>
    public WebhookSender(WebhookSettings settings, TimeProvider clock)
    {
        (this.settings, this.clock) = (settings, clock);
        connection = new CheckedConnection(settings);
        client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = connection.OpenAsync,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxConnectionsPerServer = ConnectionsPerReceiver,
            MaxResponseHeadersLength = MaxHeaderKilobytes,
            MaxResponseDrainSize = MaxAnswerBytes,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            PooledConnectionIdleTimeout = IdleTime,
            PooledConnectionLifetime = ConnectionTime,
            ConnectTimeout = WebhookDelivery.TryTime,
            ActivityHeadersPropagator = null, // strangers need not know how we trace
        })
        {
            Timeout = Timeout.InfiniteTimeSpan, // whoever tries says when to stop
        };
    }

    /// <summary>Whether a text is a secret that messages can be signed with, or several with spaces between.</summary>
    public static bool IsSecret(string text) => SigningSecret.Read(text) is not null;

    /// <inheritdoc/>
    public string? WhyNot(Subscriber subscriber)
    {
        var (_, why) = SecretOf(subscriber);
        return why ?? WhyNot(new Uri(subscriber.Url));
    }

    /// <inheritdoc/>
    public async Task<WebhookAnswer> TryAsync(Webhook webhook, CancellationToken cancellationToken)
    {
        var url = new Uri(webhook.Subscriber.Url);
        var (secret, why) = SecretOf(webhook.Subscriber);
        if ((why ?? WhyNot(url)) is { } refused)
            return new WebhookAnswer(WebhookVerdict.Never, $"was not told: {refused}");
        try
        {
            using var request = RequestOf(webhook, url, secret!);
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return WebhookAnswer.OfStatus((int)response.StatusCode, RetryAfterOf(response));
        }
        catch (HttpRequestException e) when (Find<RefusedAddressException>(e) is { } address)
        {
            return new WebhookAnswer(WebhookVerdict.Never, address.Message);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // Not with its message: what it says of the request and the receiver is not ours to bound.
            return new WebhookAnswer(WebhookVerdict.Later, Find<UnresolvedHostException>(e)?.Message ?? Text((e as HttpRequestException)?.HttpRequestError));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private HttpRequestMessage RequestOf(Webhook webhook, Uri url, SigningSecret secret)
    {
        var timestamp = clock.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ReadOnlyMemoryContent(webhook.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue(new ProductHeaderValue("miyabi")));
        request.Headers.Add("webhook-id", webhook.Id);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("webhook-signature", secret.Sign(webhook.Id, timestamp, webhook.Body.Span));
        return request;
    }

    private (SigningSecret? Secret, string? Why) SecretOf(Subscriber subscriber)
    {
        var setting = settings.SecretSetting(subscriber.Secret);
        if (settings.Secret(subscriber.Secret) is not { Length: > 0 } text)
            return (null, $"The secret {setting} is not set. Make one, and give it to the receiver too: echo whsec_$(openssl rand -base64 32)");
        return SigningSecret.Read(text) is { } secret
            ? (secret, null)
            : (null, $"{setting} is no secret for signing: give {SecretForm}");
    }

    private string? WhyNot(Uri url) => connection.WhyNotLiteral(url.IdnHost)
        ?? (url.Scheme == Uri.UriSchemeHttps || (settings.AllowPrivateAddresses && url.IsLoopback) ? null : "It is not https.");

    private TimeSpan? RetryAfterOf(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } wait } => wait,
        { Date: { } date } => date - clock.GetUtcNow(),
        _ => null,
    };

    private static string Text(HttpRequestError? error) => error switch
    {
        HttpRequestError.NameResolutionError => "has no address",
        HttpRequestError.ConnectionError => "could not be reached",
        HttpRequestError.SecureConnectionError => "has no certificate that is trusted here, or speaks no TLS",
        HttpRequestError.ResponseEnded or HttpRequestError.Unknown => "closed the connection without an answer",
        HttpRequestError.ConfigurationLimitExceeded => "answered more than is read",
        HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError => "gave no HTTP answer",
        _ => "could not be spoken to",
    };

    private static T? Find<T>(Exception? e)
        where T : Exception
    {
        while (e is not null and not T)
            e = e.InnerException;
        return e as T;
    }
}
