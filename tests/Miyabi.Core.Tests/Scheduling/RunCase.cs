using System.Collections.Immutable;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>A plan, a run's options, and the seed of everything that happens in the run.</summary>
public sealed record RunCase(Plan Plan, RunOptions Options, int Seed)
{
    public const string RunId = "run-1";

    /// <summary>How many of a hundred attempts end because their worker does.</summary>
    public int InterruptedPercent { get; init; }

    public Schedule Schedule => Options.Schedule ?? Plan.Policy.Schedule;

    public int MaxParallel => Options.MaxParallel ?? Plan.Policy.MaxParallel;

    public RunPlan Compile() => RunPlan.Compile(Plan, RunId, Options);

    public string ProviderOf(AgentSpec agent) => Options.Providers.GetValueOrDefault(agent.Id) ?? agent.Provider ?? "";

    public int? CapOf(string provider) => Plan.Policy.ProviderCaps.TryGetValue(provider, out var cap) ? cap : null;

    /// <summary>The same case without one task; what depended on it no longer does.</summary>
    public RunCase Without(string task) => this with
    {
        Plan = Plan with
        {
            Tasks = [.. Plan.Tasks.Where(other => other.Id != task)
                .Select(other => other with { DependsOn = other.DependsOn.Remove(task) })],
        },
    };

    public override string ToString()
    {
        var policy = Plan.Policy;
        var caps = string.Join(", ", policy.ProviderCaps.Select(cap => $"{cap.Key}<={cap.Value}"));
        var agents = string.Join("; ", Plan.Agents.Select(agent => $"{agent.Id} {agent.Kind} {ProviderOf(agent)} x{agent.Slots}"));
        var tasks = Plan.Tasks.Select(task =>
            $"  {task.Id} on {task.Agent.Id ?? "any"} {task.Agent.Kind}, priority {task.Priority}, {task.Estimate.TotalSeconds} s, "
            + $"{task.Retry.MaxAttempts} x {task.Retry.Backoff}, {task.Approval}, after [{string.Join(' ', task.DependsOn)}]");
        return $"seed {Seed}, {Schedule}, {MaxParallel} at once, {policy.OnFailure}, {policy.Budget}, {Options.Reserves?.Count ?? 0} reserves, {InterruptedPercent} % interrupted, caps [{caps}]\n"
            + $"  agents {agents}\n{string.Join('\n', tasks)}";
    }
}
