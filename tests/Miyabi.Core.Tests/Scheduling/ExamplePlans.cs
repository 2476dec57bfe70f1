using System.Collections.Immutable;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>Plans for examples, short to write and to read.</summary>
internal static class ExamplePlans
{
    public static AgentSpec Agent(string id, AgentKind kind = AgentKind.Claude, int slots = 1, string provider = "simulated") =>
        new() { Id = id, Kind = kind, Slots = slots, Provider = provider };

    /// <summary>A task for any Claude agent, or for the agent named.</summary>
    public static PlanTask Task(
        string id, string[]? after = null, string? agent = null, AgentKind kind = AgentKind.Claude, int seconds = 60) => new()
    {
        Id = id,
        Title = id,
        Agent = new AgentSelector(agent, kind),
        DependsOn = [.. after ?? []],
        Estimate = TimeSpan.FromSeconds(seconds),
    };

    public static RunPlan Compile(ImmutableArray<AgentSpec> agents, ImmutableArray<PlanTask> tasks, PlanPolicy? policy = null)
    {
        var plan = new Plan { Name = "example", Agents = agents, Tasks = tasks, Policy = policy ?? new PlanPolicy() };
        return RunPlan.Compile(plan, "run-1", new RunOptions());
    }

    /// <summary>The plan of the reference run: 15 agents, 15 tasks, waves of 1 4 2 2 1 3 1 1.</summary>
    public static RunPlan Reference(Schedule schedule)
    {
        PlanTask[] tasks =
        [
            Claude(1, 1), Codex(2, 1, 1), Codex(3, 2, 1), Codex(4, 3, 1), Codex(5, 4, 1), Codex(6, 5, 2, 3), Codex(7, 6, 4, 5),
            Codex(8, 7, 6), Codex(9, 8, 6), Codex(10, 9, 7, 8, 9), Claude(11, 2, 10), Claude(12, 3, 10), Claude(13, 4, 10),
            Claude(14, 5, 11, 12, 13), Claude(15, 6, 14),
        ];
        AgentSpec[] agents =
        [
            .. Enumerable.Range(1, 6).Select(number => Agent($"CCG-{number}")),
            .. Enumerable.Range(1, 9).Select(number => Agent($"CG-{number}", AgentKind.Codex)),
        ];
        return Compile([.. agents], [.. tasks], new PlanPolicy { Schedule = schedule, MaxParallel = 5 });

        static PlanTask Claude(int number, int agent, params int[] after) =>
            Task($"Task-{number}", Ids(after), $"CCG-{agent}", AgentKind.Claude, seconds: 8);

        static PlanTask Codex(int number, int agent, params int[] after) =>
            Task($"Task-{number}", Ids(after), $"CG-{agent}", AgentKind.Codex, seconds: 12);

        static string[] Ids(int[] numbers) => [.. numbers.Select(number => $"Task-{number}")];
    }
}
