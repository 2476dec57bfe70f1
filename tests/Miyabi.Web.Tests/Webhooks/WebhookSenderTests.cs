using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using Miyabi.Core.Notifications;
using Miyabi.Core.Plans;
using Miyabi.Testing.Agents;
using Miyabi.Testing.Notifications;
using Miyabi.Testing.Orchestration;
using Miyabi.Web.Webhooks;

namespace Miyabi.Web.Tests.Webhooks;

/// <summary>Deliveries to a real server on this machine.</summary>
public sealed class WebhookSenderTests
{
    private readonly ManualClock clock = new();

    [Fact]
    public async Task Try_Receiver_GetsTheBodySignedAndNothingElse()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        using var sender = Senders.Settings(allow: true).Open(clock);

        var answer = await sender.TryAsync(Senders.Message(receiver.Url + "/hook?a=b", body: "{\"ü\": 1}"), default);

        Assert.Equal(new WebhookAnswer(WebhookVerdict.Delivered, "answered 204"), answer);
        var received = Assert.Single(receiver.Received);
        Assert.True(received.IsSignedWith(Senders.Secret));
        Assert.Equal(("POST", "/hook", "{\"ü\": 1}"), (received.Method, received.Path, Encoding.UTF8.GetString(received.Body)));
        Assert.Equal(("msg_0123", $"{clock.GetUtcNow().ToUnixTimeSeconds()}"), (received.Headers["webhook-id"], received.Headers["webhook-timestamp"]));
        Assert.Equal(
            ["content-length", "content-type", "host", "user-agent", "webhook-id", "webhook-signature", "webhook-timestamp"],
            received.Headers.Keys.Select(name => name.ToLowerInvariant()).Order(StringComparer.Ordinal));
        Assert.Equal(("application/json", "miyabi"), (received.Headers["content-type"], received.Headers["user-agent"]));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Try_Redirect_IsNotFollowed(int status)
    {
        await using var target = await WebhookReceiver.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync((_, context) =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = target.Url;
            return Task.CompletedTask;
        });
        using var sender = Senders.Settings(allow: true).Open();

        var answer = await sender.TryAsync(Senders.Message(receiver.Url), default);

