using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Miyabi.Web.Webhooks;

/// <summary>A secret that messages are signed with, after the Standard Webhooks specification 1.0.0.</summary>
/// <remarks>
/// Written <c>whsec_</c> and 24 to 64 bytes in base64. Several with a space between sign each message several times, so that a receiver can change from one to the next without
/// missing any.
/// </remarks>
internal sealed class SigningSecret
{
    private const string Prefix = "whsec_";
    private const int MinBytes = 24;
    private const int MaxBytes = 64;
    private const int MaxKeys = 3;

    private readonly List<byte[]> keys;

    private SigningSecret(List<byte[]> keys) => this.keys = keys;

    /// <summary>Reads a secret as it is configured.</summary>
    /// <returns><see langword="null"/>: it is none.</returns>
    internal static SigningSecret? Read(string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var read = parts.Select(Key).OfType<byte[]>().ToList();
        return read.Count == parts.Length && read.Count is >= 1 and <= MaxKeys ? new SigningSecret(read) : null;
    }

    /// <summary>The value of the header <c>webhook-signature</c>.</summary>
    /// <param name="id">The message's id; without a dot.</param>
    /// <param name="timestamp">When it is sent, in seconds of Unix time.</param>
    /// <param name="body">What is sent.</param>
    internal string Sign(string id, long timestamp, ReadOnlySpan<byte> body)
    {
        byte[] content = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")), .. body];
        return string.Join(' ', keys.Select(key => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, content))}"));
    }

    private static byte[]? Key(string text)
    {
        var bare = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : "";
        var key = new byte[MaxBytes + 3];
        return bare.Length > 0 && bare.Length <= Base64.GetMaxEncodedToUtf8Length(MaxBytes) && Convert.TryFromBase64String(bare, key, out var length) && length is >= MinBytes and <= MaxBytes
            ? key[..length]
            : null;
    }
}
