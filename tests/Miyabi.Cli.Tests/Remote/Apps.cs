using Miyabi.Cli.Remote;

namespace Miyabi.Cli.Tests.Remote;

/// <summary>A function app as commands see it, without long waits.</summary>
internal static class Apps
{
    internal const string Key = "s3cret-of-the-app==";

    private static readonly RemotePatience Short = new() { Pause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(5) };

    internal static RemoteApp Of(string url, RemotePatience? patience = null)
    {
        var address = RemoteAddress.Parse("--url", url);
        return new RemoteApp(address, new RemoteConnection(address, [new FunctionKey("--key", Key)], patience ?? Short));
    }

    internal static RemoteApp WithoutKey(string url)
    {
        var address = RemoteAddress.Parse("--url", url);
        return new RemoteApp(address, new RemoteConnection(address, [], Short));
    }

    internal static RemotePatience Impatient => Short with { Answer = TimeSpan.FromMilliseconds(300), Content = TimeSpan.FromMilliseconds(300) };
}
