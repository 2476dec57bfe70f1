using System.Collections.Immutable;
using System.Globalization;
using System.Xml;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Models;

/// <summary>Reads the settings of one provider's model.</summary>
internal sealed class ModelReader(ModelSettingsSource source, string section, ICollection<string> problems)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(24);

    public ModelOptions Read(string key, string model, int context, ImmutableSortedDictionary<string, ModelPrice> prices)
    {
        var name = Text("Model") ?? model;
        if (!PlanLimits.IsModel(name))
            problems.Add($"{NameOf("Model")} is no id of a model: give 1 to 128 visible ASCII characters.");
        var options = new ModelOptions
        {
            Model = name,
            KeySetting = key,
            BaseUrl = Url(),
            Credential = Credential(key),
            MaxOutputTokens = (int)Number("MaxOutputTokens", 32_000, 1_000_000),
            ContextTokens = (int)Number("ContextTokens", context, 10_000_000),
            Prices = prices,
            Limits = new ModelLimits
            {
                Concurrency = (int)Number("Concurrency", 8, 1_000),
                RequestsPerMinute = Text("RequestsPerMinute") is null ? null : (int)Number("RequestsPerMinute", 1, int.MaxValue),
                TokensPerMinute = Text("TokensPerMinute") is null ? null : Number("TokensPerMinute", 1, long.MaxValue),
                MaxWait = Duration("MaxWait", TimeSpan.FromMinutes(10)),
                RetryAfterCap = Duration("RetryAfterCap", TimeSpan.FromMinutes(2)),
            },
        };
        if (options.ContextTokens <= options.MaxOutputTokens)
            problems.Add($"{NameOf("ContextTokens")} is {options.ContextTokens}, which leaves nothing for a prompt: give more than {NameOf("MaxOutputTokens")}, which is {options.MaxOutputTokens}.");
        return options;
    }

    private string? Text(string name) => source.Find($"{section}:{name}");

    private string NameOf(string name) => source.NameOf($"{section}:{name}");

    private ModelCredential? Credential(string keyName)
    {
        if (source.Find(keyName) is { } key)
        {
            if (key.StartsWith("@Microsoft.KeyVault(", StringComparison.Ordinal))
                problems.Add($"{keyName} is a Key Vault reference that was not resolved: give the app's identity the role Key Vault Secrets User, and look at the name of the secret.");
            else if (!ModelCredential.IsKey(key))
                problems.Add($"{keyName} is no key: one is made of visible ASCII characters, without blanks.");
            else
                return ModelCredential.OfKey(key);
            return null;
        }

        if (Text("Entra") is not { } resource)
            return null;
        if (!Uri.TryCreate(resource, UriKind.Absolute, out _))
            problems.Add($"{NameOf("Entra")} is no resource: give a URI, e.g. https://cognitiveservices.azure.com.");
        else if (Text("BaseUrl") is null)
            problems.Add($"{NameOf("Entra")} goes with {NameOf("BaseUrl")}: say where Azure hosts the model.");
        else if (source.Entra is { } entra)
            return ModelCredential.OfToken(entra(resource));
        else
            problems.Add($"{NameOf("Entra")}: nobody can sign in with Microsoft Entra ID here.");
        return null;
    }

    // Whoever reads along would have the key.
    private Uri? Url()
    {
        if (Text("BaseUrl") is not { } text)
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.UserInfo.Length == 0 && url.Query.Length == 0
            && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)))
            return url;
        problems.Add($"{NameOf("BaseUrl")} is no address for calls: give https://HOST/PATH, or http for this machine, without a query.");
        return null;
    }

    private long Number(string name, long otherwise, long max)
    {
        if (Text(name) is not { } text)
            return otherwise;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= max)
            return number;
        problems.Add($"{NameOf(name)} is '{SafeText.Quote(text, 64)}': give a whole number from 1 to {max}.");
        return otherwise;
    }

    private TimeSpan Duration(string name, TimeSpan otherwise)
    {
        if (Text(name) is not { } text)
            return otherwise;
        try
        {
            if (XmlConvert.ToTimeSpan(text) is var duration && duration > TimeSpan.Zero && duration <= LongestWait)
                return duration;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            // Told below.
        }

        problems.Add($"{NameOf(name)} is '{SafeText.Quote(text, 64)}': give an ISO 8601 duration of at most 24 h, e.g. PT10M.");
        return otherwise;
    }
}
