using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Scheduling;

/// <summary>What came of asking the Scheduler.</summary>
/// <param name="State">The state with all decisions in it.</param>
/// <param name="Decisions">What was decided, in order.</param>
public sealed record SchedulerTurn(SchedulerState State, ImmutableArray<Decision> Decisions);

/// <summary>Decides what happens next in a run. A pure function: same inputs, same decisions, always.</summary>
/// <remarks>
/// Among tasks that could start, lower <c>priority</c> goes first, then the longest remaining path, then the id. A task goes to the first
/// free agent in the plan's order that may do it; a retry, to one that has not failed it yet where there is one. No agent is idle while a
/// task it may do could start and no cap forbids it.
/// </remarks>
public static class Scheduler
{
    /// <summary>Decides.</summary>
    /// <param name="plan">The plan, worked out.</param>
    /// <param name="state">What is known so far.</param>
    /// <param name="endings">Attempts that have ended since; verified.</param>
    /// <param name="controls">What people have decided since; verified.</param>
    /// <param name="now">The time of the decision.</param>
    public static SchedulerTurn Advance(
        RunPlan plan, SchedulerState state, IEnumerable<Ending> endings, IEnumerable<Control> controls, DateTimeOffset now)
    {
        var turn = new Turn(plan, state, now);
        foreach (var control in controls)
            turn.Take(control);
        if (turn.State.Outcome is not null)
            return new SchedulerTurn(turn.State, []);
        foreach (var ending in endings)
            turn.Take(ending);
        turn.Settle();
        turn.Start();
        turn.Close();
        return new SchedulerTurn(turn.State, turn.Decisions.ToImmutable());
    }

    /// <summary>How long to wait before attempt n+1: <c>backoff * factor^(n-1)</c>, at most <c>maxBackoff</c>, less up to 20 % jitter; at least what the provider asked for.</summary>
    /// <remarks>The jitter comes from run, task and attempt, so the same question always has the same answer. What a provider asks for is heeded up to 1 h.</remarks>
    public static TimeSpan Backoff(RetryPolicy policy, string runId, string task, int failedAttempt, TimeSpan? retryAfter)
    {
        var seconds = Math.Min(
            policy.Backoff.TotalSeconds * Math.Pow(policy.Factor, failedAttempt - 1), policy.MaxBackoff.TotalSeconds);
        var wait = TimeSpan.FromSeconds(seconds * (1 - (0.2 * Jitter.Of($"{runId}/{task}/{failedAttempt}"))));
        var asked = retryAfter is { } after && after > TimeSpan.FromHours(1) ? TimeSpan.FromHours(1) : retryAfter ?? TimeSpan.Zero;
        return wait > asked ? wait : asked;
    }

    /// <summary>One asking: the state as it becomes, and the decisions that made it so.</summary>
    private sealed class Turn(RunPlan plan, SchedulerState state, DateTimeOffset now)
    {
        public SchedulerState State { get; private set; } = state;

        public ImmutableArray<Decision>.Builder Decisions { get; } = ImmutableArray.CreateBuilder<Decision>();

        public void Take(Control control)
        {
            State = State.With(control, plan);
            if (control is { Kind: ControlKind.Approve or ControlKind.Reject, Task: { } id }
                && plan.TryTaskOf(id, out var task) && State.Tasks[task] is { Phase: TaskPhase.Approval, Asked: true })
                Answer(task, control.Kind == ControlKind.Approve, control.Reason);
        }

        public void Take(Ending ending)
        {
            var stage = plan.StageOf(ending.Task);
            var before = State.Tasks[stage.Task];
            State = State.With(ending, plan);
            if (!before.IsAtWork(stage, ending.Attempt))
                return;
            // A decision of its own, so that the call made in its place is within the budget too.
            if (before.IsExcused(ending))
            {
                Again(stage.Task, new RetryDecision(ending.Task, ending.Attempt + 1, now, ending.Failure!.Message));
            }
            else if (stage.Stage == TaskStage.Work)
            {
                if (ending.Failure is { } failure)
                    Retry(stage, ending, plan.Plan.Tasks[stage.Task].Retry, ending.Attempt - before.AttemptsBefore - before.Interruptions, failure, "");
            }
            else if (ending.Verdict is { Accepted: false } verdict)
            {
                AnswerRejection(stage, verdict);
            }
            else if (ending.Failure is not null || ending.Verdict is null)
            {
                var check = StageTask.CheckOf(plan.Plan.Tasks[stage.Task], stage.Stage)!;
                var failure = ending.Failure ?? new EndingFailure(FailureKind.Rejected, "It gave no verdict.", null);
                Retry(stage, ending, check.Retry, ending.Attempt - before.Interruptions, failure, CheckReason.NotCarriedOut(stage.Stage));
            }
        }

