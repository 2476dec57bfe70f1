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
    private readonly IAnsiConsole console;
    private readonly RunProjection projection;
    private readonly TimeProvider clock;
    private readonly string store;
    private readonly int taskWidth;
    private readonly int agentWidth;
    private readonly Dictionary<string, string> agents = new(StringComparer.Ordinal);
    private int wave;

    internal PlainLines(IAnsiConsole console, RunProjection projection, TimeProvider clock, string store)
    {
        (this.console, this.projection, this.clock, this.store) = (console, projection, clock, store);
        var plan = projection.Plan.Plan;
        taskWidth = Math.Min(plan.Tasks.Max(task => task.Id.Length), 16);
        agentWidth = Math.Min(plan.Agents.Max(agent => agent.Id.Length), 12);
        var view = projection.View();
        wave = view.Step == 0 ? 0 : view.Wave;
        foreach (var task in view.Tasks.Where(task => task.Attempt > 0))
            agents[task.Id] = task.Agent ?? "";
    }

    internal void Stepped(StepDocument step)
    {
        lock (gate)
        {
            // Somebody else may have told the projection already: nothing here compares before and after.
            projection.Apply(step);
            var view = projection.View();
            foreach (var ended in step.Endings.Where(ended => ended.Ending.Failure is null))
            {
                var (what, how) = ended.Source is { } source ? ("reused", $"from {source.Run}") : ("accepted", Took(view, ended.Ending.Task));
                Tell(step.At, what, ended.Ending.Task, AgentOf(ended.Ending.Task), how);
            }

            if (step.Reopens is not null)
                wave = 0;
            foreach (var control in step.Controls)
                Tell(step.At, ControlWord(control.Control.Kind), control.Control.Task ?? "", "", control.Control.Reason);
            if (view.Wave > wave && view.Schedule == Schedule.Waves && !view.HasEnded)
                Tell(step.At, $"wave {view.Wave} of {view.Waves}");
            wave = view.Wave;
            var skips = 0;
            foreach (var decision in step.Decisions)
            {
                // A cancelled run may skip thousands at once.
                if (decision is not SkipDecision || ++skips <= MaxSkipsTold)
                    Tell(step, decision, view);
            }

            if (skips > MaxSkipsTold)
                Tell(step.At, "skipped", "", "", $"and {skips - MaxSkipsTold} more tasks");
        }
    }

    internal void Happened(RunEvent happening)
    {
        if (happening.Kind is not (RunEventKind.Quarantined or RunEventKind.Undelivered))
            return;
        var what = happening.Kind == RunEventKind.Quarantined ? "quarantined" : "not told";
        lock (gate)
            Tell(happening.At, what, happening.Task, happening.Agent ?? "", happening.Message ?? "");
    }

    private void Tell(StepDocument step, Decision decision, RunView view)
    {
        switch (decision)
        {
            case StartDecision start:
                agents[start.Task] = start.Agent;
                var title = projection.Plan.Plan.Tasks[projection.Plan.TaskOf(start.Task)].Title;
                Tell(step.At, "started", start.Task, start.Agent, start.Attempt == 1 ? title : $"(attempt {start.Attempt}) {title}");
                break;
            case RetryDecision retry:
                Tell(step.At, $"retry in {Look.Duration(retry.NotBefore - step.At)}", retry.Task, AgentOf(retry.Task), retry.Reason);
                break;
            case FailDecision fail:
                Tell(step.At, "failed", fail.Task, AgentOf(fail.Task), fail.Reason);
                break;
            case SkipDecision skip:
                Tell(step.At, "skipped", skip.Task, AgentOf(skip.Task), skip.Reason);
                break;
            case AskDecision ask:
                Tell(step.At, "approval?", ask.Task, "", ask.Message);
                Tell(step.At, $"{"",-13}  miyabi approve {step.Run} {ask.Task}{store} (or reject)");
                break;
            case AnswerDecision answer:
                Tell(step.At, answer.Approved ? "approved" : "rejected", answer.Task, "", answer.Reason);
                break;
            case BudgetReachedDecision budget:
                Tell(step.At, "budget", "", "", budget.Reason);
                break;
            case FinishDecision:
                Finish(step.At, view);
                break;
        }
    }

    private void Finish(DateTimeOffset at, RunView view)
    {
        var counts = view.Counts;
        var what = $"{counts.Accepted} of {counts.Total} accepted, {counts.Failed} failed, {counts.Skipped} skipped";
        Tell(at, $"{"finished",-13}  {Look.State(view.State).Text}: {what}, {Look.Duration(view.EndedAt - view.StartedAt)}");
    }

    private void Tell(DateTimeOffset at, string what, string task, string agent, string text) =>
        Tell(at, $"{what,-13}  {task.PadRight(taskWidth)}  {agent.PadRight(agentWidth)}  {PlainText.Clean(text)}");

    private void Tell(DateTimeOffset at, string text)
    {
        var time = TimeZoneInfo.ConvertTime(at, clock.LocalTimeZone);
        var line = PlainText.Cut($"{time:HH:mm:ss}  {PlainText.Clean(text)}", console.Profile.Width, Look.Of(console).Unicode).TrimEnd();
        // Not through Spectre: it would wrap, and there is nothing to style.
        console.Profile.Out.Writer.WriteLine(line);
        console.Profile.Out.Writer.Flush();
    }

    private string AgentOf(string task) => agents.GetValueOrDefault(task, "");

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
