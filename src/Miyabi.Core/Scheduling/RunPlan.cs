using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Scheduling;

/// <summary>A plan and a run's options, worked out for the Scheduler: tasks and agents are numbers here, in the plan's order.</summary>
/// <remarks>Immutable; made once for a run in a process. Time and memory grow with tasks and dependencies together.</remarks>
public sealed class RunPlan
{
    private readonly Dictionary<string, int> taskIndex;
    private readonly Dictionary<string, int> agentIndex;
    private readonly ImmutableArray<ImmutableArray<TaskStage>> stages;

    private RunPlan(Plan plan, string runId, RunOptions options)
    {
        Plan = plan;
        RunId = runId;
        Options = options;
        taskIndex = Index(plan.Tasks.Select(task => task.Id));
        agentIndex = Index(plan.Agents.Select(agent => agent.Id));
        Dependencies = [.. plan.Tasks.Select(task => task.DependsOn.Select(id => taskIndex[id]).ToImmutableArray())];
        Dependents = Reverse(Dependencies);
        var order = Topological(Dependencies, Dependents);
        Level = Levels(order, Dependencies);
        Waves = [.. Enumerable.Range(0, TaskCount).GroupBy(task => Level[task]).OrderBy(wave => wave.Key).Select(wave => wave.ToImmutableArray())];
        RemainingPath = Paths(order, Dependents, plan);
        TaskByRank = [.. Enumerable.Range(0, TaskCount)
            .OrderBy(task => plan.Tasks[task].Priority)
            .ThenByDescending(task => RemainingPath[task])
            .ThenBy(task => plan.Tasks[task].Id, StringComparer.Ordinal)];
        var rank = new int[TaskCount];
        for (var i = 0; i < rank.Length; i++)
            rank[TaskByRank[i]] = i;
        Rank = [.. rank];
        var providers = plan.Agents.Select(agent => options.Providers.GetValueOrDefault(agent.Id) ?? agent.Provider ?? "").ToList();
        ProviderNames = [.. providers.Distinct(StringComparer.Ordinal)];
        AgentProvider = [.. providers.Select(name => ProviderNames.IndexOf(name))];
        ProviderCap = [.. ProviderNames.Select(name => plan.Policy.ProviderCaps.GetValueOrDefault(name, PlanLimits.MaxParallel))];
        BoundAgent = [.. plan.Tasks.Select(task => task.Agent.Id is { } id ? agentIndex[id] : -1)];
        Reserves = [.. plan.Agents.Select(agent => options.Reserves?.GetValueOrDefault(agent.Id) ?? CallReserve.None)];
        stages = [.. plan.Tasks.Select(StageTask.StagesOf)];
    }

    /// <summary>The plan.</summary>
    public Plan Plan { get; }

    /// <summary>The run's id; it makes the jitter of this run's waits differ from another's.</summary>
    public string RunId { get; }

    /// <summary>What was said about this run.</summary>
    public RunOptions Options { get; }

    /// <summary>How many tasks there are.</summary>
    public int TaskCount => Plan.Tasks.Length;

    /// <summary>When a task may start.</summary>
    public Schedule Schedule => Options.Schedule ?? Plan.Policy.Schedule;

    /// <summary>Tasks at work at once.</summary>
    public int MaxParallel => Math.Min(Options.MaxParallel ?? Plan.Policy.MaxParallel, PlanLimits.MaxParallel);

    /// <summary>For each task, what it depends on.</summary>
    public ImmutableArray<ImmutableArray<int>> Dependencies { get; }

    /// <summary>For each task, what depends on it.</summary>
    public ImmutableArray<ImmutableArray<int>> Dependents { get; }

    /// <summary>For each task, the edges of the longest path from a root to it: its wave.</summary>
    public ImmutableArray<int> Level { get; }

    /// <summary>The tasks of each wave, in the plan's order.</summary>
    public ImmutableArray<ImmutableArray<int>> Waves { get; }

    /// <summary>For each task, the time from its start to the end of the longest chain below it, by estimates.</summary>
    public ImmutableArray<TimeSpan> RemainingPath { get; }

