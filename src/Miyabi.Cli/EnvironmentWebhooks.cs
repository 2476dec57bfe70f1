using Miyabi.Web.Webhooks;

namespace Miyabi.Cli;

/// <summary>Delivers webhooks with what the environment has: <c>MIYABI_SECRET_NAME</c> for the secret that a plan calls NAME.</summary>
internal static class EnvironmentWebhooks
{
    /// <summary>Set to <c>true</c>, receivers may be on this machine and in private networks.</summary>
    internal const string AllowSetting = "MIYABI_WEBHOOKS_ALLOW_PRIVATE_ADDRESSES";

    /// <summary>A sender. Touches nothing yet.</summary>
    internal static WebhookSender Open() => new(
        new WebhookSettings
        {
            Secret = name => Environment.GetEnvironmentVariable(SettingOf(name)),
            SecretSetting = SettingOf,
            AllowPrivateAddresses = string.Equals(Environment.GetEnvironmentVariable(AllowSetting)?.Trim(), "true", StringComparison.OrdinalIgnoreCase),
            AllowSetting = AllowSetting,
        },
        TimeProvider.System);

    private static string SettingOf(string name) => $"MIYABI_SECRET_{name}";
}
