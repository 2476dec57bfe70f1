using System.Text.Json;
using Microsoft.Extensions.Logging;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;

namespace Orchestrator.Functions;

/// <summary>Logs what happens in runs, each thing once in all workers, and tells another observer. See <see cref="Logs"/>.</summary>
/// <param name="next">Is told too.</param>
/// <param name="logger">Where to.</param>
public sealed class RunLog(IRunObserver next, ILogger<RunLog> logger) : IRunObserver
{
    /// <inheritdoc/>
    public void Stepped(StepDocument step)
    {
        if (logger.IsEnabled(LogLevel.Error))
            Log(step);
        next.Stepped(step);
    }

    /// <inheritdoc/>
    public void Happened(string run, RunEvent happening)
    {
        if (happening.Kind == RunEventKind.Quarantined)
            Logs.DocumentPutAside(logger, run, happening.Task, happening.Attempt);
        next.Happened(run, happening);
    }

    private void Log(StepDocument step)
    {
        if (step.Step == 1)
            Logs.RunBegan(logger, step.Run, step.Owner);
        if (step.Reopens is not null)
            Logs.RunReopened(logger, step.Run, step.Step, step.Owner);
        foreach (var control in step.Controls)
            Logs.ControlTaken(logger, step.Run, step.Step, control.Number, Word(control.Control.Kind), control.Control.Task);
        foreach (var ending in step.Endings.Select(ended => ended.Ending).Where(ending => ending.Failure is not null))
            Logs.AttemptFailed(logger, step.Run, ending.Task, ending.Attempt, Word(ending.Failure!.Kind));
        foreach (var decision in step.Decisions)
            Log(step, decision);
    }

    private void Log(StepDocument step, Decision decision)
    {
        switch (decision)
        {
            case FailDecision fail:
                Logs.TaskFailed(logger, step.Run, step.Step, fail.Task);
                break;
            case AskDecision ask:
                Logs.PersonAsked(logger, step.Run, step.Step, ask.Task);
                break;
            case BudgetReachedDecision:
                Logs.BudgetReached(logger, step.Run, step.Step);
                break;
            case FinishDecision finish:
                Logs.RunEnded(logger, step.Run, step.Step, Word(finish.Outcome));
                break;
        }
    }

    // As documents have it.
    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
