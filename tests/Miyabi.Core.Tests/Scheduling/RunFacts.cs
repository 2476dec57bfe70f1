using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>What a list of facts says about a run: counted anew each time, with plain loops, slow and obvious.</summary>
public sealed class RunFacts
{
    private readonly Dictionary<string, TaskFacts> byId;
    private bool isStopped;

    private RunFacts(RunCase run)
    {
        Run = run;
        Tasks = [.. run.Plan.Tasks.Select(task => new TaskFacts(task))];
        byId = Tasks.ToDictionary(task => task.Id);
        Budget = run.Plan.Policy.Budget;
    }

    public RunCase Run { get; }

    public List<TaskFacts> Tasks { get; }

    public Budget Budget { get; private set; }

    public decimal Cost { get; private set; }

    public long Tokens { get; private set; }

    public bool BudgetWasReached { get; private set; }

    public bool IsSuspended { get; private set; }

    public bool IsCancelled { get; private set; }

    public bool IsStopped => Run.Plan.Policy.OnFailure == OnFailure.Stop && isStopped;

    public bool HasFinished { get; private set; }

    /// <summary>How often the run was taken up again.</summary>
    public int Reopened { get; private set; }

    public bool IsBudgetUsedUp => Cost >= (Budget.MaxCostUsd ?? decimal.MaxValue) || Tokens >= (Budget.MaxTokens ?? long.MaxValue);

    /// <summary>Whether an attempt of an agent could use up more than is left, if all at work use up what they may.</summary>
    public bool IsTooMuch(string agent)
    {
        var all = Tasks.Where(task => task.IsRunning).Select(task => task.AgentAtWork).Append(agent).Select(id => Run.Options.Reserves?.GetValueOrDefault(id!) ?? CallReserve.None).ToList();
        return Cost + all.Sum(reserve => reserve.CostUsd) > (Budget.MaxCostUsd ?? decimal.MaxValue) || Tokens + all.Sum(reserve => reserve.Tokens) > (Budget.MaxTokens ?? long.MaxValue);
    }

    public TaskFacts this[string id] => byId[id];

    /// <summary>The task of an id, or of the name of a check of it.</summary>
    public TaskFacts Of(string name) => this[StageName.Parse(name)?.Task ?? name];

    /// <summary>Whether an ending is that of an attempt at work.</summary>
    public bool IsAtWork(Ending ending)
    {
        var task = Of(ending.Task);
        return task.IsRunning && (task.IsChecking ? task.Checks : task.Starts)[^1] is var start && start.Task == ending.Task && start.Attempt == ending.Attempt;
    }

    public static RunFacts Of(RunCase run, IEnumerable<object> facts)
    {
        var view = new RunFacts(run);
        foreach (var fact in facts)
            view.Add(fact);
        return view;
    }

    public int AtWork => Tasks.Count(task => task.IsRunning);

    public int AtWorkOn(AgentSpec agent) => Tasks.Count(task => task.IsRunning && task.AgentAtWork == agent.Id);

    public int AtWorkOn(string provider) =>
        Run.Plan.Agents.Where(agent => Run.ProviderOf(agent) == provider).Sum(AtWorkOn);

    public bool IsFree(AgentSpec agent) =>
        AtWorkOn(agent) < agent.Slots && AtWorkOn(Run.ProviderOf(agent)) < (Run.CapOf(Run.ProviderOf(agent)) ?? int.MaxValue);

    /// <summary>Agents that may make the next attempt, in the plan's order: the own one at first, then any of the kind; no review of an agent's own work.</summary>
    public IEnumerable<AgentSpec> AgentsFor(TaskFacts task)
    {
        var selector = task.Stage switch
        {
            TaskStage.Gate => task.Task.Gate!.Agent,
            TaskStage.Review => task.Task.Review!.Agent,
            _ => task.Task.Agent,
        };
        var maker = task.Stage == TaskStage.Review ? task.Starts[^1].Agent : null;
        return Run.Plan.Agents.Where(agent => agent.Id != maker
            && (selector.Id is { } own && own != maker && task.Counted.Count == 0 ? agent.Id == own : agent.Kind == selector.Kind));
    }

