using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Miyabi.Web.Webhooks;

/// <summary>Connects to a host only if every address that it has now is allowed, and to no other address than those: what a name means later does not matter.</summary>
/// <param name="settings">What is allowed.</param>
internal sealed class CheckedConnection(WebhookSettings settings)
{
    // Of a name's addresses, those that are tried.
    private const int MaxAddresses = 4;

    /// <summary>Connects.</summary>
    /// <exception cref="RefusedAddressException">The host has an address that is not allowed.</exception>
    /// <exception cref="UnresolvedHostException">The host has no address.</exception>
    /// <exception cref="IOException">None of its addresses could be reached.</exception>
    internal async ValueTask<Stream> OpenAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = await AddressesAsync(host, cancellationToken);
        // One that is not allowed spoils all: a name that has both is no honest receiver's.
        if (addresses.FirstOrDefault(address => WhyNot(address) is not null) is { } refused)
            throw new RefusedAddressException($"has the address {refused}, {WhyNot(refused)}");
        for (var i = 0; ; i++)
        {
            try
            {
                return await settings.Connect(new IPEndPoint(addresses[i], port), cancellationToken);
            }
            catch (Exception e) when (e is SocketException or IOException && i + 1 < Math.Min(addresses.Length, MaxAddresses))
            {
                // Perhaps the next.
            }
        }
    }

    /// <summary>Why a host that is written as an address is refused; <see langword="null"/>: it is not, or it is a name.</summary>
    internal string? WhyNotLiteral(string host) =>
        IPAddress.TryParse(host, out var address) && WhyNot(address) is { } why ? $"It is the address {address}, {why}"
        : host.TrimEnd('.').Equals("localhost", StringComparison.OrdinalIgnoreCase) && !settings.AllowPrivateAddresses ? $"It is this machine, {Cure}"
        : null;

    private string Cure => string.Create(CultureInfo.InvariantCulture, $"which is refused unless {settings.AllowSetting} is true.");

    private string? WhyNot(IPAddress address) => AddressKinds.KindOf(address) switch
    {
        AddressKind.Public => null,
        AddressKind.Private => settings.AllowPrivateAddresses ? null : Cure,
        _ => "which is no machine's.",
    };

    private async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var literal))
            return [literal];
        try
        {
            if (await settings.Resolve(host, cancellationToken) is { Length: > 0 } found)
                return found;
        }
        catch (SocketException)
        {
            // The same as none.
        }

        throw new UnresolvedHostException();
    }
}

/// <summary>A receiver is at an address that is not allowed.</summary>
internal sealed class RefusedAddressException(string message) : IOException(message);

/// <summary>A receiver's name has no address.</summary>
internal sealed class UnresolvedHostException() : IOException("has no address");
