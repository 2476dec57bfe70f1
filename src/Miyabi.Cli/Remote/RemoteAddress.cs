namespace Miyabi.Cli.Remote;

/// <summary>Where a function app is, as <c>--url</c> and <see cref="Variable"/> say it.</summary>
/// <remarks>
/// <c>https://HOST[:PORT][/PATH]</c>, or <c>http://</c> for this machine itself: a key must not cross a network in the clear. Its API is at
/// <c>/api</c> below; an address that ends so is taken too. No query and no user name: keys have their own place.
/// </remarks>
internal sealed class RemoteAddress
{
    /// <summary>The environment variable that stands in for the option.</summary>
    internal const string Variable = "MIYABI_URL";

    private const string Prefix = "api";

    private RemoteAddress(string text, Uri api) => (Text, Api) = (text, api);

    /// <summary>The app's address, without what is below it. Holds no secret.</summary>
    internal string Text { get; }

    /// <summary>What the routes of the API are below; ends in a slash.</summary>
    internal Uri Api { get; }

    /// <summary>Whether it is this machine.</summary>
    internal bool IsHere => Api.IsLoopback;

    /// <summary>Reads an address; touches nothing.</summary>
    /// <param name="name">Who gives it, for messages.</param>
    /// <param name="given">The address.</param>
    /// <exception cref="UsageException">It is none. The message repeats nothing that may be secret.</exception>
    internal static RemoteAddress Parse(string name, string given)
    {
        const string Example = "e.g. https://my-app.azurewebsites.net or http://127.0.0.1:7071";
        if (!Uri.TryCreate(given, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.Host.Length == 0 || given.Any(char.IsControl))
            throw new UsageException($"{name}: give the address of a function app, {Example}.");
        if (url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0 || given.Contains('?') || given.Contains('#'))
            throw new UsageException($"{name}: give the address alone, without a key, a query or a user name, {Example}. The key goes into the variable {FunctionKey.Variable}.");
        if (url.Scheme == "http" && !url.IsLoopback)
            throw new UsageException($"{name} {url.GetLeftPart(UriPartial.Path)}: the key would cross the network in the clear. Give https://; http:// is for this machine alone.");
        var text = url.GetLeftPart(UriPartial.Path).TrimEnd('/');
        if (text.EndsWith($"/{Prefix}", StringComparison.OrdinalIgnoreCase))
            text = text[..^(Prefix.Length + 1)];
        return new RemoteAddress(text, new Uri($"{text}/{Prefix}/"));
    }
}
