using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Testing.Orchestration;

/// <summary>What a scripted agent does in an attempt.</summary>
public delegate Task<AgentResult> AgentScript(AgentRequest request, IProgress<AgentProgress> progress, CancellationToken cancellationToken);

/// <summary>A provider whose agent does as a test says, and remembers what it was asked.</summary>
public sealed class ScriptedProvider(AgentScript script) : IAgentProvider, IAgent
{
    private readonly ConcurrentQueue<AgentRequest> requests = new();
    private readonly ConcurrentQueue<AgentLeftovers> leftovers = new();

    public string Name => "scripted";

    public ImmutableArray<AgentKind> Kinds { get; init; } = [AgentKind.Claude, AgentKind.Codex, AgentKind.Command];

    public IAgent Agent => this;

    /// <summary>What it was asked, in order.</summary>
    public IReadOnlyCollection<AgentRequest> Requests => requests;

    /// <summary>What it was told to end, in order.</summary>
    public IReadOnlyCollection<AgentLeftovers> Leftovers => leftovers;

    /// <summary>What it answers when it is told to end something.</summary>
    public Func<AgentLeftovers, AgentFailure?> EndLeftovers { get; set; } = _ => null;

    /// <summary>How a model would be asked; none unless said.</summary>
    public Func<AgentSpec, PlanTask, ModelTerms?> Terms { get; set; } = (_, _) => null;

    /// <summary>What an attempt may use up; nothing unless said.</summary>
    public AgentUsage Most { get; set; } = AgentUsage.None;

    /// <summary>The attempts it was asked for.</summary>
    public IEnumerable<(string Task, int Attempt)> Attempts => requests.Select(request => (request.Task.Id, request.Attempt));

    /// <summary>An agent whose every attempt succeeds, with the task's id and those of its inputs in the output.</summary>
    public static Task<AgentResult> SucceedAsync(AgentRequest request) => Task.FromResult(Success(request));

    /// <summary>The same result.</summary>
    public static AgentResult Success(AgentRequest request) => new()
    {
        Output = JsonSerializer.SerializeToElement(new { task = request.Task.Id, inputs = request.Inputs.Select(input => input.TaskId) }),
    };

    /// <summary>An attempt that does not end before it is cancelled.</summary>
    public static async Task<AgentResult> HangAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new InvalidOperationException("Nothing ends this but a cancel.");
    }

    public string? WhyNot(AgentSpec agent, PlanTask task) => null;

    public AgentUsage Reserve(AgentSpec agent, PlanTask task, int pieces, long bytes) => Most;

    public ModelTerms? TermsOf(AgentSpec agent, PlanTask task) => Terms(agent, task);

    public Task<AgentResult> RunAsync(AgentRequest request, IProgress<AgentProgress> progress, CancellationToken cancellationToken)
    {
        requests.Enqueue(request);
        return script(request, progress, cancellationToken);
    }

    public Task<AgentFailure?> EndLeftoversAsync(AgentLeftovers leftovers, CancellationToken cancellationToken)
    {
        this.leftovers.Enqueue(leftovers);
        return Task.FromResult(EndLeftovers(leftovers));
    }
}
