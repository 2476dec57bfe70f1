using System.Collections.Immutable;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Notifications;

/// <summary>What a step has to tell: follows from the step as it stands alone, so it is the same for every delivery, anywhere, at any time.</summary>
public static class StepNotices
{
    /// <summary>All of it: what is about the run first, then tasks, each in the order of the step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="totals">The run's numbers, of the step that ended it.</param>
    public static ImmutableArray<Notice> Of(StepDocument step, ManifestTotals? totals = null) => [.. OfRun(step, totals), .. OfTasks(step)];

    /// <summary>Whether a step has something to tell to somebody, or may have to tell again what a step of an owner that is gone had.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="step">The step.</param>
    /// <param name="before">The record before it.</param>
    internal static bool Tells(Plan plan, StepDocument step, RunRecord before) =>
        !plan.Notify.IsEmpty && ((before.Step > 0 && before.Owner != step.Owner) || Tells(plan, step));

    /// <summary>Whether a step has something to tell to somebody.</summary>
    internal static bool Tells(Plan plan, StepDocument step) =>
        !plan.Notify.IsEmpty && Of(step).Any(notice => plan.Notify.Any(subscriber => subscriber.Events.Contains(notice.Kind)));

    private static IEnumerable<Notice> OfRun(StepDocument step, ManifestTotals? totals)
    {
        if (step.Step == 1)
            yield return new Notice(NoticeKind.RunStarted);
        foreach (var control in step.Controls.Select(taken => taken.Control))
        {
            if (control.Kind == ControlKind.Suspend)
                yield return new Notice(NoticeKind.RunSuspended) { Text = control.Reason };
            else if (control.Kind == ControlKind.Unsuspend)
                yield return new Notice(NoticeKind.RunUnsuspended) { Text = control.Reason };
            else if (control.Kind == ControlKind.Retry && step.Reopens is not null)
                yield return new Notice(NoticeKind.RunReopened) { Task = control.Task, Text = control.Reason };
        }

        foreach (var decision in step.Decisions)
        {
            if (decision is BudgetReachedDecision budget)
                yield return new Notice(NoticeKind.BudgetReached) { Text = budget.Reason };
            else if (decision is FinishDecision finish)
                yield return new Notice(NoticeKind.RunEnded) { Outcome = finish.Outcome, Totals = totals };
        }
    }

    private static IEnumerable<Notice> OfTasks(StepDocument step)
    {
        foreach (var ended in step.Endings)
        {
            if (ended.Accepts is var (task, attempt))
                yield return new Notice(NoticeKind.TaskAccepted) { Task = task, Attempt = attempt };
        }

        // Of a check: the attempt that it is about.
        var failed = step.Endings.Select(ended => ended.Ending)
            .Where(ending => ending.Failure is not null || ending.Verdict is { Accepted: false })
            .Select(ending => StageName.Parse(ending.Task) is { } check ? (check.Task, check.Attempt) : (ending.Task, ending.Attempt))
            .ToLookup(of => of.Task, of => (int?)of.Attempt, StringComparer.Ordinal);
        foreach (var decision in step.Decisions)
        {
            switch (decision)
            {
                case AskDecision ask:
                    yield return new Notice(NoticeKind.ApprovalAsked) { Task = ask.Task, Until = ask.Until, Text = ask.Message };
                    break;
                case AnswerDecision answer:
                    yield return new Notice(NoticeKind.ApprovalAnswered) { Task = answer.Task, Approved = answer.Approved, Text = answer.Reason };
                    break;
                case RetryDecision retry when StageName.Parse(retry.Task) is null: // that a check is tried again is nobody's business
                    yield return new Notice(NoticeKind.TaskRetried) { Task = retry.Task, Attempt = retry.Attempt, Until = retry.NotBefore, Text = retry.Reason };
                    break;
                case FailDecision fail:
                    // A task that was rejected fails without an attempt.
                    yield return new Notice(NoticeKind.TaskFailed) { Task = fail.Task, Attempt = failed[fail.Task].FirstOrDefault(), Text = fail.Reason };
                    break;
            }
        }
    }
}
