using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Miyabi.Agents.ClaudeApi;
using Miyabi.Agents.CodexApi;
using Miyabi.Agents.Command;
using Miyabi.Agents.Models;
using Miyabi.Agents.Simulated;
using Miyabi.Core.Agents;

namespace Miyabi.Agents;

/// <summary>The providers of this installation by name. Names are compared exactly.</summary>
public sealed class AgentProviders
{
    private readonly ImmutableSortedDictionary<string, IAgentProvider> byName;

    /// <summary>Takes the providers that there are.</summary>
    /// <exception cref="ArgumentException">Two have one name.</exception>
    public AgentProviders(IEnumerable<IAgentProvider> providers) =>
        byName = providers.ToImmutableSortedDictionary(provider => provider.Name, provider => provider, StringComparer.Ordinal);

    /// <summary>The known names, in ordinal order.</summary>
    public IEnumerable<string> Names => byName.Keys;

    /// <summary>The providers that come with the product: <c>claude-api</c>, <c>codex-api</c>, <c>command</c> and <c>simulated</c>.</summary>
    /// <param name="time">Whose time simulated work takes.</param>
    /// <param name="commands">How the provider <c>command</c> keeps its workspaces; <see langword="null"/> for the defaults.</param>
    /// <param name="models">How models are called; <see langword="null"/>: there is no key for any.</param>
    public static AgentProviders Standard(TimeProvider time, CommandOptions? commands = null, ModelSettings? models = null)
    {
        var settings = models ?? ModelSettings.None;
        return new(
        [
            new SimulatedProvider(time), new CommandProvider(commands),
            new ClaudeApiProvider(settings.Claude, time), new CodexApiProvider(settings.Codex, time),
        ]);
    }

    /// <summary>The workspaces that the provider <c>command</c> has kept after failures, and that are still there.</summary>
    public KeptWorkspaces Kept => byName.Values.OfType<CommandProvider>().Select(provider => provider.Kept).FirstOrDefault() ?? new KeptWorkspaces([], 0);

    /// <summary>Looks a provider up.</summary>
    /// <param name="name">Its name, as a plan or an option has it.</param>
    /// <param name="provider">The provider, when there is one.</param>
    /// <param name="problem">Otherwise what is wrong and which names there are, for people.</param>
    public bool TryFind(string name, [NotNullWhen(true)] out IAgentProvider? provider, [NotNullWhen(false)] out string? problem)
    {
        var found = byName.TryGetValue(name, out provider);
        problem = found ? null : $"There is no provider '{SafeText.Quote(name, 64)}'. Use one of: {string.Join(", ", byName.Keys)}.";
        return found;
    }
}
