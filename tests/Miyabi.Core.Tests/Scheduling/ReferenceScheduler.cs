using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>Decides as the documentation says, from the plan and all that has happened, counted anew each time. Slow and obvious.</summary>
public sealed class ReferenceScheduler(RunCase run)
{
    private readonly List<object> facts = [];
    private readonly Dictionary<string, int> levels = Levels(run.Plan);
    private readonly List<string> order = Order(run.Plan);
    private List<Decision> decisions = [];
    private DateTimeOffset now;

    private RunFacts View => RunFacts.Of(run, facts);

    /// <summary>What is decided in a step; remembered for the next.</summary>
    public IReadOnlyList<Decision> Decide(TraceStep step)
    {
        (decisions, now) = ([], step.Now);
        foreach (var control in step.Controls)
            Take(control);
        if (View.HasFinished)
            return decisions;
        foreach (var ending in step.Endings)
            Take(ending);
        SkipTheRest();
        AnswerWhatNobodyAnswered();
        SkipTheRest();
        Ask();
        Start();
        Close();
        return decisions;
    }

    /// <summary>For each task, the edges of the longest path from a root to it.</summary>
    public static Dictionary<string, int> Levels(Plan plan)
    {
        var edges = plan.Tasks.ToDictionary(task => task.Id, _ => 0);
        for (var round = 0; round < plan.Tasks.Length; round++)
        {
            foreach (var task in plan.Tasks)
                edges[task.Id] = task.DependsOn.Select(dependency => edges[dependency] + 1).DefaultIfEmpty(0).Max();
        }

        return edges;
    }

    /// <summary>For each task, the time from its start to the end of the longest chain below it.</summary>
    public static Dictionary<string, TimeSpan> RemainingPaths(Plan plan)
    {
        var own = plan.Tasks.ToDictionary(task => task.Id, task => task.Estimate + (task.Gate?.Estimate ?? TimeSpan.Zero) + (task.Review?.Estimate ?? TimeSpan.Zero));
        var paths = plan.Tasks.ToDictionary(task => task.Id, task => own[task.Id]);
        for (var round = 0; round < plan.Tasks.Length; round++)
        {
            foreach (var task in plan.Tasks)
            {
                var below = plan.Tasks.Where(other => other.DependsOn.Contains(task.Id)).Select(other => paths[other.Id]);
                paths[task.Id] = own[task.Id] + below.DefaultIfEmpty(TimeSpan.Zero).Max();
            }
        }

        return paths;
    }

    /// <summary>Ids by priority, then longest remaining path, then id.</summary>
    public static List<string> Order(Plan plan)
    {
        var paths = RemainingPaths(plan);
        return [.. plan.Tasks
            .OrderBy(task => task.Priority)
            .ThenByDescending(task => paths[task.Id])
            .ThenBy(task => task.Id, StringComparer.Ordinal)
            .Select(task => task.Id)];
    }

    private void Take(Control control)
    {
        facts.Add(control);
        if (control.Kind is not (ControlKind.Approve or ControlKind.Reject))
            return;
        var task = View.Tasks.Find(task => task.Id == control.Task && task.AwaitsAnswer);
        if (task is not null)
            Answer(task, control.Kind == ControlKind.Approve, control.Reason);
    }

    private void Take(Ending ending)
    {
        if (!View.IsAtWork(ending))
            return;
        var task = View.Of(ending.Task);
        var (made, excuses) = (task.Counted.Count, task.Excuses);
        var check = task.Stage switch
        {
            TaskStage.Gate => task.Task.Gate,
            TaskStage.Review => task.Task.Review,
            _ => null,
        };
        facts.Add(ending);
        var view = View;
        var goesOn = !view.IsCancelled && !view.IsStopped;
        if (ending.Failure is { Kind: FailureKind.Interrupted } interrupted && excuses > 0)
        {
            if (goesOn)
                Decide(new RetryDecision(ending.Task, ending.Attempt + 1, now, interrupted.Message));
            else
                Fail(task);
            return;
        }

        if (check is not null && ending.Verdict is not null)
        {
            if (ending.Verdict.Accepted)
                return;
            if (goesOn && view[task.Id].Rejections(task.Stage!.Value) < check.MaxRounds)
                Decide(new RetryDecision(task.Id, task.Starts[^1].Attempt + 1, now, ""));
            else
                Fail(task);
            return;
        }

        if (ending.Failure is not { } failure)
            return;
        var retry = check?.Retry ?? task.Task.Retry;
        if (goesOn && failure.Kind.IsRetryable() && made < retry.MaxAttempts)
        {
            var wait = Scheduler.Backoff(retry, RunCase.RunId, ending.Task, made, failure.RetryAfter);
            Decide(new RetryDecision(ending.Task, ending.Attempt + 1, now + wait, failure.Message));
        }
        else
        {
            Fail(task);
        }
    }

