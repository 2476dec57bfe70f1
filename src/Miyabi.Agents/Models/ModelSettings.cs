using System.Collections.Immutable;
using Miyabi.Agents.ClaudeApi;
using Miyabi.Agents.CodexApi;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Models;

/// <summary>How the models of an installation are called, from its settings. Keys come from here alone: a plan has none.</summary>
public sealed record ModelSettings
{
    /// <summary>The key of <c>claude-api</c>.</summary>
    public const string ClaudeKey = "ANTHROPIC_API_KEY";

    /// <summary>The key of <c>codex-api</c>.</summary>
    public const string CodexKey = "OPENAI_API_KEY";

    /// <summary>Nothing is set: no key, and the defaults.</summary>
    public static ModelSettings None { get; } = Read(new ModelSettingsSource(_ => null, path => path), []);

    /// <summary>For <c>claude-api</c>. Default: the model <c>claude-sonnet-4-6</c>, with 200,000 tokens of context.</summary>
    public required ModelOptions Claude { get; init; }

    /// <summary>For <c>codex-api</c>. Default: the model <c>gpt-5.3-codex</c>, with 272,000 tokens of context.</summary>
    public required ModelOptions Codex { get; init; }

    /// <summary>Who carries out agents of a kind where nobody says so: the providers for which there is a key.</summary>
    public ImmutableDictionary<AgentKind, string> DefaultProviders
    {
        get
        {
            var providers = ImmutableDictionary<AgentKind, string>.Empty;
            if (Claude.Credential is not null)
                providers = providers.Add(AgentKind.Claude, ClaudeApiProvider.ProviderName);
            return Codex.Credential is null ? providers : providers.Add(AgentKind.Codex, CodexApiProvider.ProviderName);
        }
    }

    /// <summary>Reads and checks the settings.</summary>
    /// <param name="source">Where they are.</param>
    /// <param name="problems">Is told of everything that is wrong, a line each; a key is never shown.</param>
    public static ModelSettings Read(ModelSettingsSource source, ICollection<string> problems)
    {
        var prices = Prices(source, problems);
        return new ModelSettings
        {
            Claude = new ModelReader(source, "Claude", problems).Read(ClaudeKey, "claude-sonnet-4-6", 200_000, prices),
            Codex = new ModelReader(source, "Codex", problems).Read(CodexKey, "gpt-5.3-codex", 272_000, prices),
        };
    }

    // The product has no prices of its own: they would be out of date, and nobody would see it.
    private static ImmutableSortedDictionary<string, ModelPrice> Prices(ModelSettingsSource source, ICollection<string> problems)
    {
        const string Name = "ModelPrices";
        if (source.Find(Name) is not { } text)
            return ImmutableSortedDictionary<string, ModelPrice>.Empty;
        var from = source.NameOf(Name);
        try
        {
            if (!text.StartsWith('{'))
                (from, text) = ($"{from} ({text})", File.ReadAllText(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problems.Add($"{from} is neither a table of prices (JSON) nor a file that can be read: {e.Message}");
            return ImmutableSortedDictionary<string, ModelPrice>.Empty;
        }

        var given = ModelPrices.Read(text, out var problem);
        if (problem is not null)
            problems.Add($"{from} is no table of prices: {problem}.");
        return given;
    }
}

/// <summary>Where settings of models are: variables of the environment, or an app's configuration.</summary>
/// <param name="find">A setting by its path, e.g. <c>Claude:MaxOutputTokens</c>, or <c>ANTHROPIC_API_KEY</c>; <see langword="null"/>: it is not set.</param>
/// <param name="nameOf">What the setting of a path is called there, for messages.</param>
public sealed class ModelSettingsSource(Func<string, string?> find, Func<string, string> nameOf)
{
    /// <summary>Makes what gets tokens of Microsoft Entra ID for a resource (a URI), for models that Azure hosts. Default: <see langword="null"/>, nobody does.</summary>
    public Func<string, Func<CancellationToken, ValueTask<string>>>? Entra { get; init; }

    /// <summary>A setting, without blanks around it; <see langword="null"/>: it is not set, or empty.</summary>
    public string? Find(string path) => find(path)?.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>What it is called.</summary>
    public string NameOf(string path) => nameOf(path);
}
