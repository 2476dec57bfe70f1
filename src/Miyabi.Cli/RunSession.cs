using System.Collections.Concurrent;
using Miyabi.Agents;
using Miyabi.Agents.Command;
using Miyabi.Cli.Contracts;
using Miyabi.Cli.Embedded;
using Miyabi.Cli.View;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Telemetry;

namespace Miyabi.Cli;

/// <summary>How a run is to be carried out here.</summary>
/// <param name="Json">Answers a program instead of a person.</param>
/// <param name="Waits">Goes on waiting when only a person can set the run going again.</param>
/// <param name="KeepsWorkspaces">Keeps the workspaces of attempts that do not succeed.</param>
internal sealed record SessionOptions(bool Json, bool Waits, bool KeepsWorkspaces);

/// <summary>Carries one run out while somebody watches: the view, the events, Ctrl-C, and what is said at the end.</summary>
internal static class RunSession
{
    private const int ThreadsAtOnce = 32;

    /// <summary>Carries a run out from where the ledger has it.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="StoreException">The store could not be read or written for longer than it is waited for; says how to go on.</exception>
    internal static async Task<int> ExecuteAsync(Installation installation, string id, SessionOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await CarryOutAsync(installation, id, options, cancellationToken);
        }
        catch (StoreException e)
        {
            throw new StoreException(e.Fault, $"{e.Message}\nNothing is lost. Then go on with: miyabi resume {id}{StoreHint.Of(installation.Store.Address)}", e);
        }
    }

    private static async Task<int> CarryOutAsync(Installation installation, string id, SessionOptions options, CancellationToken cancellationToken)
    {
        var json = options.Json;
        using var export = TelemetryExport.StartIfAsked(Environment.GetEnvironmentVariable);
        using var span = RunSpan.Begin(id, Environment.GetEnvironmentVariable(TelemetryExport.ParentVariable));
        using var stop = new Interrupts(cancellationToken);
        var identity = ProcessIdentity.Current();
        var projection = await new RunReader(installation.Runs, installation.Store).ProjectAsync(id, stop.Token);
        var providers = installation.Providers(options.KeepsWorkspaces);
        var store = StoreHint.Of(installation.Store.Address);
        var rejected = new RejectedInputs();
        var untold = new UntoldNotices();
        using var webhooks = EnvironmentWebhooks.Open();
        (RunnerExit Exit, RunOutcome? Outcome) end = default;
        var interrupted = false;
        await using (var events = new EventWriter(installation.Store, id, identity.Holder, TimeProvider.System))
        await using (var view = json ? null : LiveView.Start(Terminal.Console, projection, TimeProvider.System, store))
        {
            var observer = new Observers([view is null ? new ProjectionObserver(projection) : view, events, rejected, untold]);
            var runner = new EmbeddedRunner(installation.Runs, name => Provider(providers, name), TimeProvider.System, observer, identity)
            {
                Waits = options.Waits,
                Webhooks = webhooks,
            };
            // Writes wait for the disk on threads of the pool, which starts with one for each core and adds more only slowly.
            ThreadPool.SetMinThreads(ThreadsAtOnce, ThreadsAtOnce);
            // Not where it would be told of too.
            if (!MiyabiTelemetry.HasListeners)
                _ = Task.Run(Rehearsal.CarryOutAsync, CancellationToken.None);
            try
            {
                end = await runner.RunAsync(id, _ => { }, stop.Token);
                if (end.Outcome is { } outcome)
                    span.Ended(outcome);
            }
            catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
            {
                interrupted = true;
            }
        }

        TellKept(providers.Kept);
        if (json)
            await Contract.WriteAsync(projection.View());
        var code = interrupted ? Told(ExitCode.Interrupted, $"Interrupted; nothing is lost. Go on with: miyabi resume {id}{store}") : Tell(end, projection.View(), store, json);
        rejected.Tell(id, store);
        untold.Tell();
        return code;
    }

    private static int Tell((RunnerExit Exit, RunOutcome? Outcome) end, RunView view, string store, bool json)
    {
        switch (end.Exit)
        {
            case RunnerExit.Superseded:
                return Told(ExitCode.Environment, $"Another runner has taken run {view.Run} over; this one has stopped.");
            case RunnerExit.WaitsForPerson:
                return Told(ExitCode.Failed, $"Run {view.Run} waits for a person ({WaitsFor(view)}); nothing is lost. Go on later with: miyabi resume {view.Run}{store}");
            default:
                if (!json)
                    RunSummaryRenderer.RenderEnd(Terminal.Console, view, store);
                return end.Outcome == RunOutcome.Succeeded ? ExitCode.Success : ExitCode.Failed;
        }
    }

    internal static string WaitsFor(RunView view) => view.State switch
    {
        RunState.Suspended => "it is suspended: miyabi unsuspend",
        RunState.BudgetReached => "its budget is used up: miyabi raise-budget",
        _ => $"{string.Join(", ", view.Tasks.Where(task => task.Phase == TaskPhase.Approval).Take(5).Select(task => task.Id))}: miyabi approve",
    };

    private static void TellKept(KeptWorkspaces kept)
    {
        const int Shown = 20;
        if (kept.Folders.IsEmpty)
            return;
        Told(0, $"Kept what {kept.Folders.Length} attempt{(kept.Folders.Length == 1 ? "" : "s")} left that did not succeed, {Size.Of(kept.Bytes)}; 'miyabi doctor' removes it:");
        foreach (var folder in kept.Folders.Take(Shown))
            Console.Error.WriteLine($"  {Printable.Text(folder)}");
        if (kept.Folders.Length > Shown)
            Console.Error.WriteLine($"  and {kept.Folders.Length - Shown} more");
    }

    private static int Told(int code, string text)
    {
        Console.Error.WriteLine($"miyabi: {text}");
        return code;
    }

    internal static IAgentProvider Provider(AgentProviders providers, string name) =>
        providers.TryFind(name, out var provider, out var problem) ? provider : throw new UsageException(problem);

    private sealed class ProjectionObserver(RunProjection projection) : IRunObserver
    {
        public void Stepped(StepDocument step) => projection.Apply(step);

        public void Happened(string run, RunEvent happening) => projection.Apply(happening);
    }

    // Tasks that stopped because a document of another one was altered: what helps is not what helps elsewhere.
    private sealed class RejectedInputs : IRunObserver
    {
        private readonly ConcurrentDictionary<string, string> found = new(StringComparer.Ordinal);

        public void Stepped(StepDocument step)
        {
            foreach (var ending in step.Endings.Select(ended => ended.Ending).Where(ending => ending.Failure?.Kind == FailureKind.InputRejected))
                found[ending.Task] = ending.Failure!.Message;
        }

        public void Happened(string run, RunEvent happening)
        {
        }

        internal void Tell(string run, string store)
        {
            foreach (var (task, message) in found.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                Console.Error.WriteLine($"miyabi: {Printable.Text($"Task {task} has stopped. {message}{store}")}");
            if (!found.IsEmpty)
                Console.Error.WriteLine($"miyabi: Until the original is there again, the proof names what was altered: miyabi verify {run}{store}");
        }
    }
}
