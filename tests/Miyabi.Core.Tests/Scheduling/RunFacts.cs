using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>What a list of facts says about a task.</summary>
public sealed class TaskFacts(PlanTask task)
{
    public PlanTask Task { get; } = task;

    public string Id => Task.Id;

    /// <summary>Attempts that were made before the run was last taken up again.</summary>
    public int Made { get; private init; }

    /// <summary>What agents are told of those.</summary>
    public List<string> Told { get; private init; } = [];

    public List<StartDecision> Starts { get; } = [];

    public List<Ending> Endings { get; } = [];

    public List<RetryDecision> Retries { get; } = [];

    public AskDecision? Ask { get; set; }

    public AnswerDecision? Answer { get; set; }

    public List<FailDecision> Fails { get; } = [];

    public List<SkipDecision> Skips { get; } = [];

    public bool IsRunning => Starts.Count > Endings.Count;

    public bool IsAccepted => Endings.Any(ending => ending.Failure is null);

    public bool HasEnded => IsAccepted || Fails.Count > 0 || Skips.Count > 0;

    public bool AwaitsAnswer => Ask is not null && Answer is null && !HasEnded;

    public bool IsAllowed => Task.Approval is null || Answer is { Approved: true };

    public bool IsDue(DateTimeOffset now) => Starts.Count == 0 || (Retries.Count == Starts.Count && Retries[^1].NotBefore <= now);

    public IEnumerable<string> Findings => Told.Concat(Endings.Where(ending => ending.Failure is not null).Select(ending => ending.Failure!.Message));

    /// <summary>The same task in a run that is taken up again: an approval holds if it was about the same inputs.</summary>
    public TaskFacts Anew(bool hasOtherInputs)
    {
        var keepsApproval = Answer is { Approved: true } && !hasOtherInputs;
        return new TaskFacts(Task)
        {
            Made = Made + Starts.Count,
            Told = [.. Findings.TakeLast(5)],
            Ask = keepsApproval ? Ask : null,
            Answer = keepsApproval ? Answer : null,
        };
    }

    public IEnumerable<string> Tried => Starts.Take(Endings.Count).Select(start => start.Agent);
}

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

    public TaskFacts this[string id] => byId[id];

    public static RunFacts Of(RunCase run, IEnumerable<object> facts)
    {
        var view = new RunFacts(run);
        foreach (var fact in facts)
            view.Add(fact);
        return view;
    }

    public int AtWork => Tasks.Count(task => task.IsRunning);

    public int AtWorkOn(AgentSpec agent) => Tasks.Count(task => task.IsRunning && task.Starts[^1].Agent == agent.Id);

    public int AtWorkOn(string provider) =>
        Run.Plan.Agents.Where(agent => Run.ProviderOf(agent) == provider).Sum(AtWorkOn);

    public bool IsFree(AgentSpec agent) =>
        AtWorkOn(agent) < agent.Slots && AtWorkOn(Run.ProviderOf(agent)) < (Run.CapOf(Run.ProviderOf(agent)) ?? int.MaxValue);

    /// <summary>Agents that may make the next attempt, in the plan's order: the task's own at first, then any of the kind.</summary>
    public IEnumerable<AgentSpec> AgentsFor(TaskFacts task) => Run.Plan.Agents.Where(agent =>
        task.Task.Agent.Id is { } own && task.Starts.Count == 0 ? agent.Id == own : agent.Kind == task.Task.Agent.Kind);

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
            case StartDecision start: this[start.Task].Starts.Add(start); break;
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
        var task = this[ending.Task];
        if (!task.IsRunning || task.Starts[^1].Attempt != ending.Attempt)
            return; // told twice, or never started
        task.Endings.Add(ending);
        Cost += ending.Usage.CostUsd;
        Tokens += ending.Usage.InputTokens + ending.Usage.OutputTokens;
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