    /// <summary>For each task, its place among all when several could start: by priority, then longest remaining path, then id.</summary>
    public ImmutableArray<int> Rank { get; }

    /// <summary>The task at each rank.</summary>
    public ImmutableArray<int> TaskByRank { get; }

    /// <summary>The distinct providers of the agents.</summary>
    public ImmutableArray<string> ProviderNames { get; }

    /// <summary>For each agent, its provider.</summary>
    public ImmutableArray<int> AgentProvider { get; }

    /// <summary>For each agent, what an attempt may use up at most.</summary>
    public ImmutableArray<CallReserve> Reserves { get; }

    /// <summary>For each provider, how many attempts it may have at work.</summary>
    public ImmutableArray<int> ProviderCap { get; }

    /// <summary>For each task, the agent its first attempt is bound to; -1 for a pool.</summary>
    public ImmutableArray<int> BoundAgent { get; }

    /// <summary>Works a plan out.</summary>
    public static RunPlan Compile(Plan plan, string runId, RunOptions options) => new(plan, runId, options);

    /// <summary>The number of a task.</summary>
    /// <exception cref="KeyNotFoundException">There is no such task.</exception>
    public int TaskOf(string id) => taskIndex[id];

    /// <summary>The number of a task, if there is one of the id.</summary>
    public bool TryTaskOf(string id, out int task) => taskIndex.TryGetValue(id, out task);

    /// <summary>What a task's id, or the name of a check of it, means in this plan.</summary>
    /// <exception cref="KeyNotFoundException">There is no such task, or it has no such check.</exception>
    public StageRef StageOf(string id) => TryStageOf(id, out var stage) ? stage : throw new KeyNotFoundException($"The plan has no task or check '{id}'.");

    /// <summary>The same, if there is one of the id.</summary>
    public bool TryStageOf(string id, out StageRef stage)
    {
        stage = default;
        if (taskIndex.TryGetValue(id, out var task))
        {
            stage = new StageRef(task, TaskStage.Work, 0);
            return true;
        }

        if (StageName.Parse(id) is not { } name || !taskIndex.TryGetValue(name.Task, out task) || !stages[task].Contains(name.Stage))
            return false;
        stage = new StageRef(task, name.Stage, name.Attempt);
        return true;
    }

    /// <summary>The name of a stage in documents and messages: the task's id, or the name of the check of an attempt of it.</summary>
    public string NameOf(StageRef stage)
    {
        var id = Plan.Tasks[stage.Task].Id;
        return stage.Stage == TaskStage.Work ? id : new StageName(id, stage.Stage, stage.Attempt).ToString();
    }

    /// <summary>The task of an id, or the check of a name as a task of its own.</summary>
    /// <exception cref="KeyNotFoundException">There is no such task, or it has no such check.</exception>
    public PlanTask SpecOf(string id)
    {
        var stage = StageOf(id);
        var task = Plan.Tasks[stage.Task];
        return stage.Stage == TaskStage.Work ? task : StageTask.Of(task, stage.Stage, MayBeSimulated(StageTask.CheckOf(task, stage.Stage)!.Agent)) with { Id = id };
    }

    /// <summary>The kind of agent that makes a task, or a check, by its id or name.</summary>
    /// <exception cref="KeyNotFoundException">There is no such task, or it has no such check.</exception>
    public AgentKind KindOf(string id)
    {
        var stage = StageOf(id);
        return AgentOf(stage.Task, stage.Stage).Kind;
    }

    /// <summary>Whether a result of a task counts only after a check.</summary>
    internal bool IsChecked(int task) => stages[task].Length > 1;

    /// <summary>What follows on a stage; <see langword="null"/>: the result counts.</summary>
    internal TaskStage? StageAfter(int task, TaskStage stage) =>
        stages[task].IndexOf(stage) + 1 is var next && next < stages[task].Length ? stages[task][next] : null;

    /// <summary>Who does a task's stage.</summary>
    internal AgentSelector AgentOf(int task, TaskStage stage) => StageTask.CheckOf(Plan.Tasks[task], stage)?.Agent ?? Plan.Tasks[task].Agent;

