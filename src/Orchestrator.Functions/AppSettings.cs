using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Configuration;
using Miyabi.Agents.Models;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Storage;
using Miyabi.Web.Webhooks;
using Orchestrator.Functions.Telemetry;

namespace Orchestrator.Functions;

/// <summary>The app's settings, checked. Each is an application setting, <c>Miyabi__NAME</c>; docs/azure.md has a table of them.</summary>
public sealed record AppSettings
{
    /// <summary>The value of <see cref="SigningKey"/> that means: this user's own key, made at first use. Refused in Azure.</summary>
    public const string LocalKey = "local";

    /// <summary>The host's own default for plans that end functions, in host.json's absence: 30 min, as on Flex Consumption.</summary>
    public static readonly TimeSpan DefaultFunctionTimeout = TimeSpan.FromMinutes(30);

    // Less leaves an agent no time to work in.
    private static readonly TimeSpan ShortestFunctionTimeout = TimeSpan.FromMinutes(2);

    /// <summary><c>Store</c>: where runs are kept: <c>azurite</c>, <c>https://ACCOUNT.blob.core.windows.net/CONTAINER</c>, <c>container:NAME</c>, or a folder. Required.</summary>
    public required StoreAddress Store { get; init; }

    /// <summary>
    /// <c>SigningKey</c>: the private key that documents are sealed with, PKCS#8 in PEM (of which line breaks may be missing), e.g. as a Key Vault reference; or
    /// <see cref="LocalKey"/>. Required. A secret.
    /// </summary>
    public required string SigningKey { get; init; }

    /// <summary><c>TrustedKeys</c>: further keys that are trusted, as JSON of the form of trust.json. Default: none but the signing key.</summary>
    public string? TrustedKeys { get; init; }

    /// <summary><c>Providers__claude</c>, <c>__codex</c>, <c>__command</c>: who carries out agents of a kind for which neither the request nor the plan says so. Default: <c>claude-api</c> and <c>codex-api</c> where there is a key, else nobody.</summary>
    public ImmutableDictionary<AgentKind, string> Providers { get; init; } = ImmutableDictionary<AgentKind, string>.Empty;

    /// <summary>
    /// The host's <c>functionTimeout</c>, at least 2 min: from the setting <c>AzureFunctionsJobHost__functionTimeout</c>, else from host.json beside the app,
    /// else 30 min. <see langword="null"/>: it has none.
    /// </summary>
    public TimeSpan? FunctionTimeout { get; init; } = DefaultFunctionTimeout;

    /// <summary><c>EasyAuth</c>: HTTP requests are let in by App Service's authentication (Entra ID), and no function key is asked for. Default: no. Refused where that authentication is not on.</summary>
    public bool EasyAuth { get; init; }

