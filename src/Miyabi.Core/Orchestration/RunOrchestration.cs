using System.Collections.Immutable;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Orchestration;

/// <summary>Carries a run out: asks what happens next, starts it, waits for the next ending, again. It decides nothing and remembers only ids.</summary>
public static class RunOrchestration
{
    /// <summary>Endings after which the history is cut: it is replayed from its start at every event, on an engine that replays.</summary>
    internal const int EndingsPerHistory = 300;

    /// <summary>Runs until the run has ended, or another owner has taken it over, or the history was cut (then the return value is not looked at).</summary>
    public static async Task<RunEnd> RunAsync(IOrchestrationContext context, RunInput input)
    {
        var step = input.Step;
        var endings = input.Endings;
        var atWork = new List<Task<TaskEnding>>();
        var (opening, controls, seen) = (true, true, 0);
        // One wait at all times, never cancelled: a cancelled wait can swallow the event it was made for.
        var control = context.WaitForEventAsync<ControlSignal>(ActivityNames.ControlEvent);
        while (true)
        {
            var answer = await context.CallActivityAsync<AdvanceAnswer>(
                ActivityNames.Advance, new AdvanceRequest(input.Run, input.Owner, step, endings, opening, controls));
            (opening, controls, endings) = (false, false, []);
            step = answer.Step + 1;
            if (answer.Superseded)
                return new RunEnd(null);
            context.SetStatus(answer.Status);
            if (answer.Outcome is not null)
                return new RunEnd(answer.Outcome);
            foreach (var start in answer.Starts)
                atWork.Add(context.CallActivityAsync<TaskEnding>(ActivityNames.RunTask, start));

            using var unneeded = new CancellationTokenSource();
            var timer = answer.WaitUntil is { } until ? context.CreateTimer(until, unneeded.Token) : null;
            await Task.WhenAny([.. atWork, control, .. timer is null ? Array.Empty<Task>() : [timer]]);
            if (timer is { IsCompleted: false })
                Cancel(unneeded);

            endings = await TakeEndedAsync(atWork);
            seen += endings.Length;
            if (seen >= EndingsPerHistory)
            {
                // Nothing new starts: what is at work comes to its end first, because an engine loses what is pending at the cut.
                while (atWork.Count > 0)
                {
                    await Task.WhenAny(atWork);
                    endings = endings.AddRange(await TakeEndedAsync(atWork));
                }

                // A control that arrived meanwhile is not lost: the new execution opens by reading all of them.
                context.ContinueAsNew(new RunInput(input.Run, input.Owner, step) { Endings = endings });
                return new RunEnd(null);
            }

            if (control.IsCompleted)
            {
                controls = true;
                control = context.WaitForEventAsync<ControlSignal>(ActivityNames.ControlEvent);
            }
        }
    }

    // Not CancelAsync: that ends on another thread, and an orchestration awaits nothing that its context did not make.
    private static void Cancel(CancellationTokenSource source) => source.Cancel();

    // In the order in which they were started, whatever the order of their ending: the same on every replay.
    private static async Task<ImmutableArray<TaskEnding>> TakeEndedAsync(List<Task<TaskEnding>> atWork)
    {
        var ended = atWork.FindAll(task => task.IsCompleted);
        // Those, and not what is completed by now: where activities have threads of their own, one that ends meanwhile would be lost.
        atWork.RemoveAll(ended.Contains);
        var endings = ImmutableArray.CreateBuilder<TaskEnding>(ended.Count);
        foreach (var task in ended)
            endings.Add(await task);
        return endings.MoveToImmutable();
    }
}
