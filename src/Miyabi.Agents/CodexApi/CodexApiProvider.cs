using System.Runtime.CompilerServices;
using Miyabi.Agents.Models;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.CodexApi;

/// <summary>The provider <c>codex-api</c>: a Codex model over the OpenAI Responses API, for agents of the kind <see cref="AgentKind.Codex"/>.</summary>
/// <param name="options">How the model is called.</param>
/// <param name="time">The clock of waits.</param>
public sealed class CodexApiProvider(ModelOptions options, TimeProvider time)
    : ModelProvider(ProviderName, AgentKind.Codex, options, () => NewClient(options, time), time)
{
    /// <summary>Its name.</summary>
    public const string ProviderName = "codex-api";

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static CodexClient NewClient(ModelOptions options, TimeProvider time) => new(options, time);
}
