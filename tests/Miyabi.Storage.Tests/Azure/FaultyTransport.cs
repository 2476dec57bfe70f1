namespace Miyabi.Storage.Tests.Azure;

/// <summary>The way to a store, on which requests and answers can be lost or changed. The requests themselves are real.</summary>
internal sealed class FaultyTransport() : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
{
    private int requests;
    private int failures;

    /// <summary>Answers in the store's place, or throws; <see langword="null"/>: the request goes on its way. Gets the request's number, from 1.</summary>
    public Func<HttpRequestMessage, int, HttpResponseMessage?>? Before { get; set; }

    /// <summary>Sees the store's answer to a request, and may change it, or throw: then it is lost.</summary>
    public Func<HttpRequestMessage, int, HttpResponseMessage, Task>? After { get; set; }

    /// <summary>How many requests were made.</summary>
    public int Requests => requests;

    /// <summary>How many of them came to no answer by themselves.</summary>
    public int Failures => failures;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref requests);
        if (Before?.Invoke(request, number) is { } instead)
            return instead;
        HttpResponseMessage answer;
        try
        {
            answer = await base.SendAsync(request, cancellationToken);
        }
        catch
        {
            Interlocked.Increment(ref failures);
            throw;
        }

        if (After is not null)
            await After(request, number, answer);
        return answer;
    }
}
