using System.Collections.Immutable;

namespace Miyabi.Core.Scheduling;

// How recorded facts change the state. No rule of scheduling is in here: what follows from a fact was decided, and is a fact too.
public sealed partial record SchedulerState
{
    /// <summary>An attempt has ended. Told twice, or about an attempt that is not at work, it changes nothing.</summary>
    public SchedulerState With(Ending ending, RunPlan plan)
    {
        var task = plan.TaskOf(ending.Task);
        var before = Tasks[task];
        if (before.Phase != TaskPhase.Running || before.Attempt != ending.Attempt)
            return this;
        var state = this with
        {
            Running = Running.Remove(task),
            AgentLoad = Less(AgentLoad, before.Agent),
            ProviderLoad = Less(ProviderLoad, plan.AgentProvider[before.Agent]),
            Usage = Usage.Plus(ending.Usage),
        };
        if (ending.Failure is { } failure)
        {
            // Neither at work nor ended: the decision to retry or to give up, in the same step, says which.
            return state.Set(task, before with
            {
                Phase = TaskPhase.Pending,
                Tried = before.Tried.Contains(before.Agent) ? before.Tried : before.Tried.Add(before.Agent),
                Findings = before.Findings.Add(failure.Message),
            });
        }

        state = state.Set(task, before with { Phase = TaskPhase.Accepted }) with { Accepted = Accepted + 1 };
        foreach (var dependent in plan.Dependents[task])
        {
            var next = state.Tasks[dependent] with { Missing = state.Tasks[dependent].Missing - 1 };
            state = state.Set(dependent, next);
            if (next is { Missing: 0, Phase: TaskPhase.Pending } && plan.Schedule == Plans.Schedule.Ready)
                state = state.Open(dependent, plan);
        }

        return state.CloseInWave(task, plan);
    }

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
        StartDecision start => Started(plan.TaskOf(start.Task), start, plan),
        RetryDecision retry => Delayed(plan.TaskOf(retry.Task), retry.Attempt, retry.NotBefore),
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
        var state = this;
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

    private SchedulerState Started(int task, StartDecision start, RunPlan plan)
    {
        var agent = plan.AgentOf(start.Agent);
        var state = Leave(task, plan);
        return state.Set(task, Tasks[task] with { Phase = TaskPhase.Running, Attempt = start.Attempt, Agent = agent, Until = null }) with
        {
            Running = state.Running.Add(task),
            AgentLoad = More(state.AgentLoad, agent),
            ProviderLoad = More(state.ProviderLoad, plan.AgentProvider[agent]),
        };
    }

    private SchedulerState Delayed(int task, int attempt, DateTimeOffset until) =>
        Set(task, Tasks[task] with { Phase = TaskPhase.Backoff, Until = until, Attempt = attempt }) with { Timers = Timers.Add((until, task)) };

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
        var waits = before.Phase == TaskPhase.Backoff || before is { Phase: TaskPhase.Ready, Tried.IsEmpty: false };
        var attempt = waits ? before.Attempt - 1 : before.Attempt;
        var state = Leave(task, plan).Set(task, before with { Phase = phase, Attempt = attempt, Reason = reason, Until = null });
        state = phase == TaskPhase.Failed ? state with { Failed = Failed + 1 } : state with { Skipped = Skipped + 1 };
        if (phase == TaskPhase.Failed && StoppedBy < 0 && plan.Plan.Policy.OnFailure == Plans.OnFailure.Stop)
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
            if (plan.Schedule == Plans.Schedule.Ready || state.Wave == plan.Waves.Length)
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
