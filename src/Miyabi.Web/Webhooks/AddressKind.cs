using System.Net;
using System.Net.Sockets;

namespace Miyabi.Web.Webhooks;

/// <summary>Whether a receiver may be at an address.</summary>
internal enum AddressKind
{
    /// <summary>Anybody's, out there.</summary>
    Public,

    /// <summary>This machine's, its network's, its cloud's: what others could not reach and the sender could. Only if the configuration allows it.</summary>
    Private,

    /// <summary>No single machine's: never.</summary>
    Never,
}

/// <summary>Tells addresses apart.</summary>
/// <remarks>
/// After the special-purpose registries of IANA (RFC 6890 and what has come since). An IPv6 address in which an IPv4 address is wrapped is what the wrapped one is:
/// the network unwraps it. Of IPv6 only 2000::/3 is given out; everything else is no public address.
/// </remarks>
internal static class AddressKinds
{
    private static readonly AddressRange[] NoMachine = Ranges("0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128", "ff00::/8");

    // 168.63.129.16 looks public, and is the platform itself to every machine in Azure.
    private static readonly AddressRange[] NotPublic = Ranges(
        "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "2001::/23", "2001:db8::/32", "3fff::/20");

    private static readonly AddressRange GivenOut = AddressRange.Parse("2000::/3");

    // Where the wrapped address begins, in bytes.
    private static readonly (AddressRange Range, int At)[] Wrapping =
    [
        (AddressRange.Parse("::ffff:0:0/96"), 12), (AddressRange.Parse("::ffff:0:0:0/96"), 12), (AddressRange.Parse("64:ff9b::/96"), 12), (AddressRange.Parse("2002::/16"), 2),
    ];

    /// <summary>What an address is.</summary>
    internal static AddressKind KindOf(IPAddress address)
    {
        if (address.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
            return AddressKind.Never;
        var bytes = address.GetAddressBytes();
        foreach (var (range, at) in Wrapping)
        {
            if (range.Contains(bytes))
                return KindOf(new IPAddress(bytes.AsSpan(at, 4)));
        }

        if (NoMachine.Any(range => range.Contains(bytes)))
            return AddressKind.Never;
        return NotPublic.Any(range => range.Contains(bytes)) || (bytes.Length == 16 && !GivenOut.Contains(bytes)) ? AddressKind.Private : AddressKind.Public;
    }

    private static AddressRange[] Ranges(params string[] ranges) => [.. ranges.Select(AddressRange.Parse)];
}

/// <summary>Addresses of one family that begin with the same bits.</summary>
/// <remarks>By hand: with <see cref="IPNetwork"/> of .NET 10.0, ::ffff:10.0.0.1 came out as a public address.</remarks>
/// <param name="start">The first of them.</param>
/// <param name="bits">How many bits are the same.</param>
internal sealed class AddressRange(byte[] start, int bits)
{
    internal static AddressRange Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return new AddressRange(IPAddress.Parse(text.AsSpan(0, slash)).GetAddressBytes(), int.Parse(text.AsSpan(slash + 1)));
    }

    internal bool Contains(ReadOnlySpan<byte> address)
    {
        if (address.Length != start.Length || !address[..(bits / 8)].SequenceEqual(start.AsSpan(0, bits / 8)))
            return false;
        var rest = bits % 8;
        return rest == 0 || (address[bits / 8] ^ start[bits / 8]) >> (8 - rest) == 0;
    }
}