        private void Retry(StageRef stage, Ending ending, RetryPolicy retry, int made, EndingFailure failure, string what)
        {
            if (!failure.Kind.IsRetryable())
                Fail(stage.Task, what + failure.Message);
            else if (made >= retry.MaxAttempts)
                Fail(stage.Task, what + (retry.MaxAttempts == 1 ? failure.Message : $"{failure.Message} (attempt {made} of {retry.MaxAttempts})"));
            else
                Again(stage.Task, new RetryDecision(ending.Task, ending.Attempt + 1, now + Backoff(retry, plan.RunId, ending.Task, made, failure.RetryAfter), what + failure.Message));
        }

        private void Again(int task, RetryDecision retry)
        {
            if (State.Cancelled || State.StoppedBy >= 0)
                Fail(task, retry.Reason);
            else
                Decide(retry);
        }

        // Not a failed attempt: nothing has to get better by itself, so nothing is waited for.
        private void AnswerRejection(StageRef stage, Verdict verdict)
        {
            var task = State.Tasks[stage.Task];
            var most = StageTask.CheckOf(plan.Plan.Tasks[stage.Task], stage.Stage)!.MaxRounds;
            var rejections = stage.Stage == TaskStage.Gate ? task.GateRejections : task.ReviewRejections;
            var reason = CheckReason.Rejected(stage.Stage, rejections, most, verdict);
            if (rejections >= most)
                Fail(stage.Task, reason);
            else
                Again(stage.Task, new RetryDecision(plan.Plan.Tasks[stage.Task].Id, task.Attempt + 1, now, reason));
        }

        /// <summary>Draws what follows before anything can start: skips, questions, answers by time, waits that are over.</summary>
        public void Settle()
        {
            if (State.Cancelled)
                SkipTheRest("The run was cancelled.");
            else if (State.StoppedBy >= 0)
                SkipTheRest($"The run stops because {plan.Plan.Tasks[State.StoppedBy].Id} failed.");
            State = State.With(now, plan);
            while (!State.Timers.IsEmpty && State.Timers[0].Until <= now)
                Answer(State.Timers[0].Task, plan.Plan.Tasks[State.Timers[0].Task].Approval!.ApproveByDefault, "Nobody answered in time.");

            // A rejection may have stopped the run just now.
            if (State.StoppedBy >= 0)
                SkipTheRest($"The run stops because {plan.Plan.Tasks[State.StoppedBy].Id} failed.");
            foreach (var task in State.Unasked)
            {
                var approval = plan.Plan.Tasks[task].Approval!;
                Decide(new AskDecision(plan.Plan.Tasks[task].Id, approval.Message, now + approval.Timeout));
            }
        }

        public void Start()
        {
            if (State.Suspended || State.Ready.IsEmpty || OverBudget())
                return;
            while (State.Running.Count < plan.MaxParallel && Next() is { } next)
            {
                // Not another in its place that takes less: then the best would wait for ever. What is at work may give back what it did not use.
                if (BudgetCheck.WhyTooMuch(State, plan.Plan.Agents[next.Agent].Id, plan.Reserves[next.Agent]) is { } why)
                {
                    if (State.Running.IsEmpty)
                        Decide(new BudgetReachedDecision(why));
                    return;
                }

                var task = State.Tasks[next.Task];
                var agent = plan.Plan.Agents[next.Agent].Id;
                var name = plan.NameOf(new StageRef(next.Task, task.Stage, task.Attempt));
                Decide(task.Stage == TaskStage.Work
                    ? new StartDecision(name, Math.Max(task.Attempt, task.AttemptsBefore + 1), agent) { Findings = task.Findings }
                    : new StartDecision(name, Math.Max(task.Check, 1), agent) { Findings = task.CheckFindings });
            }
        }

