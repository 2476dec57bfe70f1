using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>The world around the Scheduler: agents that succeed and fail, people who decide, a clock; all from the case's seed.</summary>
/// <remarks>It knows what the Scheduler decided and nothing else, and in the end gives whatever a run waits for, so every run can end.</remarks>
public sealed class RunDriver
{
    /// <summary>More than any attempt uses up here.</summary>
    public static readonly CallReserve MostUsed = new(200, 1m);

    private const int MaxSteps = 3000;

    private static readonly FailureKind[] Kinds = [.. Enum.GetValues<FailureKind>().Where(kind => kind != FailureKind.Interrupted)];

    private readonly RunCase run;
    private readonly RunPlan plan;
    private readonly Random random;
    private readonly int failurePercent;
    private readonly List<TraceStep> steps = [];
    private readonly List<(DateTimeOffset At, Ending Ending)> atWork = [];
    private readonly List<Ending> told = [];
    private readonly HashSet<string> asked = [];
    private SchedulerState state;
    private DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private DateTimeOffset? wait;
    private bool isSuspended;
    private bool isBudgetUsedUp;
    private bool isFinished;

    private RunDriver(RunCase run)
    {
        this.run = run;
        plan = run.Compile();
        state = SchedulerState.Start(plan);
        random = new Random(run.Seed);
        failurePercent = random.Next(3) switch { 0 => 0, 1 => 10, _ => 35 };
    }

    /// <summary>Plays a run to its end, has it taken up again so many times, and plays it to its end each time.</summary>
    public static RunTrace Play(RunCase run, int retries = 0)
    {
        var driver = new RunDriver(run);
        driver.Ask([], driver.random.Next(8) == 0 ? [driver.AnyControl()] : []);
        while (!driver.isFinished)
            driver.Go();
        for (; retries > 0; retries--)
        {
            driver.TakeUpAgain();
            while (!driver.isFinished)
                driver.Go();
        }

        return new RunTrace(run, [.. driver.steps]);
    }

    private void Go()
    {
        if (steps.Count >= MaxSteps)
            throw new InvalidOperationException($"The run has not ended after {MaxSteps} steps.");
        if (atWork.Count == 0 && wait is null)
        {
            Ask([], [WhatIsWaitedFor()]);
            return;
        }

        if (steps.Count < 200 && random.Next(8) == 0)
        {
            Ask([], [AnyControl()]);
            return;
        }

        var next = atWork.Select(work => work.At).Append(wait ?? DateTimeOffset.MaxValue).Min();
        if (next > now)
            now = next;
        if (random.Next(2) == 0)
            now += TimeSpan.FromSeconds(random.Next(10)); // several things at once
        var endings = atWork.Where(work => work.At <= now).Select(work => work.Ending).ToArray();
        atWork.RemoveAll(work => work.At <= now);
        random.Shuffle(endings);
        if (told.Count > 0 && random.Next(10) == 0)
            endings = [.. endings, Late()];
        Ask(endings, random.Next(15) == 0 ? [AnyControl()] : []);
    }

    // A retry, with whatever people may have decided just before and after it; some of them change nothing.
    private void TakeUpAgain()
    {
        now += TimeSpan.FromSeconds(random.Next(3) * 100);
        var retry = new Control(ControlKind.Retry, random.Next(3) > 0 ? run.Plan.Tasks[random.Next(run.Plan.Tasks.Length)].Id : null);
        Control[] before = random.Next(4) == 0 ? [AnyControl()] : [];
        Control[] after = random.Next(4) == 0 ? [AnyControl()] : [];
        Ending[] late = told.Count > 0 && random.Next(4) == 0 ? [Late()] : [];
        asked.Clear();
        isFinished = false;
        Ask(late, [.. before, retry, .. after]);
        isFinished = state.Outcome is not null;
        (isSuspended, isBudgetUsedUp) = (state.Suspended, state.BudgetReached);
    }

    private void Ask(Ending[] endings, Control[] controls)
    {
        var turn = Scheduler.Advance(plan, state, endings, controls, now);
        state = turn.State;
        steps.Add(new TraceStep(now, [.. controls], [.. endings], turn.Decisions));
        told.AddRange(endings);
        foreach (var control in controls)
            Note(control);
        wait = null;
        foreach (var decision in turn.Decisions)
            Note(decision);
    }

