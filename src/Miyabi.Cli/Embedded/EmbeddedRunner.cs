using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Notifications;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Telemetry;

namespace Miyabi.Cli.Embedded;

/// <summary>How the carrying out of a run ended, here.</summary>
internal enum RunnerExit
{
    /// <summary>The run has ended.</summary>
    Ended,

    /// <summary>Another runner has taken it over.</summary>
    Superseded,

    /// <summary>It waits for a person, and nothing is at work.</summary>
    WaitsForPerson,
}

/// <summary>Carries runs out in this process: the embedded engine.</summary>
internal sealed class EmbeddedRunner(
    OpenRuns runs, Func<string, IAgentProvider> providers, TimeProvider clock, IRunObserver observer, RunnerIdentity identity)
{
    /// <summary>Whether to go on waiting when nothing is at work and only a person can change that. Unless said, it does.</summary>
    internal bool Waits { get; init; } = true;

    /// <summary>Tells those whom plans notify; <see langword="null"/>: nobody does.</summary>
    internal IWebhookSender? Webhooks { get; init; }

    /// <summary>Carries a run out from where the ledger has it, to its end.</summary>
    /// <param name="id">The run's id; its plan document is there.</param>
    /// <param name="onStatus">Is told where the run stands after each step.</param>
    /// <param name="stop">Stops: agents at work are ended without an outcome, and the run can be resumed.</param>
    /// <exception cref="RunOwnedException">Another runner is at it.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was set.</exception>
    internal async Task<(RunnerExit Exit, RunOutcome? Outcome)> RunAsync(string id, Action<RunStatus> onStatus, CancellationToken stop)
    {
        var run = await runs.GetAsync(id, stop);
        if (await run.OutcomeAsync(stop) is { } ended)
            return (RunnerExit.Ended, ended);
        await using var ownership = await Ownership.AcquireAsync(run.Ledger, identity, ProcessIdentity.IsDead, clock, stop);
        // Read under ownership: an earlier owner that still lived until now may have gone on meanwhile.
        var record = await run.LatestAsync(stop);
        using var waits = new CancellationTokenSource();
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stop, ownership.Lost, waits.Token);
        var input = new RunInput(id, ownership.Number, record.Step + 1) { Trace = TraceParent.Current };
        try
        {
            return await OrchestrateAsync(run, input, new RunClock(clock, record.LastAt), status => Show(status, onStatus, waits), any.Token, stop);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested && any.IsCancellationRequested)
        {
            return (waits.IsCancellationRequested ? RunnerExit.WaitsForPerson : RunnerExit.Superseded, null);
        }
        catch (SupersededException)
        {
            return (RunnerExit.Superseded, null);
        }
    }

    private async Task<(RunnerExit Exit, RunOutcome? Outcome)> OrchestrateAsync(
        OpenRun run, RunInput input, RunClock time, Action<RunStatus> onStatus, CancellationToken stop, CancellationToken interrupt)
    {
        var advance = new Advance(runs, time, observer);
        var runTask = new RunTask(runs, providers, time, () => Guid.NewGuid().ToString("N"), observer);
        var notify = Webhooks is null ? null : new Notify(runs, Webhooks, time, observer);
        await using var watching = await run.Watch.AttachAsync(stop);
        while (true)
        {
            // Whatever ends the orchestration - its end, a failed activity, a stop - nothing of it may be at work afterwards.
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var context = new EmbeddedContext(advance, runTask, time, onStatus, end.Token) { Notify = notify, Interrupt = interrupt };
            run.Watch.ControlsFound = context.Signal;
            try
            {
                var result = await RunOrchestration.RunAsync(context, input);
                if (context.Next is not { } next)
                    return (result.Outcome is null ? RunnerExit.Superseded : RunnerExit.Ended, result.Outcome);
                input = next;
            }
            finally
            {
                run.Watch.ControlsFound = null;
                await end.CancelAsync();
                await context.DrainAsync();
            }
        }
    }

    private void Show(RunStatus status, Action<RunStatus> onStatus, CancellationTokenSource waits)
    {
        onStatus(status);
        if (!Waits && status.WaitsForPerson)
            waits.Cancel();
    }
}