    /// <summary>The agent that the first attempt of a task's stage is bound to; -1 for a pool.</summary>
    internal int BoundTo(int task, TaskStage stage) =>
        stage == TaskStage.Work ? BoundAgent[task] : AgentOf(task, stage).Id is { } id ? agentIndex[id] : -1;

    private bool MayBeSimulated(AgentSelector selector) => Enumerable.Range(0, Plan.Agents.Length)
        .Any(agent => Plan.Agents[agent].Kind == selector.Kind && ProviderOf(agent) == "simulated");

    /// <summary>The number of an agent.</summary>
    /// <exception cref="KeyNotFoundException">There is no such agent.</exception>
    public int AgentOf(string id) => agentIndex[id];

    /// <summary>The name of an agent's provider.</summary>
    public string ProviderOf(int agent) => ProviderNames[AgentProvider[agent]];

    /// <summary>What an attempt of an agent may use up at most.</summary>
    /// <exception cref="KeyNotFoundException">There is no such agent.</exception>
    public CallReserve ReserveOf(string agent) => Reserves[agentIndex[agent]];

    private static Dictionary<string, int> Index(IEnumerable<string> ids) =>
        ids.Select((id, number) => (id, number)).ToDictionary(pair => pair.id, pair => pair.number, StringComparer.Ordinal);

    private static ImmutableArray<ImmutableArray<int>> Reverse(ImmutableArray<ImmutableArray<int>> edges)
    {
        var reversed = new ImmutableArray<int>.Builder[edges.Length];
        for (var i = 0; i < edges.Length; i++)
            reversed[i] = ImmutableArray.CreateBuilder<int>();
        for (var from = 0; from < edges.Length; from++)
        {
            foreach (var to in edges[from])
                reversed[to].Add(from);
        }

        return [.. reversed.Select(builder => builder.ToImmutable())];
    }

    private static int[] Topological(ImmutableArray<ImmutableArray<int>> dependencies, ImmutableArray<ImmutableArray<int>> dependents)
    {
        var missing = dependencies.Select(list => list.Length).ToArray();
        var order = new int[missing.Length];
        var (head, tail) = (0, 0);
        for (var task = 0; task < missing.Length; task++)
        {
            if (missing[task] == 0)
                order[tail++] = task;
        }

        while (head < tail)
        {
            foreach (var dependent in dependents[order[head++]])
            {
                if (--missing[dependent] == 0)
                    order[tail++] = dependent;
            }
        }

        return tail == order.Length ? order : throw new InvalidOperationException("The plan has a cycle: it was not made by the PlanReader.");
    }

    private static ImmutableArray<int> Levels(int[] order, ImmutableArray<ImmutableArray<int>> dependencies)
    {
        var level = new int[order.Length];
        foreach (var task in order)
        {
            foreach (var dependency in dependencies[task])
                level[task] = Math.Max(level[task], level[dependency] + 1);
        }

        return [.. level];
    }

    // One round: that a result is accepted at once is what an estimate is for.
    private static TimeSpan EstimateOf(PlanTask task) => task.Estimate + (task.Gate?.Estimate ?? TimeSpan.Zero) + (task.Review?.Estimate ?? TimeSpan.Zero);

    private static ImmutableArray<TimeSpan> Paths(int[] order, ImmutableArray<ImmutableArray<int>> dependents, Plan plan)
    {
        var path = new TimeSpan[order.Length];
        for (var i = order.Length - 1; i >= 0; i--)
        {
            var longest = TimeSpan.Zero;
            foreach (var dependent in dependents[order[i]])
                longest = path[dependent] > longest ? path[dependent] : longest;
            path[order[i]] = EstimateOf(plan.Tasks[order[i]]) + longest;
        }

        return [.. path];
    }
}

/// <summary>A stage of a task, in a plan's numbers.</summary>
/// <param name="Task">The task's number.</param>
/// <param name="Stage">The stage.</param>
/// <param name="Attempt">Of a check: the attempt of the task whose result is checked. 0 for the work.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct StageRef(int Task, TaskStage Stage, int Attempt);