        public void Close()
        {
            if (State.Ended == plan.TaskCount)
            {
                var outcome = State.Cancelled ? RunOutcome.Cancelled
                    : State.Accepted == plan.TaskCount ? RunOutcome.Succeeded
                    : RunOutcome.Failed;
                Decide(new FinishDecision(outcome));
            }
            else if (!State.Timers.IsEmpty)
            {
                Decide(new WaitDecision(State.Timers[0].Until));
            }
        }

        // The best task that some free agent may do, and the agent it goes to.
        private (int Task, int Agent)? Next()
        {
            var best = int.MaxValue;
            var (agentOfBest, poolOfBest) = (-1, 0);
            for (var agent = 0; agent < plan.Plan.Agents.Length; agent++)
            {
                if (!IsFree(agent))
                    continue;
                var kind = SchedulerState.DemandOf(plan.Plan.Agents[agent].Kind);
                if (State.Ready.TryGetValue(agent, out var own) && own[0] < best)
                    (best, agentOfBest, poolOfBest) = (own[0], agent, 0);
                if (State.Ready.TryGetValue(kind, out var pool) && FirstFor(agent, pool) is { } first && first < best)
                    (best, agentOfBest, poolOfBest) = (first, agent, kind);
            }

            if (best == int.MaxValue)
                return null;
            var task = plan.TaskByRank[best];
            return (task, poolOfBest == 0 ? agentOfBest : FromPool(task, agentOfBest));
        }

        // Nearly always the first; an agent passes over reviews of what it made itself.
        private int? FirstFor(int agent, ImmutableSortedSet<int> pool)
        {
            if (!SchedulerState.IsBarred(State.Tasks[plan.TaskByRank[pool[0]]], agent))
                return pool[0];
            foreach (var rank in pool)
            {
                if (!SchedulerState.IsBarred(State.Tasks[plan.TaskByRank[rank]], agent))
                    return rank;
            }

            return null;
        }

        // A task for any agent of a kind: the first free one, but rather one that has not failed it yet.
        private int FromPool(int task, int firstFree)
        {
            var tried = State.Tasks[task].Tried;
            if (!tried.Contains(firstFree))
                return firstFree;
            for (var agent = firstFree + 1; agent < plan.Plan.Agents.Length; agent++)
            {
                if (plan.Plan.Agents[agent].Kind == plan.Plan.Agents[firstFree].Kind && !tried.Contains(agent) && IsFree(agent)
                    && !SchedulerState.IsBarred(State.Tasks[task], agent))
                    return agent;
            }

            return firstFree;
        }

        private bool IsFree(int agent) =>
            State.AgentLoad.GetValueOrDefault(agent) < plan.Plan.Agents[agent].Slots
            && State.ProviderLoad.GetValueOrDefault(plan.AgentProvider[agent]) < plan.ProviderCap[plan.AgentProvider[agent]];

        private bool OverBudget()
        {
            if (State.BudgetReached)
                return true;
            var reason = BudgetCheck.WhyUsedUp(State, now);
            if (reason is not null)
                Decide(new BudgetReachedDecision(reason));
            return reason is not null;
        }

        private void Answer(int task, bool approved, string reason)
        {
            var id = plan.Plan.Tasks[task].Id;
            Decide(new AnswerDecision(id, approved, reason));
            if (!approved)
                Fail(task, reason.Length == 0 ? "Rejected." : $"Rejected: {reason}");
        }

        private void Fail(int task, string reason)
        {
            var id = plan.Plan.Tasks[task].Id;
            Decide(new FailDecision(id, reason));
            SkipBelow(task, $"It depends on {id}, which failed.");
        }

        private void SkipBelow(int task, string reason)
        {
            var below = new Queue<int>(plan.Dependents[task]);
            while (below.TryDequeue(out var next))
            {
                if (State.Tasks[next].HasEnded)
                    continue;
                Decide(new SkipDecision(plan.Plan.Tasks[next].Id, reason));
                foreach (var further in plan.Dependents[next])
                    below.Enqueue(further);
            }
        }

        private void SkipTheRest(string reason)
        {
            if (State.Ended + State.Running.Count == plan.TaskCount)
                return; // done in an earlier step

            for (var task = 0; task < plan.TaskCount; task++)
            {
                if (!State.Tasks[task].HasEnded && State.Tasks[task].Phase != TaskPhase.Running)
                    Decide(new SkipDecision(plan.Plan.Tasks[task].Id, reason));
            }
        }

        private void Decide(Decision decision)
        {
            Decisions.Add(decision);
            State = State.With(decision, plan);
        }
    }
}
