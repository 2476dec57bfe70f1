using System.Collections.Immutable;
using System.Text;
using Microsoft.DurableTask.Client;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Verification;
using Miyabi.Testing;
using Miyabi.Testing.Orchestration;
using Miyabi.Testing.Runs;
using Orchestrator.Functions.Tests.Hosting;

namespace Orchestrator.Functions.Tests;

/// <summary>A run on the app's functions: a store in memory, a task hub in memory, a scripted agent, and a clock that moves by itself.</summary>
internal sealed class HostedRun
{
    internal const string Id = "run-1";

    private static readonly TestKey Key = new();

    private int ids;
    private int holders;

    private HostedRun(AgentScript script, IBlobStore? store, Func<HostedRun, DurableHost>? host)
    {
        Store = store ?? new InMemoryBlobStore();
        Provider = new ScriptedProvider(script);
        Host = host?.Invoke(this) ?? new DurableHost(NewWorker, Clock);
    }

    internal static TrustList Trust { get; } = new([Key.Trusted]);

    internal IBlobStore Store { get; }

    internal ManualClock Clock { get; } = new();

    internal ScriptedProvider Provider { get; }

    internal DurableHost Host { get; }

    internal IRunObserver Observer { get; init; } = new SilentObserver();

    /// <summary>An accepted run.</summary>
    /// <param name="plan">The plan, JSON.</param>
    /// <param name="script">What agents do; by default they succeed.</param>
    /// <param name="schedule">In place of the plan's.</param>
    /// <param name="store">In place of one in memory.</param>
    /// <param name="host">Makes the host over the run's workers and clock, in place of one that delivers once.</param>
    internal static async Task<HostedRun> AcceptAsync(
        string plan, AgentScript? script = null, Schedule? schedule = null, IBlobStore? store = null, Func<HostedRun, DurableHost>? host = null)
    {
        var run = new HostedRun(script ?? ((request, _, _) => ScriptedProvider.SucceedAsync(request)), store, host);
        var reading = PlanReader.Read(Encoding.UTF8.GetBytes(plan));
        Assert.Empty(reading.Errors);
        var wish = new RunWish
        {
            Schedule = schedule,
            Providers = Enum.GetValues<AgentKind>().ToImmutableDictionary(kind => kind, _ => "scripted"),
        };
        var options = RunAcceptance.Check(reading.Plan!, wish, _ => run.Provider, ["scripted"]);
        await RunAcceptance.AcceptAsync(run.Open().LedgerOf(Id), reading, options, run.Clock.GetUtcNow(), default);
        return run;
    }

    /// <summary>What a process knows of runs: nothing yet.</summary>
    internal OpenRuns Open() => new(Store, new Sealer(Key), Trust, Clock);

    /// <summary>A worker's process.</summary>
    internal HostWorker NewWorker()
    {
        var runs = Open();
        return new HostWorker(
            new Advance(runs, Clock, Observer),
            new RunTask(runs, _ => Provider, Clock, () => Interlocked.Increment(ref ids).ToString("x32"), Observer));
    }

    /// <summary>The front door.</summary>
    internal RunStarts Starts() => new(Open(), new DurableRunEngine(Host), Clock, () => Interlocked.Increment(ref holders).ToString("x32"));

    /// <summary>A person decides something, and the instance is told.</summary>
    internal async Task DecideAsync(Control control)
    {
        await new RunControls(Open(), Clock).SendAsync(Id, control, default);
        await Starts().WakeAsync(Id, default);
    }

    /// <summary>Starts an instance and runs it to its end.</summary>
    internal async Task<HostInstance> CarryOutAsync(bool resumes = false)
    {
        var start = await Starts().EnsureAsync(Id, resumes, null, default);
        Assert.Equal(RunStanding.Started, start.Standing);
        return await Host.RunAsync(start.Instance!);
    }

    /// <summary>Lets the run's time pass until something has come to its end: what is at work may wait for it.</summary>
    internal async Task<T> TimePassesAsync<T>(Task<T> ending)
    {
        while (!ending.IsCompleted)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(ending, Task.Delay(1));
        }

        return await ending;
    }

    internal Task<VerificationReport> VerifyAsync() => new RunVerifier(Store, Trust).VerifyAsync(Id, null, default);

    /// <summary>The run has ended so, and nothing in it is wrong.</summary>
    internal async Task<VerificationReport> ProvenAsync(RunOutcome outcome)
    {
        var report = await VerifyAsync();
        Assert.Empty(report.Findings);
        Assert.Equal(outcome, report.Outcome);
        Assert.True(report.IsProven);
        return report;
    }

    internal static void Succeeded(HostInstance instance) =>
        Assert.True(instance.State == OrchestrationRuntimeStatus.Completed, $"{instance.State}: {instance.Error}");
}
