using Miyabi.Core.Plans;
using Miyabi.Core.Runs;

namespace Miyabi.Cli.Remote;

/// <summary>Looks whether a view that came over the network could have come from a run: what shows views relies on that.</summary>
/// <remarks>Texts for people are made safe where they are shown. Ids are shown and looked up as they are, so they must be ids.</remarks>
internal static class ReceivedRun
{
    /// <summary>What cannot be; <see langword="null"/>: it can.</summary>
    internal static string? WhatIsWrong(RunView run, string id)
    {
        if (run.Run != id)
            return "it tells of another run than was asked for";
        if (run.Plan is null || run.Counts is null || run.Usage is null || run.Tasks.IsDefaultOrEmpty || run.Agents.IsDefaultOrEmpty || run.State == RunState.Unreadable)
            return "something of the run is missing";
        if (run.Tasks.Length > PlanLimits.MaxTasks || run.Step < 0 || run.Wave < 0 || run.Waves < run.Wave || !IsFraction(run.Progress) || !AreCounts(run.Counts))
            return "a number of the run cannot be";
        var tasks = new HashSet<string>(StringComparer.Ordinal);
        foreach (var task in run.Tasks)
        {
            if (task is null || !PlanLimits.IsId(task.Id ?? "") || !tasks.Add(task.Id!))
                return "a task has no id of its own";
            if (task.Title is null || !IsIdOrNull(task.Agent) || !IsIdOrNull(task.ReusedFrom) || task.Attempt < 0 || task.Round < 1 || !IsFraction(task.Progress))
                return "something of a task cannot be";
        }

        var agents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var agent in run.Agents)
        {
            if (agent is null || !PlanLimits.IsId(agent.Id ?? "") || !agents.Add(agent.Id!))
                return "an agent has no id of its own";
            if (agent.Provider is null || agent.Tasks.IsDefault || !agent.Tasks.All(tasks.Contains) || !IsFraction(agent.Progress))
                return "something of an agent cannot be";
        }

        return null;
    }

    /// <summary>What cannot be of a run in a list.</summary>
    internal static bool IsRight(RunSummary run) =>
        run is { Run.Length: > 0, Plan: not null } && (run.Counts is null || AreCounts(run.Counts)) && (run.State == RunState.Unreadable || PlanLimits.IsId(run.Run));

    private static bool IsIdOrNull(string? id) => id is null || PlanLimits.IsId(id);

    private static bool IsFraction(double value) => value is >= 0 and <= 1;

    private static bool AreCounts(RunCounts counts) =>
        counts is { Total: >= 0, Accepted: >= 0, Running: >= 0, Pending: >= 0, Failed: >= 0, Skipped: >= 0, AwaitingApproval: >= 0 };
}
