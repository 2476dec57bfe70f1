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
        var telling = new List<Task<NotifyAnswer>>();
        var (opening, controls, seen) = (true, true, 0);
        // One wait at all times, never cancelled: a cancelled wait can swallow the event it was made for.
        var control = context.WaitForEventAsync<ControlSignal>(ActivityNames.ControlEvent);
        while (true)
        {
            var request = new AdvanceRequest(input.Run, input.Owner, step, endings, opening, controls) { Holder = opening ? input.Holder : null, Trace = input.Trace };
            var answer = await context.CallActivityAsync<AdvanceAnswer>(ActivityNames.Advance, request);
            (opening, controls) = (false, false);
            step = answer.Step + 1;
            if (answer.Tells)
                telling.Add(context.CallActivityAsync<NotifyAnswer>(ActivityNames.Notify, new NotifyRequest(input.Run, answer.Step) { Trace = input.Trace }));
            if (!answer.Superseded)
                context.SetStatus(answer.Status);
            if (answer.Superseded || answer.Outcome is not null)
            {
                await Task.WhenAll(telling);
                return new RunEnd(answer.Superseded ? null : answer.Outcome);
            }

            foreach (var start in answer.Starts)
                atWork.Add(context.CallActivityAsync<TaskEnding>(ActivityNames.RunTask, new RunTaskRequest(input.Run, input.Owner, start.Step, start.Task, start.Attempt) { Trace = input.Trace }));

            using var unneeded = new CancellationTokenSource();
            var timer = answer.WaitUntil is { } until ? context.CreateTimer(until, unneeded.Token) : null;
            while (!control.IsCompleted && timer is not { IsCompleted: true })
            {
                // One look for both the question and the wait: where activities have threads of their own, one that ends between two looks would be waited for by nobody.
                var pending = atWork.FindAll(task => !task.IsCompleted);
                if (IsTimeForAStep(atWork, pending.Count, answer.Gathers))
                    break;
                await Task.WhenAny([.. pending, control, .. timer is null ? Array.Empty<Task>() : [timer]]);
            }

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

                await Task.WhenAll(telling);
                // A control that arrived meanwhile is not lost: the new execution opens by reading all of them.
                context.ContinueAsNew(input with { Step = step, Endings = endings });
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

    // Something has ended; where a step takes in all that is at work, all of it has, or something has failed.
    private static bool IsTimeForAStep(List<Task<TaskEnding>> atWork, int pending, bool gathers) =>
        pending < atWork.Count
        && (!gathers || pending == 0 || atWork.Exists(task => task.IsFaulted || (task.IsCompletedSuccessfully && task.Result.Failed)));

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
