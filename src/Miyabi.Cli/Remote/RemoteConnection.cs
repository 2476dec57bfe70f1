using System.Net;
using System.Net.Http.Headers;
using Miyabi.Core.Ledger;

namespace Miyabi.Cli.Remote;

/// <summary>Sends requests to a function app and reads its answers: bounded in size and time, and no redirect followed, which could carry the key elsewhere.</summary>
internal sealed class RemoteConnection : IDisposable
{
    private const int ConnectionsAtOnce = 16;
    private const int ProblemBytes = 1024 * 1024;

    private readonly RemoteAddress address;
    private readonly IReadOnlyList<IRemoteProof> proofs;
    private readonly RemotePatience patience;
    private readonly HttpClient client;
    private volatile bool answered;

    /// <summary>Sends nothing yet.</summary>
    internal RemoteConnection(RemoteAddress address, IReadOnlyList<IRemoteProof> proofs, RemotePatience patience)
    {
        (this.address, this.proofs, this.patience) = (address, proofs, patience);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !address.IsHere, // a proxy would see the key of a plain connection
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = patience.Connect,
            MaxConnectionsPerServer = ConnectionsAtOnce,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        };
        client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("miyabi", null));
        Failure = new RemoteFailure(address, proofs.Count > 0);
    }

    /// <summary>What is said of answers that are none.</summary>
    internal RemoteFailure Failure { get; }

    public void Dispose() => client.Dispose();

    /// <summary>Asks. Tried again when the connection breaks, and when the app asks for that.</summary>
    /// <param name="path">Below the API's address.</param>
    /// <param name="accept">The media type that is wanted.</param>
    /// <param name="maxBytes">How long an answer may be; a longer one is <see cref="StoreFault.TooLarge"/>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="waits">Whether an app that says that it cannot answer now is asked again.</param>
    internal Task<RemoteAnswer> GetAsync(string path, string accept, long maxBytes, CancellationToken cancellationToken, bool waits = true) =>
        SendAsync(() => Request(HttpMethod.Get, path, accept), isRepeatable: true, waits, maxBytes, cancellationToken);

    /// <summary>Asks for something to be done.</summary>
    /// <param name="path">Below the API's address.</param>
    /// <param name="json">The body.</param>
    /// <param name="isRepeatable">Whether twice is the same as once: then it is tried again also when it is not known whether it was done.</param>
    /// <param name="maxBytes">How long an answer may be.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal Task<RemoteAnswer> PostAsync(string path, byte[] json, bool isRepeatable, long maxBytes, CancellationToken cancellationToken) => SendAsync(() =>
    {
        var request = Request(HttpMethod.Post, path, "application/json");
        request.Content = new ByteArrayContent(json);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return request;
    }, isRepeatable, waits: true, maxBytes, cancellationToken);

    private HttpRequestMessage Request(HttpMethod method, string path, string accept)
    {
        var request = new HttpRequestMessage(method, new Uri(address.Api, path));
        request.Headers.TryAddWithoutValidation("Accept", accept == "application/json" ? "application/json, application/problem+json" : $"{accept}, */*;q=0.5");
        return request;
    }

    private async Task<RemoteAnswer> SendAsync(Func<HttpRequestMessage> make, bool isRepeatable, bool waits, long maxBytes, CancellationToken cancellationToken)
    {
        var pause = patience.Pause;
        var repeated = false;
        for (var tries = 1; ; tries++)
        {
            TimeSpan? wanted = null;
            try
            {
                using var request = make();
                foreach (var proof in proofs)
                    await proof.AddToAsync(request, cancellationToken);
                (var answer, wanted) = await TryAsync(request, maxBytes, cancellationToken);
                if (answer.Status is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests) || wanted is null || !waits || tries >= patience.Tries
                    || (!isRepeatable && RemoteProblem.Of(answer).NamesDocument))
                    return answer with { IsRepeated = repeated };
            }
            catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                if (!isRepeatable || !(answered || IsBreak(e)) || tries >= patience.Tries)
                    throw Failure.Unreachable(e, isQuestion: isRepeatable);
            }

            repeated = true;
            var rest = wanted > pause ? wanted.Value : pause;
            await Task.Delay(rest < patience.LongestPause ? rest : patience.LongestPause, cancellationToken);
            pause *= 2;
        }
    }

    // Not: nobody is there, or nobody says a word. Who has never answered is given up at once.
    private static bool IsBreak(Exception e) => e is IOException
        or HttpRequestException { HttpRequestError: not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError) };

    private async Task<(RemoteAnswer Answer, TimeSpan? RetryAfter)> TryAsync(HttpRequestMessage request, long maxBytes, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience.Answer);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        answered = true;
        var success = response.IsSuccessStatusCode;
        var content = await ReadAsync(response, success ? maxBytes : Math.Min(maxBytes, ProblemBytes), success, limit);
        var wanted = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - DateTimeOffset.UtcNow,
            _ => (TimeSpan?)null,
        };
        var answer = new RemoteAnswer(
            response.StatusCode, response.Content.Headers.ContentType?.MediaType ?? "", content, response.Headers.Location?.OriginalString ?? "");
        return (answer, wanted);
    }

    // What is too long is refused of an answer, and cut of an error: that one is only to be told.
    private async Task<byte[]> ReadAsync(HttpResponseMessage response, long maxBytes, bool isWhole, CancellationTokenSource limit)
    {
        if (isWhole && response.Content.Headers.ContentLength > maxBytes)
            throw Failure.TooLarge(maxBytes);
        var begun = TimeProvider.System.GetTimestamp();
        limit.CancelAfter(patience.Content);
        await using var stream = await response.Content.ReadAsStreamAsync(limit.Token);
        using var content = new MemoryStream();
        var buffer = new byte[81920];
        int read;
        while ((read = await stream.ReadAsync(buffer, limit.Token)) > 0)
        {
            if (content.Length + read > maxBytes)
                return isWhole ? throw Failure.TooLarge(maxBytes) : content.ToArray();
            content.Write(buffer, 0, read);
            // Who sends a byte now and then is waited for no longer than who sends nothing.
            var rest = patience.Content + TimeSpan.FromSeconds(content.Length / patience.BytesPerSecond) - TimeProvider.System.GetElapsedTime(begun);
            limit.CancelAfter(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
        }

        return content.ToArray();
    }
}
