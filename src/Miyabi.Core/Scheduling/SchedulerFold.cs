using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Scheduling;

// How recorded facts change the state. No rule of scheduling is in here: what follows from a fact was decided, and is a fact too.
public sealed partial record SchedulerState
{
    /// <summary>An attempt has ended. Told twice, or about an attempt that is not at work, it changes nothing.</summary>
    public SchedulerState With(Ending ending, RunPlan plan)
    {
        var stage = plan.StageOf(ending.Task);
        var task = stage.Task;
        var before = Tasks[task];
        if (!before.IsAtWork(stage, ending.Attempt))
            return this;
        var state = this with
        {
            Running = Running.Remove(task),
            AgentLoad = Less(AgentLoad, before.AgentOfStage),
            ProviderLoad = Less(ProviderLoad, plan.AgentProvider[before.AgentOfStage]),
            Usage = Usage.Plus(ending.Usage),
        };
        state = state.Reserve(plan.Reserves[before.AgentOfStage], -1);
        if (ending.Usage.Incomplete)
            state = state.Unsettled(plan.Reserves[before.AgentOfStage], ending.Usage);
        if (before.IsExcused(ending))
            return state.Set(task, before with { Phase = TaskPhase.Pending, Interruptions = before.Interruptions + 1 });
        if (before.Stage != TaskStage.Work && ending.Verdict is { Accepted: false } verdict)
            return state.Rejected(stage, verdict, plan);
        // A check without a verdict never lets a result pass, whatever it says of itself.
        var hasFailed = ending.Failure is not null || (before.Stage != TaskStage.Work && ending.Verdict is null);
        return hasFailed ? state.Unsuccessful(task, ending.Failure?.Message) : state.Succeeded(task, plan);
    }

    // Neither at work nor ended: the decision to retry or to give up, in the same step, says which.
    private SchedulerState Unsuccessful(int task, string? finding)
    {
        var before = Tasks[task];
        var after = before with
        {
            Phase = TaskPhase.Pending,
            Tried = before.Tried.Contains(before.AgentOfStage) ? before.Tried : before.Tried.Add(before.AgentOfStage),
        };
        if (finding is null)
            return Set(task, after);
        return Set(task, before.Stage == TaskStage.Work
            ? after with { Findings = before.Findings.Add(new AttemptFinding(finding)) }
            : after with { CheckFindings = before.CheckFindings.Add(new AttemptFinding(finding)) });
    }

    // The task is to be worked on anew, with what is wrong: the decision that follows says whether it is.
    private SchedulerState Rejected(StageRef stage, Verdict verdict, RunPlan plan)
    {
        var task = stage.Task;
        var before = Tasks[task];
        var check = new StageName(plan.Plan.Tasks[task].Id, stage.Stage, stage.Attempt);
        var isGate = before.Stage == TaskStage.Gate;
        return Set(task, AtStage(before, TaskStage.Work) with
        {
            Phase = TaskPhase.Pending,
            AttemptsBefore = before.Attempt,
            // In place of all before: the check looks at the next result as a whole, and says again what is still wrong.
            Findings = [.. verdict.Findings.Select(finding => new AttemptFinding(finding, check))],
            GateRejections = before.GateRejections + (isGate ? 1 : 0),
            ReviewRejections = before.ReviewRejections + (isGate ? 0 : 1),
        });
    }

    private SchedulerState Succeeded(int task, RunPlan plan)
    {
        if (plan.StageAfter(task, Tasks[task].Stage) is { } next)
            return Set(task, AtStage(Tasks[task], next) with { Phase = TaskPhase.Ready }).Enqueue(task, plan);
        var state = Set(task, Tasks[task] with { Phase = TaskPhase.Accepted }) with { Accepted = Accepted + 1 };
        foreach (var dependent in plan.Dependents[task])
        {
            var waiting = state.Tasks[dependent] with { Missing = state.Tasks[dependent].Missing - 1 };
            state = state.Set(dependent, waiting);
            if (waiting is { Missing: 0, Phase: TaskPhase.Pending } && plan.Schedule == Schedule.Ready)
                state = state.Open(dependent, plan);
        }

        return state.CloseInWave(task, plan);
    }

    private static TaskState AtStage(TaskState before, TaskStage stage) =>
        before with { Stage = stage, Check = 0, Checker = -1, CheckFindings = [], Tried = [], Interruptions = 0 };

