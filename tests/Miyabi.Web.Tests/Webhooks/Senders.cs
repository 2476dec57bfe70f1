using System.Net;
using Miyabi.Core.Notifications;
using Miyabi.Core.Plans;
using Miyabi.Web.Webhooks;

namespace Miyabi.Web.Tests.Webhooks;

/// <summary>Senders and messages for tests.</summary>
internal static class Senders
{
    internal const string Secret = "whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy1pbi0zMi1ieXRlcyE=";

    /// <summary>Settings with one secret, HOOK.</summary>
    internal static WebhookSettings Settings(bool allow) => new()
    {
        Secret = name => name == "HOOK" ? Secret : null,
        SecretSetting = name => $"SECRET_{name}",
        AllowPrivateAddresses = allow,
        AllowSetting = "ALLOW_PRIVATE",
    };

    /// <summary>Settings under which names have the addresses of a test.</summary>
    internal static WebhookSettings Resolving(this WebhookSettings settings, Func<string, string[]> addresses) =>
        settings with { Resolve = (host, _) => Task.FromResult<IPAddress[]>([.. addresses(host).Select(IPAddress.Parse)]) };

    internal static WebhookSender Open(this WebhookSettings settings, TimeProvider? clock = null) => new(settings, clock ?? TimeProvider.System);

    internal static Webhook Message(string url, string secret = "HOOK", string body = """{"events":[]}""") =>
        new("msg_0123", new Subscriber { Url = url, Secret = secret }, "notify[0]", System.Text.Encoding.UTF8.GetBytes(body));
}
