using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Cli.Tests.View;

/// <summary>Two tasks, one after the other, on one agent.</summary>
internal static class SmallRun
{
    internal static readonly RunPlan Plan = RunPlan.Compile(
        new Plan
        {
            Name = "small",
            Agents = [new AgentSpec { Id = "A-1", Kind = AgentKind.Codex, Provider = "simulated" }],
            Tasks = [Task("T-1"), Task("T-2") with { DependsOn = ["T-1"] }],
        },
        "run-1",
        new RunOptions());

    internal static StepDocument[] Failing =>
    [
        Step(1, 0, [new StartDecision("T-1", 1, "A-1")]),
        Step(
            2,
            4.2,
            [new FailDecision("T-1", "Out of luck."), new SkipDecision("T-2", "It depends on T-1, which failed."),
                new FinishDecision(RunOutcome.Failed)],
            Ending("T-1", 1, "Out of luck.")),
    ];

    internal static StepDocument Step(int number, double seconds, Decision[] decisions, params StepEnding[] endings) => new()
    {
        Run = "run-1",
        Step = number,
        Owner = 1,
        Previous = "",
        At = NastyRun.Begin.AddSeconds(seconds),
        Decisions = [.. decisions],
        Endings = [.. endings],
    };

    internal static StepEnding Ending(string task, int attempt, string? failure = null) => new()
    {
        Ending = new Ending(task, attempt, failure is null ? null : new EndingFailure(FailureKind.Failed, failure, null), AgentUsage.None),
    };

    private static PlanTask Task(string id) => new() { Id = id, Title = $"Title of {id}",
        Agent = new AgentSelector("A-1", AgentKind.Codex) };
}
