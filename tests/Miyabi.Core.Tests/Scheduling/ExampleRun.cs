using Miyabi.Core.Agents;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>A run for examples: what happens is told, what was decided is read.</summary>
internal sealed class ExampleRun
{
    private readonly RunPlan plan;
    private SchedulerState state;

    public ExampleRun(RunPlan plan)
    {
        this.plan = plan;
        state = SchedulerState.Start(plan);
        Step();
    }

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>What the last step decided.</summary>
    public IReadOnlyList<Decision> Decided { get; private set; } = [];

    /// <summary>What the last step started, as 'task on agent', in order.</summary>
    public IEnumerable<string> Started => Decided.OfType<StartDecision>().Select(start => $"{start.Task} on {start.Agent}");

    public IEnumerable<string> StartedTasks => Decided.OfType<StartDecision>().Select(start => start.Task);

    /// <summary>What the last step started, as 'task attempt', in order.</summary>
    public IEnumerable<string> Attempts => Decided.OfType<StartDecision>().Select(start => $"{start.Task} {start.Attempt}");

    public RunOutcome? Outcome => state.Outcome;

    public ExampleRun Succeed(params string[] tasks) => Step([.. tasks.Select(task => End(task, null))]);

    public ExampleRun Fail(string task, FailureKind kind = FailureKind.Failed) =>
        Step([End(task, new EndingFailure(kind, "It broke.", null))]);

    /// <summary>A worker ends in the middle of a call that is paid for.</summary>
    public ExampleRun Interrupt(string task) =>
        Step([End(task, new EndingFailure(FailureKind.Interrupted, "It broke.", null)) with { Usage = AgentUsage.None with { Incomplete = true } }]);

    public ExampleRun FailForGood(params string[] tasks) =>
        Step([.. tasks.Select(task => End(task, new EndingFailure(FailureKind.Refused, "It broke.", null)))]);

    /// <summary>A check's first attempt comes to a verdict.</summary>
    public ExampleRun Judge(string check, bool accepted, params string[] findings) => Tell(new Ending(
        check, 1, !accepted && check.Contains("gate", StringComparison.Ordinal) ? new EndingFailure(FailureKind.Failed, "It exited with 1.", null) : null, AgentUsage.None)
    {
        Verdict = new Verdict(accepted, [.. findings]),
    });

    /// <summary>A check's first attempt cannot be carried out.</summary>
    public ExampleRun FailCheck(string check, FailureKind kind) => Tell(new Ending(check, 1, new EndingFailure(kind, "It broke.", null), AgentUsage.None));

    public ExampleRun Tell(Ending ending) => Step([ending]);

    public ExampleRun Use(string task, AgentUsage usage) => Step([End(task, null) with { Usage = usage }]);

    public ExampleRun Say(ControlKind kind, string? task = null) => Step([], new Control(kind, task));

    public ExampleRun Say(params Control[] controls) => Step([], controls);

    public ExampleRun Retry(string? task = null) => Say(ControlKind.Retry, task);

    public ExampleRun Wait(TimeSpan time)
    {
        Now += time;
        return Step();
    }

    private Ending End(string task, EndingFailure? failure) =>
        new(task, state.Tasks[plan.TaskOf(task)].Attempt, failure, AgentUsage.None);

    private ExampleRun Step(Ending[]? endings = null, params Control[] controls)
    {
        var turn = Scheduler.Advance(plan, state, endings ?? [], controls, Now);
        (state, Decided) = (turn.State, turn.Decisions);
        return this;
    }
}