    /// <summary><c>Secrets__NAME</c>: the secret that a plan's <c>notify</c> calls NAME, in any case of letters. Default: none. Each is a secret.</summary>
    public ImmutableDictionary<string, string> Secrets { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary><c>Webhooks__AllowPrivateAddresses</c>: receivers may be on the app's own machine and in private networks. Default: no.</summary>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>
    /// How models are called: <c>Claude__Model</c>, <c>__BaseUrl</c>, <c>__Entra</c>, <c>__MaxOutputTokens</c>, <c>__ContextTokens</c>, <c>__Concurrency</c>,
    /// <c>__RequestsPerMinute</c>, <c>__TokensPerMinute</c>, <c>__MaxWait</c>, <c>__RetryAfterCap</c>, the same of <c>Codex</c>, and <c>ModelPrices</c>. Keys are the settings
    /// <c>ANTHROPIC_API_KEY</c> and <c>OPENAI_API_KEY</c>, without <c>Miyabi__</c>, in Azure as Key Vault references. Default: no key.
    /// </summary>
    public ModelSettings Models { get; init; } = ModelSettings.None;

    /// <summary>Where telemetry goes to, by OpenTelemetry's and Application Insights' own settings. Default: nowhere.</summary>
    public TelemetrySettings Telemetry { get; init; } = TelemetrySettings.None;

    /// <summary>Hides the keys, which a record would show.</summary>
    public override string ToString() => $"{nameof(AppSettings)} {{ Store = {Store.Text} }}";

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="AppSettingsException">With everything that is wrong.</exception>
    public static AppSettings Read(IConfiguration configuration, string? hostJson = null)
    {
        var problems = new List<string>();
        var section = configuration.GetSection("Miyabi");
        var store = ReadStore(section["Store"], configuration, problems);
        var telemetry = TelemetrySettings.Read(configuration, problems);
        var models = ReadModels(configuration, problems);
        var settings = store is null ? null : new AppSettings
        {
            Store = store,
            SigningKey = ReadKey(section["SigningKey"], configuration, problems),
            TrustedKeys = section["TrustedKeys"],
            // What is said goes before what follows from a key.
            Providers = models.DefaultProviders.SetItems(ReadProviders(section.GetSection("Providers"), problems)),
            Models = models,
            FunctionTimeout = ReadTimeout(configuration["AzureFunctionsJobHost:functionTimeout"], hostJson ?? Path.Combine(AppContext.BaseDirectory, "host.json"), problems),
            EasyAuth = ReadEasyAuth(section["EasyAuth"], configuration, problems),
            Secrets = ReadSecrets(section.GetSection("Secrets"), problems),
            AllowPrivateAddresses = ReadFlag("Webhooks__AllowPrivateAddresses", section["Webhooks:AllowPrivateAddresses"], problems),
            Telemetry = telemetry,
        };
        if (settings is null)
            ReadKey(section["SigningKey"], configuration, problems);
        return problems.Count == 0 ? settings! : throw new AppSettingsException(problems);
    }

    private static ModelSettings ReadModels(IConfiguration configuration, List<string> problems)
    {
        var source = new ModelSettingsSource(
            path => configuration[IsKey(path) ? path : $"Miyabi:{path}"],
            path => IsKey(path) ? path : $"Miyabi__{path.Replace(":", "__", StringComparison.Ordinal)}")
        {
            Entra = resource =>
            {
                var credential = new Lazy<TokenCredential>(() => new DefaultAzureCredential());
                var context = new TokenRequestContext([$"{resource.TrimEnd('/')}/.default"]);
                return async token => (await credential.Value.GetTokenAsync(context, token)).Token;
            },
        };
        return ModelSettings.Read(source, problems);

        static bool IsKey(string path) => path is ModelSettings.ClaudeKey or ModelSettings.CodexKey;
    }

    private static StoreAddress? ReadStore(string? text, IConfiguration configuration, List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            problems.Add("Miyabi__Store is missing: say where runs are kept, e.g. https://ACCOUNT.blob.core.windows.net/miyabi, or azurite on this machine.");
            return null;
        }

        try
        {
            return StoreAddress.Parse(text.Trim(), name => configuration[name]);
        }
        catch (StoreException e)
        {
            problems.Add($"Miyabi__Store: {e.Message.Replace("--store ", "", StringComparison.Ordinal)}");
            return null;
        }
    }

