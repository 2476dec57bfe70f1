using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Miyabi.Testing.Notifications;

/// <summary>A real server on this machine that receives webhooks, and answers as a test says.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<ReceivedWebhook> received = new();

    private WebhookReceiver(WebApplication app) => this.app = app;

    /// <summary>Where it listens: <c>http://127.0.0.1:PORT</c>.</summary>
    public string Url => app.Urls.Single();

    /// <summary>Its port.</summary>
    public int Port => new Uri(Url).Port;

    /// <summary>What it has received, in order.</summary>
    public IReadOnlyList<ReceivedWebhook> Received => [.. received];

    /// <summary>Starts one.</summary>
    /// <param name="answer">Answers the n-th request, from 1; 204 unless said.</param>
    public static async Task<WebhookReceiver> StartAsync(Func<int, HttpContext, Task>? answer = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new WebhookReceiver(builder.Build());
        receiver.app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            receiver.received.Enqueue(new ReceivedWebhook(
                context.Request.Method,
                context.Request.Path,
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                body.ToArray()));
            context.Response.StatusCode = 204;
            if (answer is not null)
                await answer(receiver.received.Count, context);
        });
        await receiver.app.StartAsync();
        return receiver;
    }

    /// <summary>Stops it, and whatever it is about to answer.</summary>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }
}

/// <summary>What a receiver was sent.</summary>
public sealed record ReceivedWebhook(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>Whether its signature is that of a secret: computed here, byte for byte, as receivers do.</summary>
    public bool IsSignedWith(string secret)
    {
        using var hmac = new HMACSHA256(Convert.FromBase64String(secret["whsec_".Length..]));
        hmac.TransformBlock(Encoding.ASCII.GetBytes(Headers["webhook-id"] + "." + Headers["webhook-timestamp"] + "."), 0, Headers["webhook-id"].Length + Headers["webhook-timestamp"].Length + 2, null, 0);
        hmac.TransformFinalBlock(Body, 0, Body.Length);
        return Headers["webhook-signature"].Split(' ').Contains("v1," + Convert.ToBase64String(hmac.Hash!));
    }
}
