using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Runs;

/// <summary>A run made up from a seed: a random plan, and the Scheduler asked with random endings and controls until the run has
/// ended.</summary>
internal sealed class ScriptedRun
{
    internal static readonly DateTimeOffset Begin = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly Random random;

    internal ScriptedRun(int seed)
    {
        random = new Random(seed);
        Plan = RunPlan.Compile(RandomPlan(), "run-1", new RunOptions());
        Carry();
    }

    internal RunPlan Plan { get; }

    internal List<StepDocument> Steps { get; } = [];

    /// <summary>The Scheduler's state after each step.</summary>
    internal List<SchedulerState> States { get; } = [];

    internal static PlanTask Task(string id, string agent, params string[] dependsOn) =>
        new() { Id = id, Title = $"Title of {id}", Agent = new AgentSelector(agent, AgentKind.Codex), DependsOn = [.. dependsOn] };

    internal static AgentSpec Agent(string id) => new() { Id = id, Kind = AgentKind.Codex, Provider = "simulated" };

    private Plan RandomPlan()
    {
        var agents = Enumerable.Range(1, random.Next(1, 5)).Select(i => Agent($"A-{i}") with { Slots = random.Next(1, 3) }).ToList();
        var tasks = Enumerable.Range(1, random.Next(1, 14)).Select(i => Task($"T-{i}", "A-1") with
        {
            Agent = new AgentSelector(random.Next(3) == 0 ? null : agents[random.Next(agents.Count)].Id, AgentKind.Codex),
            DependsOn = [.. Enumerable.Range(1, i - 1).Where(_ => random.Next(4) == 0).Select(j => $"T-{j}")],
            Approval = random.Next(6) == 0 ? new ApprovalSpec("May it?", random.Next(2) == 0 ? TimeSpan.FromSeconds(random.Next(1, 30))
                : null, random.Next(2) == 0) : null,
        });
        return new Plan
        {
            Name = "random",
            Agents = [.. agents],
            Tasks = [.. tasks],
            Policy = new PlanPolicy
            {
                Schedule = random.Next(2) == 0 ? Schedule.Waves : Schedule.Ready,
                MaxParallel = random.Next(1, 5),
                OnFailure = random.Next(2) == 0 ? OnFailure.Continue : OnFailure.Stop,
            },
        };
    }

    private void Carry()
    {
        var (state, now) = (SchedulerState.Start(Plan), Begin);
        while (state.Outcome is null)
        {
            var endings = Steps.Count == 0 ? [] : Endings(state);
            var controls = Controls(state, endings.Count == 0 && Steps.Count > 0)
                .Select((control, i) => new StepControl(i + 1, "", control)).ToList();
            now += TimeSpan.FromSeconds(random.Next(1, 20));
            var turn = Scheduler.Advance(Plan, state, endings.Select(ending => ending.Ending),
                controls.Select(control => control.Control), now);
            state = turn.State;
            States.Add(state);
            Steps.Add(new StepDocument
            {
                Run = Plan.RunId,
                Step = Steps.Count + 1,
                Owner = 1,
                Previous = "",
                At = now,
                Endings = [.. endings],
                Controls = [.. controls],
                Decisions = turn.Decisions,
            });
        }
    }

    private List<StepEnding> Endings(SchedulerState state) =>
    [
        .. state.Running.Where(_ => random.Next(2) == 0).Select(task => new StepEnding
        {
            Ending = new Ending(
                Plan.Plan.Tasks[task].Id,
                state.Tasks[task].Attempt,
                random.Next(3) == 0 ? new EndingFailure(random.Next(4) == 0 ? FailureKind.Refused : FailureKind.Failed, "no", null) : null,
                new AgentUsage(random.Next(10), random.Next(10), random.Next(10))),
        }),
    ];

    private IEnumerable<Control> Controls(SchedulerState state, bool nothingElse)
    {
        if (state.Suspended)
            yield return new Control(ControlKind.Unsuspend);
        if (random.Next(30) == 0)
            yield return new Control(random.Next(2) == 0 ? ControlKind.Cancel : ControlKind.Suspend);
        if (!nothingElse && random.Next(3) > 0)
            yield break;
        for (var task = 0; task < Plan.TaskCount; task++)
        {
            if (state.Tasks[task] is { Phase: TaskPhase.Approval, Asked: true })
                yield return new Control(random.Next(3) > 0 ? ControlKind.Approve : ControlKind.Reject, Plan.Plan.Tasks[task].Id);
        }
    }
}