    private void Note(Control control)
    {
        if (control.Kind is ControlKind.Suspend or ControlKind.Unsuspend)
            isSuspended = control.Kind == ControlKind.Suspend;
        else if (control.Kind == ControlKind.RaiseBudget)
            isBudgetUsedUp = false;
    }

    private void Note(Decision decision)
    {
        switch (decision)
        {
            case StartDecision start: atWork.Add((now + TimeSpan.FromSeconds(random.Next(1, 20)), EndingOf(start))); break;
            case AskDecision ask: asked.Add(ask.Task); break;
            case AnswerDecision answer: asked.Remove(answer.Task); break;
            case SkipDecision skip: asked.Remove(skip.Task); break;
            case BudgetReachedDecision: isBudgetUsedUp = true; break;
            case WaitDecision until: wait = until.Until; break;
            case FinishDecision: isFinished = true; break;
        }
    }

    // Told before, with a better word for it now: it changes nothing.
    private Ending Late()
    {
        var before = told[random.Next(told.Count)];
        return before with { Failure = null, Verdict = before.Verdict is null ? null : new Verdict(true, []) };
    }

    private Ending EndingOf(StartDecision start)
    {
        var usage = new AgentUsage(random.NextInt64(MostUsed.Tokens / 2), random.NextInt64(MostUsed.Tokens / 2), random.Next(100) * MostUsed.CostUsd!.Value / 100);
        var check = StageName.Parse(start.Task);
        if (random.Next(100) < run.InterruptedPercent)
            return new Ending(start.Task, start.Attempt, new EndingFailure(FailureKind.Interrupted, $"Interrupted in {start.Task} {start.Attempt}", null), AgentUsage.None with { Incomplete = true });
        if (check is not null && random.Next(3) == 0)
        {
            return new Ending(start.Task, start.Attempt, check.Stage == TaskStage.Gate ? new EndingFailure(FailureKind.Failed, "It exited with 1.", null) : null, usage)
            {
                Verdict = new Verdict(false, [$"{start.Task} found one", $"{start.Task} found another"]),
            };
        }

        if (random.Next(100) >= failurePercent)
            return new Ending(start.Task, start.Attempt, null, usage) { Verdict = check is null ? null : new Verdict(true, []) };
        var kind = random.Next(4) > 0 ? FailureKind.Failed : Kinds[random.Next(Kinds.Length)];
        TimeSpan? retryAfter = random.Next(6) switch
        {
            0 => TimeSpan.FromSeconds(random.Next(60)),
            1 => TimeSpan.FromMinutes(random.Next(120)),
            _ => null,
        };
        return new Ending(start.Task, start.Attempt, new EndingFailure(kind, $"{kind} in {start.Task} {start.Attempt}", retryAfter), usage);
    }

    private Control AnyControl() => random.Next(13) switch
    {
        12 => new Control(ControlKind.Retry, random.Next(2) == 0 ? null : run.Plan.Tasks[random.Next(run.Plan.Tasks.Length)].Id),
        0 => new Control(ControlKind.Cancel),
        1 or 2 or 3 => new Control(ControlKind.Suspend),
        4 or 5 => new Control(ControlKind.Unsuspend),
        6 => Raise(),
        7 => new Control(ControlKind.Approve, "nobody-knows-it"),
        8 => new Control(ControlKind.Reject, run.Plan.Tasks[random.Next(run.Plan.Tasks.Length)].Id, "no"),
        9 => new Control(ControlKind.Approve, run.Plan.Tasks[random.Next(run.Plan.Tasks.Length)].Id),
        _ => asked.Count > 0 ? Answer() : new Control(ControlKind.Unsuspend),
    };

    private Control WhatIsWaitedFor() =>
        isSuspended ? new Control(ControlKind.Unsuspend)
        : isBudgetUsedUp ? Raise()
        : asked.Count > 0 ? Answer()
        : throw new InvalidOperationException("The run waits for nothing.");

    private Control Answer() =>
        new(random.Next(4) == 0 ? ControlKind.Reject : ControlKind.Approve, asked.Order().ElementAt(random.Next(asked.Count)));

    // Often too little, so that it is found used up again.
    private Control Raise() => new(ControlKind.RaiseBudget)
    {
        Budget = random.Next(2) == 0 ? new Budget(null, null) : new Budget(steps.Count, 100 * steps.Count),
    };
}
