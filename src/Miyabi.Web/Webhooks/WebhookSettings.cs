using System.Net;
using System.Net.Sockets;

namespace Miyabi.Web.Webhooks;

/// <summary>What delivering webhooks needs of a configuration.</summary>
public sealed record WebhookSettings
{
    /// <summary>The value of a secret by its name; <see langword="null"/> or empty: there is none. Asked at every delivery, so a changed secret holds from then on.</summary>
    public required Func<string, string?> Secret { get; init; }

    /// <summary>How the setting of a secret is called, for people: <c>MIYABI_SECRET_NAME</c>.</summary>
    public required Func<string, string> SecretSetting { get; init; }

    /// <summary>Receivers may be on this machine and in private networks, and by http on this machine. Default: no.</summary>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>How that setting is called, for people.</summary>
    public required string AllowSetting { get; init; }

    /// <summary>Finds the addresses of a host; the system's resolver unless a test says otherwise.</summary>
    internal Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>Connects to an address that was checked.</summary>
    internal Func<IPEndPoint, CancellationToken, Task<Stream>> Connect { get; init; } = ConnectAsync;

    private static async Task<Stream> ConnectAsync(IPEndPoint to, CancellationToken cancellationToken)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(to, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