    private void Answer(TaskFacts task, bool approved, string reason)
    {
        Decide(new AnswerDecision(task.Id, approved, reason));
        if (!approved)
            Fail(task);
    }

    private void Fail(TaskFacts failed)
    {
        Decide(new FailDecision(failed.Id, ""));
        bool found;
        do
        {
            found = false;
            var view = View;
            foreach (var task in view.Tasks.Where(task => !task.HasEnded && task.Task.DependsOn.Any(IsLost)))
            {
                Decide(new SkipDecision(task.Id, "depends"));
                found = true;
            }

            bool IsLost(string dependency) => view[dependency].Fails.Count > 0 || view[dependency].Skips.Count > 0;
        }
        while (found);
    }

    private void SkipTheRest()
    {
        var view = View;
        if (!view.IsCancelled && !view.IsStopped)
            return;
        foreach (var task in view.Tasks.Where(task => !task.HasEnded && !task.IsRunning))
            Decide(new SkipDecision(task.Id, view.IsCancelled ? "cancelled" : "stops"));
    }

    private void AnswerWhatNobodyAnswered()
    {
        foreach (var task in View.Tasks.Where(task => task.AwaitsAnswer && task.Ask!.Until <= now))
            Answer(task, task.Task.Approval!.ApproveByDefault, "Nobody answered in time.");
    }

    private void Ask()
    {
        var view = View;
        foreach (var task in view.Tasks.Where(task => task.Task.Approval is not null && task.Ask is null && view.IsOpen(task, levels)))
            Decide(new AskDecision(task.Id, task.Task.Approval!.Message, now + task.Task.Approval.Timeout));
    }

    private void Start()
    {
        var first = View;
        if (first.IsSuspended || !order.Exists(id => CouldStart(first, first[id])))
            return;
        if (first.BudgetWasReached)
            return;
        if (first.IsBudgetUsedUp)
        {
            Decide(new BudgetReachedDecision(""));
            return;
        }

        while (NextStart(View) is { } start)
        {
            var view = View;
            if (view.IsTooMuch(start.Agent))
            {
                if (view.AtWork == 0)
                    Decide(new BudgetReachedDecision(""));
                return;
            }

            Decide(start);
        }
    }

    private StartDecision? NextStart(RunFacts view)
    {
        if (view.AtWork >= run.MaxParallel)
            return null;
        foreach (var task in order.Select(id => view[id]).Where(task => CouldStart(view, task)))
        {
            var free = view.AgentsFor(task).Where(view.IsFree).ToList();
            var agent = free.Find(agent => !task.Tried.Contains(agent.Id)) ?? free.FirstOrDefault();
            if (agent is not null)
                return new StartDecision(task.Name, task.Stage == TaskStage.Work ? task.Made + task.Starts.Count + 1 : task.InRound.Count + 1, agent.Id) { Findings = [.. task.Findings] };
        }

        return null;
    }

    private bool CouldStart(RunFacts view, TaskFacts task) => view.IsOpen(task, levels) && task.IsAllowed && task.IsDue(now);

    private void Close()
    {
        var view = View;
        if (view.Tasks.TrueForAll(task => task.HasEnded))
        {
            Decide(new FinishDecision(
                view.IsCancelled ? RunOutcome.Cancelled
                : view.Tasks.TrueForAll(task => task.IsAccepted) ? RunOutcome.Succeeded
                : RunOutcome.Failed));
            return;
        }

        List<DateTimeOffset> times = [];
        foreach (var task in view.Tasks.Where(task => !task.HasEnded && !task.IsRunning))
        {
            if (task.AwaitsAnswer && task.Ask!.Until is { } until)
                times.Add(until);
            if (!task.IsDue(now))
                times.Add(task.DueAt!.Value);
        }

        if (times.Count > 0)
            Decide(new WaitDecision(times.Min()));
    }

    private void Decide(Decision decision)
    {
        decisions.Add(decision);
        facts.Add(decision);
    }
}