        Assert.Equal(WebhookVerdict.Never, answer.Verdict);
        Assert.Empty(target.Received);
    }

    [Fact]
    public async Task Deliver_ReceiverThatFailsTwice_IsToldAtTheThirdTry_EachSignedAnew()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Statuses(500, 502, 200));

        var outcome = await DeliverAsync(receiver);

        Assert.Equal(new WebhookOutcome(true, 3, "answered 200"), outcome);
        Assert.Equal(3, receiver.Received.Count);
        Assert.Single(receiver.Received.Select(received => received.Headers["webhook-id"]).Distinct());
        Assert.NotEqual(receiver.Received[0].Headers["webhook-timestamp"], receiver.Received[2].Headers["webhook-timestamp"]);
        Assert.All(receiver.Received, received => Assert.True(received.IsSignedWith(Senders.Secret)));
    }

    [Theory]
    [InlineData("17", 17)]
    [InlineData("Thu, 01 Jan 2026 00:00:20 GMT", 20)]
    [InlineData("999999", 30)]
    [InlineData("soon", 1)]
    public async Task Deliver_RetryAfter_IsKeptToAsFarAsItGoes(string header, int seconds)
    {
        await using var receiver = await WebhookReceiver.StartAsync((n, context) =>
        {
            context.Response.StatusCode = n == 1 ? 429 : 200;
            context.Response.Headers.RetryAfter = header;
            return Task.CompletedTask;
        });
        var begun = clock.GetUtcNow();

        Assert.True((await DeliverAsync(receiver)).Delivered);

        Assert.InRange((clock.GetUtcNow() - begun).TotalSeconds, seconds * 0.8, seconds);
    }

    [Fact]
    public async Task Deliver_ReceiverThatDoesNotAnswer_IsGivenUpAfterTenSeconds()
    {
        await using var receiver = await WebhookReceiver.StartAsync(async (n, context) =>
        {
            if (n == 1)
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var sender = Senders.Settings(allow: true).Open(clock);
        var sending = new WebhookDelivery(sender, clock).DeliverAsync(Senders.Message(receiver.Url), default);

        await Until.TrueAsync(() => receiver.Received.Count == 1, "it has the first try");
        clock.Advance(WebhookDelivery.TryTime);
        await Until.TrueAsync(() => NextWait() is not null, "the delivery waits");
        clock.Advance(WebhookDelivery.FirstWait);

        Assert.Equal((true, 2), await sending is var outcome ? (outcome.Delivered, outcome.Tries) : default);
    }

    [Fact]
    public async Task Try_ReceiverThatClosesTheConnection_IsToldLater()
    {
        await using var receiver = await WebhookReceiver.StartAsync((_, context) =>
        {
            context.Abort();
            return Task.CompletedTask;
        });
        using var sender = Senders.Settings(allow: true).Open();

        var answer = await sender.TryAsync(Senders.Message(receiver.Url + "/token"), default);

        Assert.Equal(new WebhookAnswer(WebhookVerdict.Later, "closed the connection without an answer"), answer);
    }

    [Fact]
    public async Task Try_ReceiverThatAnswersWithoutEnd_IsToldAndLeft()
    {
        var left = new TaskCompletionSource();
        await using var receiver = await WebhookReceiver.StartAsync(async (_, context) =>
        {
            context.Response.StatusCode = 200;
            var block = new byte[65536];
            try
            {
                while (true)
                    await context.Response.Body.WriteAsync(block, context.RequestAborted);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                left.SetResult();
            }
        });
        using var sender = Senders.Settings(allow: true).Open();

        Assert.Equal(WebhookVerdict.Delivered, (await sender.TryAsync(Senders.Message(receiver.Url), default)).Verdict);

        await left.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Try_NobodyListens_IsToldLater()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound, and not listening
        using var sender = Senders.Settings(allow: true).Open();

        var answer = await sender.TryAsync(Senders.Message($"http://127.0.0.1:{((IPEndPoint)taken.LocalEndPoint!).Port}/"), default);

        Assert.Equal(new WebhookAnswer(WebhookVerdict.Later, "could not be reached"), answer);
    }

    [Fact]
    public async Task Try_CertificateThatNobodyTrusts_IsToldNothing()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync();
        using var sender = Senders.Settings(allow: true).Open();

        var answer = await sender.TryAsync(Senders.Message($"https://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/"), default);

        Assert.Equal(new WebhookAnswer(WebhookVerdict.Later, "has no certificate that is trusted here, or speaks no TLS"), answer);
        Assert.Equal(0, await serving);

        // How many bytes of a request came through.
        async Task<int> ServeAsync()
        {
            using var client = await listener.AcceptTcpClientAsync();
            await using var tls = new SslStream(client.GetStream());
            try
            {
                await tls.AuthenticateAsServerAsync(certificate);
                return await tls.ReadAsync(new byte[1]);
            }
            catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
            {
                return 0;
            }
        }
    }

    [Fact]
    public async Task SecretThatIsMissing_NamesItsSetting()
    {
        using var sender = Senders.Settings(allow: true).Open();
        var message = Senders.Message("http://127.0.0.1:1/", secret: "OTHER");

        Assert.StartsWith("The secret SECRET_OTHER is not set.", sender.WhyNot(message.Subscriber), StringComparison.Ordinal);

        var answer = await sender.TryAsync(message, default);
        Assert.Equal(WebhookVerdict.Never, answer.Verdict);
        Assert.Contains("SECRET_OTHER", answer.Text);
    }

    [Fact]
    public void SecretThatIsNone_IsNotShown()
    {
        using var sender = (Senders.Settings(allow: true) with { Secret = _ => "hunter2hunter2" }).Open();

        var why = sender.WhyNot(new Subscriber { Url = "https://a.example", Secret = "HOOK" })!;

        Assert.StartsWith("SECRET_HOOK is no secret for signing", why, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", why);
    }

    private async Task<WebhookOutcome> DeliverAsync(WebhookReceiver receiver)
    {
        using var sender = Senders.Settings(allow: true).Open(clock);
        var sending = new WebhookDelivery(sender, clock).DeliverAsync(Senders.Message(receiver.Url), default);
        while (true)
        {
            await Until.TrueAsync(() => sending.IsCompleted || NextWait() is not null, "the delivery waits or has ended");
            if (sending.IsCompleted)
                return await sending;
            clock.AdvanceTo(NextWait()!.Value);
        }
    }

    // A try under way has a timer too, of just the time that a try may take.
    private DateTimeOffset? NextWait() =>
        clock.NextDue is { } due && due - clock.GetUtcNow() is var wait && wait > TimeSpan.Zero && wait != WebhookDelivery.TryTime ? due : null;

    private static Func<int, HttpContext, Task> Statuses(params int[] statuses) => (n, context) =>
    {
        context.Response.StatusCode = statuses[n - 1];
        return Task.CompletedTask;
    };
}
