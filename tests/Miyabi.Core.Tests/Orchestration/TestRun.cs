using System.Collections.Concurrent;
using System.Text;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Verification;
using Miyabi.Testing;
using Miyabi.Testing.Notifications;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Orchestration;

/// <summary>A run in a store in memory, with real activities, a scripted agent and a clock that the test moves.</summary>
internal sealed class TestRun : IRunObserver
{
    internal const string Id = "run-1";

    internal static readonly TestKey Key = new();
    internal static readonly TrustList Trust = new([Key.Trusted]);

    private int ids;
    private int controls;

    private TestRun(IBlobStore store, AgentScript script) => (Store, Provider) = (store, new ScriptedProvider(script));

    internal IBlobStore Store { get; }

    internal string RunId { get; init; } = Id;

    internal ManualClock Clock { get; init; } = new();

    internal ScriptedProvider Provider { get; }

    /// <summary>Whoever tells those whom the plan notifies.</summary>
    internal ScriptedWebhooks Webhooks { get; set; } = new();

    internal ConcurrentQueue<RunEvent> Events { get; } = new();

    internal ConcurrentDictionary<string, StepDocument> Steps { get; } = new();

    internal RunLedger Ledger => Open().LedgerOf(RunId);

    /// <summary>An accepted run.</summary>
    internal static async Task<TestRun> AcceptAsync(string plan, AgentScript? script = null, Schedule? schedule = null, IBlobStore? store = null, string? id = null, bool reuse = false, ManualClock? clock = null, AgentUsage? most = null)
    {
        var run = new TestRun(store ?? new InMemoryBlobStore(), script ?? ((request, _, _) => ScriptedProvider.SucceedAsync(request))) { RunId = id ?? Id, Clock = clock ?? new ManualClock() };
        run.Provider.Most = most ?? AgentUsage.None;
        var reading = PlanReader.Read(Encoding.UTF8.GetBytes(plan));
        Assert.Empty(reading.Errors);
        var wish = new RunWish
        {
            Schedule = schedule,
            Reuse = reuse,
            Providers = Enum.GetValues<AgentKind>().ToDictionary(kind => kind, _ => "scripted").ToImmutable(),
            Paths = reading.Plan!.Inputs.ToDictionary(input => input.Name, _ => "/somewhere").ToSorted(),
        };
        var options = RunAcceptance.Check(reading.Plan, wish, _ => run.Provider, ["scripted"], new AcceptanceTerms { Webhooks = run.Webhooks });
        await RunAcceptance.AcceptAsync(run.Ledger, reading, options, run.Clock.GetUtcNow(), default);
        return run;
    }

    /// <summary>The same run as another process finds it, perhaps through another door to its store.</summary>
    internal TestRun Elsewhere(AgentScript script, IBlobStore? store = null) => new(store ?? Store, script) { Clock = Clock, RunId = RunId };

    /// <summary>What a process knows of runs: nothing yet.</summary>
    internal OpenRuns Open() => new(Store, new Sealer(Key), Trust, Clock);

    internal Advance Advance(OpenRuns? runs = null) => new(runs ?? Open(), Clock, this);

    internal RunTask RunTask(OpenRuns? runs = null) =>
        new(runs ?? Open(), _ => Provider, Clock, () => Interlocked.Increment(ref ids).ToString("x32"), this);

    internal Notify Notify(OpenRuns? runs = null) => new(runs ?? Open(), Webhooks, Clock, this);

    internal ReplayWorker Worker()
    {
        var runs = Open();
        return ReplayWorker.Of(Advance(runs), RunTask(runs), Notify(runs));
    }

    internal Task<Ownership> OwnAsync(string holder = "h") =>
        Ownership.AcquireAsync(Ledger, new RunnerIdentity(holder.PadLeft(32, '0'), "host", "process"), _ => true, Clock, default);

    internal async Task ControlAsync(ControlKind kind, string? task = null, Budget? budget = null) =>
        Assert.NotNull(await Ledger.CreateControlAsync(
            new ControlDocument
            {
                Run = RunId,
                Number = Interlocked.Increment(ref controls),
                At = Clock.GetUtcNow(),
                Control = new Control(kind, task, "because") { Budget = budget },
            },
            default));

    internal Task<VerificationReport> VerifyAsync() => new RunVerifier(Store, Trust).VerifyAsync(RunId, null, default);

    /// <summary>The run has ended so, nothing in it is wrong, and nothing was accepted twice.</summary>
    internal async Task<VerificationReport> ProvenAsync(RunOutcome outcome)
    {
        var report = await VerifyAsync();
        Assert.Empty(report.Findings);
        Assert.Equal(outcome, report.Outcome);
        Assert.True(report.IsProven);
        var record = await (await Open().GetAsync(RunId, default)).LatestAsync(default);
        var accepted = record.Endings.Where(ending => ending.Ending.Failure is null).Select(ending => ending.Ending.Task).ToList();
        Assert.Equal(accepted.Distinct(), accepted);
        if (outcome == RunOutcome.Succeeded)
            Assert.Equal(record.Plan.TaskCount, accepted.Count);
        return report;
    }

    /// <summary>Carries the run out to its end with an engine that replays, as the owner of the moment.</summary>
    internal async Task<RunEnd> CarryOutAsync(Func<ReplayEngine, ReplayEngine>? engine = null, CancellationToken cancellationToken = default)
    {
        await using var ownership = await OwnAsync();
        return await Engine(engine).RunAsync(await InputAsync(ownership.Number), cancellationToken);
    }

    internal async Task<RunInput> InputAsync(int owner)
    {
        var record = await (await Open().GetAsync(RunId, default)).LatestAsync(default);
        return new RunInput(RunId, owner, record.Step + 1);
    }

    internal ReplayEngine Engine(Func<ReplayEngine, ReplayEngine>? change = null)
    {
        var engine = new ReplayEngine(RunOrchestration.RunAsync, Worker, Clock);
        return change is null ? engine : change(engine);
    }

    void IRunObserver.Stepped(StepDocument step) => Steps[$"{step.Owner}/{step.Step}"] = step;

    void IRunObserver.Happened(string run, RunEvent happening) => Events.Enqueue(happening);
}