    /// <summary>A person decided. What does not apply (an answer nobody waits for, a second cancel) changes nothing.</summary>
    public SchedulerState With(Control control, RunPlan plan) => control.Kind switch
    {
        ControlKind.Cancel => this with { Cancelled = true },
        ControlKind.Suspend => this with { Suspended = true },
        ControlKind.Unsuspend => this with { Suspended = false },
        ControlKind.Retry => Reopened(control.Task, plan),
        ControlKind.RaiseBudget when control.Budget is { } budget => this with { Budget = budget, BudgetReached = false },
        _ => this, // approvals and rejections become answers, which are decisions
    };

    /// <summary>Something was decided.</summary>
    public SchedulerState With(Decision decision, RunPlan plan) => decision switch
    {
        StartDecision start => Started(plan.StageOf(start.Task), start, plan),
        RetryDecision retry => Delayed(plan.StageOf(retry.Task), retry.Attempt, retry.NotBefore),
        FailDecision fail => End(plan.TaskOf(fail.Task), TaskPhase.Failed, fail.Reason, plan),
        SkipDecision skip => End(plan.TaskOf(skip.Task), TaskPhase.Skipped, skip.Reason, plan),
        AskDecision ask => Asking(plan.TaskOf(ask.Task), ask.Until),
        AnswerDecision answer => Answered(plan.TaskOf(answer.Task), answer.Approved, plan),
        BudgetReachedDecision => this with { BudgetReached = true },
        FinishDecision finish => this with { Outcome = finish.Outcome },
        _ => this,
    };

    /// <summary>Time has passed: attempts whose wait is over could start now.</summary>
    /// <remarks>No decision depends on this being told, but where it is not, every later question to the Scheduler works it out again.</remarks>
    public SchedulerState With(DateTimeOffset now, RunPlan plan)
    {
        var state = StartedAt is null ? this with { StartedAt = now } : this;
        foreach (var (until, task) in Timers)
        {
            if (until > now)
                break;
            if (Tasks[task].Phase == TaskPhase.Backoff)
                state = state.Due(task, plan);
        }

        return state;
    }

    private SchedulerState Due(int task, RunPlan plan) =>
        Leave(task, plan).Set(task, Tasks[task] with { Phase = TaskPhase.Ready, Until = null }).Enqueue(task, plan);

    // Dependencies are accepted, and the wave has begun.
    private SchedulerState Open(int task, RunPlan plan)
    {
        var state = Tasks[task];
        if (plan.Plan.Tasks[task].Approval is not null && !state.Approved)
            return Set(task, state with { Phase = TaskPhase.Approval }) with { Unasked = Unasked.Add(task) };
        return Set(task, state with { Phase = TaskPhase.Ready }).Enqueue(task, plan);
    }

    private SchedulerState Started(StageRef stage, StartDecision start, RunPlan plan)
    {
        var (task, agent) = (stage.Task, plan.AgentOf(start.Agent));
        var state = Leave(task, plan);
        var running = Tasks[task] with { Phase = TaskPhase.Running, Until = null };
        var started = state.Set(task, stage.Stage == TaskStage.Work
            ? running with { Attempt = start.Attempt, Agent = agent }
            : running with { Check = start.Attempt, Checker = agent }) with
        {
            Running = state.Running.Add(task),
            AgentLoad = More(state.AgentLoad, agent),
            ProviderLoad = More(state.ProviderLoad, plan.AgentProvider[agent]),
        };
        return started.Reserve(plan.Reserves[agent], 1);
    }

    // The call ended before anyone said what it took: at most what was set aside for it.
    private SchedulerState Unsettled(CallReserve reserve, AgentUsage told) => this with
    {
        UnsettledTokens = UnsettledTokens + Math.Max(0, reserve.Tokens - told.InputTokens - told.OutputTokens),
        UnsettledUsd = UnsettledUsd + Math.Max(0, (reserve.CostUsd ?? 0) - told.CostUsd),
    };

    private SchedulerState Reserve(CallReserve reserve, int times) => reserve == CallReserve.None ? this : this with
    {
        ReservedTokens = ReservedTokens + (times * reserve.Tokens),
        ReservedUsd = ReservedUsd + (times * (reserve.CostUsd ?? 0)),
    };

