using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Models;

/// <summary>How a provider calls its models.</summary>
public sealed record ModelOptions
{
    /// <summary>The model where the plan names none, by its id as the provider's API has it, 1 to 128 visible ASCII characters. All else here holds for every model.</summary>
    public required string Model { get; init; }

    /// <summary>
    /// Where the API is: https, or http on this machine. Default: <see langword="null"/>, the provider's own. For <c>claude-api</c> without <c>/v1</c>, for
    /// <c>codex-api</c> with it.
    /// </summary>
    public Uri? BaseUrl { get; init; }

    /// <summary>What calls are let in by. Default: <see langword="null"/>, nothing; then no task is accepted.</summary>
    public ModelCredential? Credential { get; init; }

    /// <summary>The setting that the key is looked for in, for messages.</summary>
    public required string KeySetting { get; init; }

    /// <summary>Tokens that an answer may have, thinking included, 1 to 1,000,000. Default: 32,000. An answer that is longer is cut, and has failed.</summary>
    public int MaxOutputTokens { get; init; } = 32_000;

    /// <summary>Tokens that instruction and answer may have together, more than <see cref="MaxOutputTokens"/>, at most 10,000,000. Default: 200,000.</summary>
    public int ContextTokens { get; init; } = 200_000;

    /// <summary>What tokens cost, by model. Default: nothing is known; usage of a model that is not here says so (<see cref="AgentUsage.Unpriced"/>).</summary>
    public ImmutableSortedDictionary<string, ModelPrice> Prices { get; init; } = ImmutableSortedDictionary.Create<string, ModelPrice>(StringComparer.Ordinal);

    /// <summary>How many calls there may be of each model.</summary>
    public ModelLimits Limits { get; init; } = new();

    /// <summary>Bytes that a response may have on the wire, once unpacked, more than 0. Default: 32 MiB.</summary>
    public int MaxResponseBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>What is below the client, for tests that look at it. Default: a handler that follows no redirect and keeps no cookie.</summary>
    internal Func<HttpMessageHandler>? Transport { get; init; }

    /// <summary>A text for people in which the key does not stand.</summary>
    internal string WithoutKey(string text) => Secret.Without(text, Credential?.Key);

    /// <summary>How a task's model would be asked.</summary>
    internal ModelTerms TermsOf(AgentSpec agent, PlanTask task) => new()
    {
        Name = task.Model ?? agent.Model ?? Model,
        MaxOutputTokens = MaxOutputTokens,
        Rule = PromptComposer.Rule,
        MaxPromptBytes = (long)(ContextTokens - MaxOutputTokens) * ModelPrompt.BytesPerToken,
    };
}
