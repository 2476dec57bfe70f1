using System.Collections.Immutable;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Scheduling;

// A run that has ended is taken up again: what a retry sets going, and the state as if that had never run.
public sealed partial record SchedulerState
{
    // What agents are told of earlier failures: of the latest, lest instructions grow with every retry.
    private const int FindingsKept = 5;

    /// <summary>Takes a run up again that has ended: with every task that did not succeed, or with one task and all that depends on it.</summary>
    /// <returns>The state; the same one if the run has not ended, or there is nothing that could be carried out again.</returns>
    private SchedulerState Reopened(string? only, RunPlan plan)
    {
        if (Outcome is null || (only is not null && !plan.TryTaskOf(only, out _)))
            return this;
        var again = Again(only is null ? null : plan.TaskOf(only), plan);
        if (!again.Contains(true))
            return this;
        var tasks = Tasks.Select((task, number) => again[number] ? Anew(task, number, again, plan) : task).ToImmutableList();
        var waveOpen = plan.Waves.Select(wave => wave.Count(task => !tasks[task].HasEnded)).ToImmutableList();
        var state = this with
        {
            Tasks = tasks,
            WaveOpen = waveOpen,
            Wave = waveOpen.FindIndex(open => open > 0),
            Accepted = tasks.Count(task => task.Phase == TaskPhase.Accepted),
            Failed = tasks.Count(task => task.Phase == TaskPhase.Failed),
            Skipped = tasks.Count(task => task.Phase == TaskPhase.Skipped),
            Outcome = null,
            Cancelled = false,
            Suspended = false,
            BudgetReached = false,
            StoppedBy = -1,
        };
        var now = plan.Schedule == Schedule.Ready ? Enumerable.Range(0, plan.TaskCount) : plan.Waves[state.Wave];
        return now.Where(task => tasks[task] is { Phase: TaskPhase.Pending, Missing: 0 }).Aggregate(state, (current, task) => current.Open(task, plan));
    }

    // In the order of waves, so that what a task depends on is known before it. Nothing is set going that waits for what stays failed.
    private bool[] Again(int? only, RunPlan plan)
    {
        var again = new bool[plan.TaskCount];
        foreach (var task in plan.Waves.SelectMany(wave => wave))
        {
            var dependencies = plan.Dependencies[task];
            var isWanted = only is { } one
                ? task == one || dependencies.Any(dependency => again[dependency])
                : Tasks[task].Phase != TaskPhase.Accepted;
            again[task] = isWanted && dependencies.All(dependency => again[dependency] || Tasks[dependency].Phase == TaskPhase.Accepted);
        }

        return again;
    }

    private static TaskState Anew(TaskState before, int number, bool[] again, RunPlan plan) => before with
    {
        Phase = TaskPhase.Pending,
        Missing = plan.Dependencies[number].Count(dependency => again[dependency]),
        AttemptsBefore = before.Attempt,
        Interruptions = 0,
        Stage = TaskStage.Work,
        Check = 0,
        Checker = -1,
        CheckFindings = [],
        GateRejections = 0,
        ReviewRejections = 0,
        Tried = [],
        // What a result was rejected for is of one verdict, and stays whole.
        Findings = before.Findings.Length > FindingsKept && before.Round == 1 ? before.Findings[^FindingsKept..] : before.Findings,
        Asked = false,
        Approved = before.Approved && !plan.Dependencies[number].Any(dependency => again[dependency]), // else it was about other inputs
        Until = null,
        Reason = null,
    };
}
