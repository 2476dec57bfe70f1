using Miyabi.Agents.ClaudeApi;
using Miyabi.Agents.CodexApi;
using Miyabi.Core.Agents;
using Miyabi.Testing.Agents;
using Miyabi.Wire;

namespace Miyabi.Agents.Tests.Models;

public sealed class ClaudeConformanceTests() : ModelConformance(ClaudeApiProvider.ProviderName);

public sealed class CodexConformanceTests() : ModelConformance(CodexApiProvider.ProviderName);

/// <summary>What every agent does, done by a model's real client.</summary>
public abstract class ModelConformance(string provider) : AgentConformance, IAsyncLifetime
{
    private readonly HashSet<string> failing = [];
    private readonly HashSet<string> slow = [];
    private ModelBench bench = null!;

    protected override IAgent Agent => bench.Agent;

    public async Task InitializeAsync()
    {
        bench = await ModelBench.StartAsync(provider);
        bench.Server.Decide = request => ModelAnswers.TaskOf(request) switch
        {
            var id when failing.Contains(id) => WireScenario.NoJson,
            var id when slow.Contains(id) => WireScenario.Slow,
            _ => WireScenario.Success,
        };
    }

    public Task DisposeAsync() => bench.DisposeAsync().AsTask();

    protected override AgentRequest Succeeding(string taskId) => bench.Request(taskId);

    protected override AgentRequest Failing(string taskId)
    {
        failing.Add(taskId);
        return bench.Request(taskId);
    }

    protected override AgentRequest Slow(string taskId)
    {
        slow.Add(taskId);
        return bench.Request(taskId);
    }

    protected override AgentRequest NamingItsInputs(string taskId) => bench.Request(taskId);

    protected override IReadOnlyCollection<string> AtWork() => bench.Calls.Open;
}
