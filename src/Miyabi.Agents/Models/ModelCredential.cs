namespace Miyabi.Agents.Models;

/// <summary>What a provider lets calls in by: a key, or tokens that are fetched anew when they run out. Never shown.</summary>
public sealed class ModelCredential
{
    private ModelCredential(string? key, Func<CancellationToken, ValueTask<string>>? token) => (Key, Token) = (key, token);

    /// <summary>The key. A secret.</summary>
    internal string? Key { get; }

    /// <summary>Gets a bearer token, from a cache while it is good.</summary>
    internal Func<CancellationToken, ValueTask<string>>? Token { get; }

    /// <summary>A provider's key.</summary>
    /// <exception cref="ArgumentException">It is empty, or has characters that no HTTP header takes.</exception>
    public static ModelCredential OfKey(string key) =>
        IsKey(key) ? new(key, null) : throw new ArgumentException("A key is made of visible ASCII characters.", nameof(key));

    /// <summary>Bearer tokens, as of Microsoft Entra ID for models that Azure hosts.</summary>
    /// <param name="token">Gets one; what it throws becomes a failed attempt.</param>
    public static ModelCredential OfToken(Func<CancellationToken, ValueTask<string>> token) => new(null, token);

    /// <summary>Whether a text can be a key: visible ASCII characters, 1 to 4,096.</summary>
    public static bool IsKey(string text) => text.Length is > 0 and <= 4_096 && text.All(letter => letter is > ' ' and < '\x7f');

    /// <summary>Not the secret.</summary>
    public override string ToString() => Key is null ? "a token" : "a key";
}
