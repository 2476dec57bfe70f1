using System.Collections.Immutable;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Web.Contracts;

/// <summary>What a run of a plan would be like: <c>miyabi.plan/1</c>.</summary>
public sealed record PlanJson
{
    /// <summary>Which contract this is, and its version.</summary>
    public string Contract { get; } = "miyabi.plan/1";

    /// <summary>Over HTTP: <see langword="true"/>, that it can be run so.</summary>
    public bool? Valid { get; init; }

    /// <summary>The plan's name; untrusted text.</summary>
    public required string Name { get; init; }

    /// <summary>When a task may start.</summary>
    public required Schedule Schedule { get; init; }

    /// <summary>Tasks at work at once.</summary>
    public required int MaxParallel { get; init; }

    /// <summary>How many tasks there are.</summary>
    public required int Tasks { get; init; }

    /// <summary>Ids of the tasks, by wave.</summary>
    public required ImmutableArray<ImmutableArray<string>> Waves { get; init; }

    /// <summary>Ids of the tasks of the longest path, by estimates.</summary>
    public required ImmutableArray<string> CriticalPath { get; init; }

    /// <summary>How long that path takes.</summary>
    public required TimeSpan CriticalPathDuration { get; init; }

    /// <summary>Tasks at work at once, at most, in the forecast.</summary>
    public required int PeakParallelism { get; init; }

    /// <summary>How long the run takes, in the forecast.</summary>
    public required TimeSpan ExpectedMakespan { get; init; }

    /// <summary>What each agent has to do, in the forecast.</summary>
    public required ImmutableArray<AgentLoad> Agents { get; init; }

    /// <summary>A plan's.</summary>
    public static PlanJson Of(RunPlan plan, CriticalPath path, Forecast forecast) => new()
    {
        Name = plan.Plan.Name,
        Schedule = plan.Schedule,
        MaxParallel = plan.MaxParallel,
        Tasks = plan.TaskCount,
        Waves = [.. plan.Waves.Select(wave => wave.Select(task => plan.Plan.Tasks[task].Id).ToImmutableArray())],
        CriticalPath = path.Tasks,
        CriticalPathDuration = path.Length,
        PeakParallelism = forecast.PeakParallelism,
        ExpectedMakespan = forecast.Makespan,
        Agents = forecast.Load,
    };
}
