using System.Net;
using System.Net.Sockets;
using Miyabi.Core.Notifications;
using Miyabi.Core.Plans;
using Miyabi.Testing.Notifications;
using Miyabi.Web.Webhooks;

namespace Miyabi.Web.Tests.Webhooks;

/// <summary>Where nothing is sent: this machine and its networks, by whatever name.</summary>
public sealed class RefusedAddressTests
{
    // No test connects out there: whoever would, is given this machine.
    private const string Out = "1.2.3.4";

    [Theory]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://127.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f.0.0.1/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://localhost/")]
    [InlineData("https://LOCALHOST./")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://10.1.2.3:8443/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:10.0.0.1]/")]
    [InlineData("https://[64:ff9b::a00:1]/")]
    [InlineData("https://[fe80::1]/")]
    [InlineData("https://[fd00::1]/")]
    [InlineData("https://0.0.0.0/")]
    [InlineData("http://127.0.0.1/")]
    public async Task AddressInTheUrl_IsRefusedAtOnceAndAtDelivery(string url)
    {
        var connected = 0;
        using var sender = (Senders.Settings(allow: false) with { Connect = (_, _) => throw new InvalidOperationException($"connects, {++connected}") }).Open();

        Assert.NotNull(sender.WhyNot(new Subscriber { Url = url, Secret = "HOOK" }));
        Assert.Equal(WebhookVerdict.Never, (await sender.TryAsync(Senders.Message(url), default)).Verdict);
        Assert.Equal(0, connected);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("::1")]
    [InlineData("::ffff:192.168.0.1")]
    [InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("2002:7f00:1::")]
    [InlineData("fe80::1")]
    [InlineData("0.0.0.0")]
    [InlineData(Out, "10.0.0.1")]
    public async Task NameOfSuchAnAddress_IsRefused_AndSaysWhatWouldAllowIt(params string[] addresses)
    {
        var connected = 0;
        using var sender = (Senders.Settings(allow: false).Resolving(_ => addresses) with { Connect = (_, _) => throw new InvalidOperationException($"connects, {++connected}") }).Open();

        var answer = await sender.TryAsync(Senders.Message("https://inside.example/token"), default);

        Assert.Equal(WebhookVerdict.Never, answer.Verdict);
        Assert.Contains(addresses[0] == "0.0.0.0" ? "no machine's" : "ALLOW_PRIVATE", answer.Text);
        Assert.Equal(0, connected);
    }

    [Fact]
    public async Task NameThatMeansAnotherAddressLater_IsAskedOnce_AndCheckedForEachConnection()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var (asked, connected) = (0, new List<IPEndPoint>());
        // Out there when it is first asked for; inside ever after.
        using var sender = (Senders.Settings(allow: false).Resolving(_ => [asked++ == 0 ? Out : "127.0.0.1"]) with
        {
            Connect = async (to, token) =>
            {
                connected.Add(to);
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, receiver.Port, token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        }).Open();

        // It speaks no TLS: the connection ends there, and the next try needs one of its own.
        var first = await sender.TryAsync(Senders.Message("https://rebinding.example:8443/"), default);
        var second = await sender.TryAsync(Senders.Message("https://rebinding.example:8443/"), default);

        Assert.Equal((WebhookVerdict.Later, WebhookVerdict.Never), (first.Verdict, second.Verdict));
        Assert.Contains("127.0.0.1", second.Text);
        Assert.Equal([new IPEndPoint(IPAddress.Parse(Out), 8443)], connected);
        Assert.Equal(2, asked);
        Assert.Empty(receiver.Received);
    }

    [Fact]
    public async Task NameWithoutAddress_IsToldLater()
    {
        using var sender = (Senders.Settings(allow: false) with { Resolve = (_, _) => throw new SocketException((int)SocketError.HostNotFound) }).Open();

        Assert.Equal(new WebhookAnswer(WebhookVerdict.Later, "has no address"), await sender.TryAsync(Senders.Message("https://nowhere.example/"), default));
    }

    [Fact]
    public async Task SecondAddress_IsTriedWhenTheFirstCannotBeReached()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        using var sender = Senders.Settings(allow: true).Resolving(_ => ["127.0.0.2", "127.0.0.1"]).Open();

        // Only the name is made up: http is for this machine.
        var answer = await sender.TryAsync(Senders.Message($"http://localhost:{receiver.Port}/"), default);

        Assert.Equal(WebhookVerdict.Delivered, answer.Verdict);
    }

    [Fact]
    public void HttpToElsewhere_IsRefused_EvenWhenPrivateAddressesAreAllowed()
    {
        using var sender = Senders.Settings(allow: true).Open();

        Assert.Equal("It is not https.", sender.WhyNot(new Subscriber { Url = "http://10.0.0.1/", Secret = "HOOK" }));
    }
}
