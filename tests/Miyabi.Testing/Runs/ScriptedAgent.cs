using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Testing.Runs;

/// <summary>A provider and its agent that do what a test says.</summary>
public sealed class ScriptedAgent(Func<AgentRequest, CancellationToken, Task<AgentResult>> script) : IAgentProvider, IAgent
{
    public string Name => "scripted";

    public ImmutableArray<AgentKind> Kinds => [.. Enum.GetValues<AgentKind>()];

    public IAgent Agent => this;

    public string? WhyNot(AgentSpec agent, PlanTask task) => null;

    public Task<AgentResult> RunAsync(AgentRequest request, IProgress<AgentProgress> progress, CancellationToken cancellationToken) =>
        script(request, cancellationToken);

    /// <summary>A success.</summary>
    public static AgentResult Says(string json, params (string Path, string Text)[] files)
    {
        using var document = JsonDocument.Parse(json);
        return new AgentResult
        {
            Output = document.RootElement.Clone(),
            Files = [.. files.Select(file => new AgentFile(file.Path, System.Text.Encoding.UTF8.GetBytes(file.Text)))],
            Usage = new AgentUsage(10, 5, 0.25m),
        };
    }
}
