using System.Runtime.CompilerServices;
using Miyabi.Agents.Models;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.ClaudeApi;

/// <summary>The provider <c>claude-api</c>: a Claude model over the Anthropic Messages API, for agents of the kind <see cref="AgentKind.Claude"/>.</summary>
/// <param name="options">How the model is called.</param>
/// <param name="time">The clock of waits.</param>
public sealed class ClaudeApiProvider(ModelOptions options, TimeProvider time)
    : ModelProvider(ProviderName, AgentKind.Claude, options, () => NewClient(options, time), time)
{
    /// <summary>Its name.</summary>
    public const string ProviderName = "claude-api";

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ClaudeClient NewClient(ModelOptions options, TimeProvider time) => new(options, time);
}