    private static string ReadKey(string? key, IConfiguration configuration, List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(key))
            problems.Add("Miyabi__SigningKey is missing: give a P-256 private key (PKCS#8, PEM), in Azure as a Key Vault reference, or 'local' on this machine for a key of your own.");
        else if (key.StartsWith("@Microsoft.KeyVault(", StringComparison.Ordinal))
            problems.Add("Miyabi__SigningKey is a Key Vault reference that was not resolved: give the app's identity the role Key Vault Secrets User, and look at the name of the secret.");
        else if (key == LocalKey && !string.IsNullOrEmpty(configuration["WEBSITE_INSTANCE_ID"]))
            problems.Add("Miyabi__SigningKey is 'local', which an app in Azure cannot be: its machines come and go. Keep the key in Key Vault.");
        return key ?? "";
    }

    private static ImmutableDictionary<AgentKind, string> ReadProviders(IConfigurationSection section, List<string> problems)
    {
        var providers = ImmutableDictionary.CreateBuilder<AgentKind, string>();
        foreach (var entry in section.GetChildren())
        {
            if (Enum.TryParse<AgentKind>(entry.Key, ignoreCase: true, out var kind) && !entry.Key.Any(char.IsAsciiDigit) && entry.Value is { Length: > 0 } provider)
                providers[kind] = provider;
            else
                problems.Add($"Miyabi__Providers__{entry.Key}: the kinds are claude, codex and command; the value names a provider, e.g. simulated.");
        }

        return providers.ToImmutable();
    }

    // None is shown, whatever is wrong with it.
    private static ImmutableDictionary<string, string> ReadSecrets(IConfigurationSection section, List<string> problems)
    {
        var secrets = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in section.GetChildren())
        {
            if (entry.Value is { } value && value.StartsWith("@Microsoft.KeyVault(", StringComparison.Ordinal))
                problems.Add($"Miyabi__Secrets__{entry.Key} is a Key Vault reference that was not resolved: give the app's identity the role Key Vault Secrets User, and look at the name of the secret.");
            else if (!string.IsNullOrEmpty(entry.Value) && !WebhookSender.IsSecret(entry.Value))
                problems.Add($"Miyabi__Secrets__{entry.Key} is no secret for signing: give {WebhookSender.SecretForm}");
            else if (!string.IsNullOrEmpty(entry.Value))
                secrets[entry.Key] = entry.Value;
        }

        return secrets.ToImmutable();
    }

    private static TimeSpan? ReadTimeout(string? setting, string hostJson, List<string> problems)
    {
        var (from, text) = ("AzureFunctionsJobHost__functionTimeout", setting);
        try
        {
            if (text is null && File.Exists(hostJson))
            {
                using var host = JsonDocument.Parse(File.ReadAllBytes(hostJson), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
                (from, text) = ("functionTimeout in host.json", host.RootElement.TryGetProperty("functionTimeout", out var given) ? given.GetString() : null);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException)
        {
            problems.Add($"{hostJson} cannot be read: {e.Message}");
            return null;
        }

        if (text is null)
            return DefaultFunctionTimeout;
        if (text.Trim() == "-1")
            return null;
        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var timeout) && timeout >= ShortestFunctionTimeout)
            return timeout;
        problems.Add($"{from} is '{text}': give hh:mm:ss, at least {ShortestFunctionTimeout:hh\\:mm\\:ss}, or -1 for none.");
        return null;
    }

    // Without keys, and without App Service in front, anybody could start runs.
    private static bool ReadEasyAuth(string? text, IConfiguration configuration, List<string> problems)
    {
        var isOn = ReadFlag("EasyAuth", text, problems);
        if (isOn && bool.TryParse(text, out _) && !(bool.TryParse(configuration["WEBSITE_AUTH_ENABLED"], out var enabled) && enabled))
            problems.Add("Miyabi__EasyAuth is true, and App Service's authentication is not on (WEBSITE_AUTH_ENABLED): add an identity provider to the app that requires authentication, or leave the setting out.");
        return isOn;
    }

    private static bool ReadFlag(string name, string? text, List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(text) || bool.TryParse(text, out var flag) && !flag)
            return false;
        if (!bool.TryParse(text, out _))
            problems.Add($"Miyabi__{name} is '{text}': give true or false.");
        return true;
    }
}

/// <summary>The app cannot start with its settings.</summary>
/// <param name="problems">What is wrong and what to do, a line each.</param>
public sealed class AppSettingsException(IReadOnlyList<string> problems)
    : Exception("The app's settings are wrong; it does not start.\n" + string.Join('\n', problems.Select(problem => $"- {problem}")))
{
    /// <summary>What is wrong and what to do, a line each.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
