using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Spectre.Console;

namespace Miyabi.Cli.View;

/// <summary>Tells a run line by line: for pipes, files and build servers.</summary>
internal sealed class PlainLines
{
    private const int MaxSkipsTold = 20;

    private readonly Lock gate = new();
    private readonly RunProjection projection;
    private readonly string store;
    private readonly LineWriter lines;
    private readonly Dictionary<string, string> agents = new(StringComparer.Ordinal);
    private int wave;

    internal PlainLines(IAnsiConsole console, RunProjection projection, TimeProvider clock, string store)
    {
        (this.projection, this.store) = (projection, store);
        var view = projection.View();
        lines = new LineWriter(console, view, clock);
        wave = view.Step == 0 ? 0 : view.Wave;
        foreach (var task in view.Tasks.Where(task => task is { Attempt: > 0, Stage: null or TaskStage.Work })) // else it names who checks
            agents[task.Id] = task.Agent ?? "";
    }

    internal void Stepped(StepDocument step)
    {
        lock (gate)
        {
            // Somebody else may have told the projection already: nothing here compares before and after.
            projection.Apply(step);
            var view = projection.View();
            foreach (var ended in step.Endings)
            {
                if (ended.Accepts is not var (task, _))
                    continue;
                var (what, how) = ended.Source is { } source ? ("reused", $"from {source.Run}") : ("accepted", Took(view, task));
                lines.Tell(step.At, what, task, AgentOf(task, view), how);
            }

            if (step.Reopens is not null)
                wave = 0;
            foreach (var control in step.Controls)
                lines.Tell(step.At, ControlWord(control.Control.Kind), control.Control.Task ?? "", "", control.Control.Reason);
            if (view.Wave > wave && view.Schedule == Schedule.Waves && !view.HasEnded)
                lines.Tell(step.At, $"wave {view.Wave} of {view.Waves}");
            wave = view.Wave;
            var skips = 0;
            foreach (var decision in step.Decisions)
            {
                // A cancelled run may skip thousands at once.
                if (decision is not SkipDecision || ++skips <= MaxSkipsTold)
                    Tell(step, decision, view);
            }

            if (skips > MaxSkipsTold)
                lines.Tell(step.At, "skipped", "", "", $"and {skips - MaxSkipsTold} more tasks");
        }
    }

    internal void Happened(RunEvent happening)
    {
        if (happening.Kind is not (RunEventKind.Quarantined or RunEventKind.Undelivered))
            return;
        var what = happening.Kind == RunEventKind.Quarantined ? "quarantined" : "not told";
        lock (gate)
            lines.Tell(happening.At, what, happening.Task, happening.Agent ?? "", happening.Message ?? "");
    }

    private void Tell(StepDocument step, Decision decision, RunView view)
    {
        switch (decision)
        {
            case StartDecision start when StageName.Parse(start.Task) is { } check:
                lines.Tell(step.At, Look.Stage(check.Stage), check.Task, start.Agent, $"attempt {check.Attempt}{(start.Attempt == 1 ? "" : $" (try {start.Attempt})")}");
                break;
            case StartDecision start:
                agents[start.Task] = start.Agent;
                var title = projection.Plan.Plan.Tasks[projection.Plan.TaskOf(start.Task)].Title;
                lines.Tell(step.At, "started", start.Task, start.Agent, start.Attempt == 1 ? title : $"(attempt {start.Attempt}) {title}");
                break;
            case RetryDecision retry when IsRejected(step, retry.Task):
                lines.Tell(step.At, "rejected", retry.Task, AgentOf(retry.Task, view), retry.Reason);
                break;
            case RetryDecision retry when StageName.Parse(retry.Task) is { } check:
                lines.Tell(step.At, $"retry in {Look.Duration(retry.NotBefore - step.At)}", check.Task, "", retry.Reason);
                break;
            case RetryDecision retry:
                lines.Tell(step.At, $"retry in {Look.Duration(retry.NotBefore - step.At)}", retry.Task, AgentOf(retry.Task, view), retry.Reason);
                break;
            case FailDecision fail:
                lines.Tell(step.At, "failed", fail.Task, AgentOf(fail.Task, view), fail.Reason);
                break;
            case SkipDecision skip:
                lines.Tell(step.At, "skipped", skip.Task, AgentOf(skip.Task, view), skip.Reason);
                break;
            case AskDecision ask:
                lines.Tell(step.At, "approval?", ask.Task, "", ask.Message);
                lines.HowToAnswer(step.At, step.Run, ask.Task, store);
                break;
            case AnswerDecision answer:
                lines.Tell(step.At, answer.Approved ? "approved" : "rejected", answer.Task, "", answer.Reason);
                break;
            case BudgetReachedDecision budget:
                lines.Tell(step.At, "budget", "", "", budget.Reason);
                break;
            case FinishDecision:
                lines.Finished(step.At, view);
                break;
        }
    }

    private static bool IsRejected(StepDocument step, string task) =>
        step.Endings.Any(ended => ended.Ending.Verdict is { Accepted: false } && StageName.Parse(ended.Ending.Task)?.Task == task);

    private string AgentOf(string task, RunView view) => agents.GetValueOrDefault(task)
        ?? (view.Tasks[projection.Plan.TaskOf(task)] is { HasEnded: true, Attempt: > 0 } ended ? ended.Agent : null) ?? "";

    private string Took(RunView view, string task)
    {
        var ended = view.Tasks[projection.Plan.TaskOf(task)];
        return $"{Look.Duration(ended.EndedAt - ended.StartedAt)}";
    }

    private static string ControlWord(ControlKind kind) => kind switch
    {
        ControlKind.Approve => "approve",
        ControlKind.Reject => "reject",
        ControlKind.Cancel => "cancel",
        ControlKind.Suspend => "suspend",
        ControlKind.Unsuspend => "go on",
        ControlKind.Retry => "retry",
        _ => "budget",
    };
}