    private SchedulerState Delayed(StageRef stage, int attempt, DateTimeOffset until)
    {
        var waiting = Tasks[stage.Task] with { Phase = TaskPhase.Backoff, Until = until };
        return Set(stage.Task, stage.Stage == TaskStage.Work ? waiting with { Attempt = attempt } : waiting with { Check = attempt }) with
        {
            Timers = Timers.Add((until, stage.Task)),
        };
    }

    private SchedulerState Asking(int task, DateTimeOffset? until)
    {
        var state = Set(task, Tasks[task] with { Asked = true, Until = until }) with
        {
            Unasked = Unasked.Remove(task),
            AwaitingAnswer = AwaitingAnswer + 1,
        };
        return until is { } time ? state with { Timers = state.Timers.Add((time, task)) } : state;
    }

    private SchedulerState Answered(int task, bool approved, RunPlan plan)
    {
        var state = Leave(task, plan).Set(task, Tasks[task] with { Phase = TaskPhase.Pending, Approved = approved, Until = null });
        return approved ? state.Open(task, plan) : state; // a rejection is followed by the decision that the task failed
    }

    private SchedulerState End(int task, TaskPhase phase, string reason, RunPlan plan)
    {
        if (Tasks[task].HasEnded)
            return this;
        var before = Tasks[task];
        // The attempt that it waited for, or that could have started by now, is never made.
        var waits = before.Stage == TaskStage.Work
            && (before.Phase == TaskPhase.Backoff || (before.Phase == TaskPhase.Ready && before.Attempt > before.AttemptsBefore));
        var attempt = waits ? before.Attempt - 1 : before.Attempt;
        var state = Leave(task, plan).Set(task, before with { Phase = phase, Attempt = attempt, Reason = reason, Until = null });
        state = phase == TaskPhase.Failed ? state with { Failed = Failed + 1 } : state with { Skipped = Skipped + 1 };
        if (phase == TaskPhase.Failed && StoppedBy < 0 && plan.Plan.Policy.OnFailure == OnFailure.Stop)
            state = state with { StoppedBy = task };
        return state.CloseInWave(task, plan);
    }

    // Takes a task out of whatever queue its phase keeps it in.
    private SchedulerState Leave(int task, RunPlan plan)
    {
        var before = Tasks[task];
        var state = this;
        if (before.Until is { } until)
            state = state with { Timers = state.Timers.Remove((until, task)) };
        if (before is { Phase: TaskPhase.Approval, Asked: false })
            state = state with { Unasked = state.Unasked.Remove(task) };
        else if (before.Phase == TaskPhase.Approval)
            state = state with { AwaitingAnswer = state.AwaitingAnswer - 1 };
        if (before.Phase == TaskPhase.Ready)
        {
            var demand = DemandOf(plan, task, before);
            var left = state.Ready[demand].Remove(plan.Rank[task]);
            state = state with { Ready = left.IsEmpty ? state.Ready.Remove(demand) : state.Ready.SetItem(demand, left) };
        }

        return state;
    }

    private SchedulerState Enqueue(int task, RunPlan plan)
    {
        var demand = DemandOf(plan, task, Tasks[task]);
        var queue = Ready.GetValueOrDefault(demand, ImmutableSortedSet<int>.Empty);
        return this with { Ready = Ready.SetItem(demand, queue.Add(plan.Rank[task])) };
    }

    private SchedulerState CloseInWave(int task, RunPlan plan)
    {
        var wave = plan.Level[task];
        var state = this with { WaveOpen = WaveOpen.SetItem(wave, WaveOpen[wave] - 1) };
        while (state.Wave < plan.Waves.Length && state.WaveOpen[state.Wave] == 0)
        {
            state = state with { Wave = state.Wave + 1 };
            if (plan.Schedule == Schedule.Ready || state.Wave == plan.Waves.Length)
                continue;
            foreach (var next in plan.Waves[state.Wave])
            {
                if (state.Tasks[next] is { Phase: TaskPhase.Pending, Missing: 0 })
                    state = state.Open(next, plan);
            }
        }

        return state;
    }

    private SchedulerState Set(int task, TaskState state) => this with { Tasks = Tasks.SetItem(task, state) };

    private static ImmutableDictionary<int, int> More(ImmutableDictionary<int, int> load, int key) =>
        load.SetItem(key, load.GetValueOrDefault(key) + 1);

    private static ImmutableDictionary<int, int> Less(ImmutableDictionary<int, int> load, int key) =>
        load[key] == 1 ? load.Remove(key) : load.SetItem(key, load[key] - 1);
}