    /// <summary>Nothing but a person's leave and a wait stands between the task and an attempt.</summary>
    public bool IsOpen(TaskFacts task, IReadOnlyDictionary<string, int> levels) =>
        !task.HasEnded && !task.IsRunning
        && task.Task.DependsOn.All(dependency => this[dependency].IsAccepted)
        && (Run.Schedule == Schedule.Ready || Tasks.Where(other => levels[other.Id] < levels[task.Id]).All(other => other.HasEnded));

    private void Add(object fact)
    {
        switch (fact)
        {
            case Control { Kind: ControlKind.Cancel }: IsCancelled = true; break;
            case Control { Kind: ControlKind.Suspend }: IsSuspended = true; break;
            case Control { Kind: ControlKind.Unsuspend }: IsSuspended = false; break;
            case Control { Kind: ControlKind.RaiseBudget, Budget: { } budget }: (Budget, BudgetWasReached) = (budget, false); break;
            case Control { Kind: ControlKind.Retry, Task: var task } when HasFinished: Reopen(task); break;
            case Ending ending: Add(ending); break;
            case StartDecision start when StageName.Parse(start.Task) is { } check: this[check.Task].Checks.Add(start); break;
            case StartDecision start: this[start.Task].Starts.Add(start); break;
            case RetryDecision retry when StageName.Parse(retry.Task) is { } check: this[check.Task].CheckRetries.Add(retry); break;
            case RetryDecision retry: this[retry.Task].Retries.Add(retry); break;
            case FailDecision fail: this[fail.Task].Fails.Add(fail); isStopped = true; break;
            case SkipDecision skip: this[skip.Task].Skips.Add(skip); break;
            case AskDecision ask: this[ask.Task].Ask = ask; break;
            case AnswerDecision answer: this[answer.Task].Answer = answer; break;
            case BudgetReachedDecision: BudgetWasReached = true; break;
            case FinishDecision: HasFinished = true; break;
        }
    }

    private void Add(Ending ending)
    {
        if (!IsAtWork(ending))
            return; // told twice, or never started
        var task = Of(ending.Task);
        var agent = task.AgentAtWork;
        (task.IsChecking ? task.CheckEndings : task.Endings).Add(ending);
        var reserve = (ending.Usage.Incomplete ? Run.Options.Reserves?.GetValueOrDefault(agent!) : null) ?? CallReserve.None;
        Cost += Math.Max(ending.Usage.CostUsd, reserve.CostUsd ?? 0);
        Tokens += Math.Max(ending.Usage.InputTokens + ending.Usage.OutputTokens, reserve.Tokens);
    }

    private void Reopen(string? only)
    {
        var again = Tasks.Where(task => only is null ? !task.IsAccepted : task.Id == only).Select(task => task.Id).ToHashSet();
        if (only is not null)
        {
            // All that depends on it, however far below.
            for (var round = 0; round < Tasks.Count; round++)
                again.UnionWith(Tasks.Where(task => task.Task.DependsOn.Any(again.Contains)).Select(task => task.Id));
        }

        // What waits for something that stays failed could never start.
        for (var round = 0; round < Tasks.Count; round++)
            again.RemoveWhere(id => this[id].Task.DependsOn.Any(dependency => !again.Contains(dependency) && !this[dependency].IsAccepted));
        if (again.Count == 0)
            return;
        for (var i = 0; i < Tasks.Count; i++)
        {
            if (again.Contains(Tasks[i].Id))
                byId[Tasks[i].Id] = Tasks[i] = Tasks[i].Anew(Tasks[i].Task.DependsOn.Any(again.Contains));
        }

        (HasFinished, IsCancelled, IsSuspended, BudgetWasReached, isStopped) = (false, false, false, false, false);
        Reopened++;
    }
}
