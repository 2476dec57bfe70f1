using System.Text.Json;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>Counts a state's tasks again, and compares with what the state keeps of them.</summary>
internal static class StateAudit
{
    /// <summary>All that a state keeps is what its tasks say.</summary>
    internal static void Check(RunPlan plan, SchedulerState state)
    {
        var tasks = state.Tasks.Select((task, number) => (task, number)).ToList();
        Assert.Equal(Numbers(TaskPhase.Running), state.Running.ToArray());
        Assert.Equal(Numbers(TaskPhase.Accepted).Count(), state.Accepted);
        Assert.Equal(Numbers(TaskPhase.Failed).Count(), state.Failed);
        Assert.Equal(Numbers(TaskPhase.Skipped).Count(), state.Skipped);
        Assert.Equal(tasks.Count(item => item.task is { Phase: TaskPhase.Approval, Asked: true }), state.AwaitingAnswer);
        Assert.Equal(tasks.Where(item => item.task is { Phase: TaskPhase.Approval, Asked: false }).Select(item => item.number), state.Unasked.ToArray());
        Assert.Equal(plan.Waves.Select(wave => wave.Count(task => !state.Tasks[task].HasEnded)), state.WaveOpen);
        var open = state.WaveOpen.FindIndex(count => count > 0);
        Assert.Equal(open < 0 ? plan.Waves.Length : open, state.Wave);
        Assert.Equal(
            tasks.Where(item => item.task.Until is not null).Select(item => (item.task.Until!.Value, item.number)).Order(), state.Timers.ToArray());
        Assert.Equal(Counts(tasks.Where(Runs).Select(item => item.task.AgentOfStage)), state.AgentLoad.Order(ByKey));
        Assert.Equal(Counts(tasks.Where(Runs).Select(item => plan.AgentProvider[item.task.AgentOfStage])), state.ProviderLoad.Order(ByKey));
        var ready = tasks.Where(item => item.task.Phase == TaskPhase.Ready)
            .Select(item => (SchedulerState.DemandOf(plan, item.number, item.task), plan.Rank[item.number]));
        Assert.Equal(ready.Order(), state.Ready.SelectMany(queue => queue.Value.Select(rank => (queue.Key, rank))).Order());
        Assert.All(state.Ready, queue => Assert.NotEmpty(queue.Value));
        Assert.All(
            tasks.Where(item => !item.task.HasEnded),
            item => Assert.Equal(plan.Dependencies[item.number].Count(dependency => state.Tasks[dependency].Phase != TaskPhase.Accepted), item.task.Missing));
        var atWork = tasks.Where(Runs).Select(item => plan.Reserves[item.task.AgentOfStage]).ToList();
        Assert.Equal((atWork.Sum(reserve => reserve.Tokens), atWork.Sum(reserve => reserve.CostUsd)), (state.ReservedTokens, state.ReservedUsd));
        Assert.All(tasks, item => Assert.InRange(item.task.AttemptsBefore, 0, item.task.Attempt));

        IEnumerable<int> Numbers(TaskPhase phase) => tasks.Where(item => item.task.Phase == phase).Select(item => item.number);

        static bool Runs((TaskState Task, int Number) item) => item.Task.Phase == TaskPhase.Running;
    }

    /// <summary>Everything that a state holds, to compare.</summary>
    internal static string Text(SchedulerState state) => JsonSerializer.Serialize(new
    {
        state.Tasks,
        state.Running,
        state.Wave,
        state.Accepted,
        state.Failed,
        state.Skipped,
        state.Usage,
        state.Budget,
        state.BudgetReached,
        state.ReservedTokens,
        state.ReservedUsd,
        state.StartedAt,
        state.UnsettledTokens,
        state.UnsettledUsd,
        state.Suspended,
        state.Cancelled,
        state.StoppedBy,
        state.Outcome,
        AgentLoad = state.AgentLoad.Order(ByKey).Select(load => $"{load}"),
        ProviderLoad = state.ProviderLoad.Order(ByKey).Select(load => $"{load}"),
        Ready = state.Ready.OrderBy(queue => queue.Key).Select(queue => $"{queue.Key}: {string.Join(' ', queue.Value)}"),
        Timers = state.Timers.Select(timer => $"{timer}"),
        state.Unasked,
        state.WaveOpen,
        state.AwaitingAnswer,
    });

    private static IEnumerable<KeyValuePair<int, int>> Counts(IEnumerable<int> keys) =>
        keys.GroupBy(key => key).Select(group => KeyValuePair.Create(group.Key, group.Count())).Order(ByKey);

    private static Comparer<KeyValuePair<int, int>> ByKey { get; } = Comparer<KeyValuePair<int, int>>.Create((one, other) => one.Key.CompareTo(other.Key));
}
