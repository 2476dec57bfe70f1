using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing;
using Miyabi.Testing.Agents;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Activities;

/// <summary>What a runner that died left at work: named by the lease, and ended before the attempt is made again.</summary>
public class LeftoverTests
{
    private static readonly AgentProcess Process = new("boot/pid", 4711, "123456", "boot/pid 42 99", "/somewhere/1");

    [Fact]
    public async Task Process_IsInTheLeaseAsSoonAsItStarted_AndInEveryRenewal()
    {
        var (run, work, stop) = await DyingAsync(Process);

        var first = await LeaseAsync(run);
        Assert.Equal(Process, first!.Process);
        run.Clock.Advance(AttemptClaim.Renewal);
        await LeaseIsAsync(run, lease => lease?.Until > first.Until);
        Assert.Equal(Process, (await LeaseAsync(run))!.Process);

        await EndAsync(work, stop);
    }

    [Fact]
    public async Task TakeOver_EndsWhatTheLeaseNames_BeforeTheAgentIsAsked()
    {
        var (run, work, stop) = await DyingAsync(Process);
        await EndAsync(work, stop);
        var next = run.Elsewhere((request, _, _) => ScriptedProvider.SucceedAsync(request));
        next.Provider.EndLeftovers = leftovers =>
        {
            Assert.Empty(next.Provider.Requests);
            return null;
        };

        await TakeOverAsync(next);

        Assert.Equal(new AgentLeftovers(TestRun.Id, "one", 1, Process), Assert.Single(next.Provider.Leftovers));
        Assert.Equal(AttemptOutcome.Succeeded, (await ResultAsync(next)).Outcome);
        Assert.Null(await LeaseAsync(next));
    }

    [Fact]
    public async Task TakeOver_WithoutALease_EndsLeftoversAllTheSame()
    {
        var (run, work, stop) = await DyingAsync(null);
        await EndAsync(work, stop);

        await TakeOverAsync(run.Elsewhere((request, _, _) => ScriptedProvider.SucceedAsync(request)), out var next);

        Assert.Equal(new AgentLeftovers(TestRun.Id, "one", 1, null), Assert.Single(next.Provider.Leftovers));
    }

    [Fact]
    public async Task TakeOver_OfAnInstructionThatWasPutAside_EndsLeftovers()
    {
        var (run, work, stop) = await DyingAsync(Process);
        await EndAsync(work, stop);
        var name = LedgerPath.Run(TestRun.Id) + LedgerPath.Instruction("one", 1);
        await run.Store.DeleteAsync(name, default);
        await run.Store.CreateAsync(name, "{}"u8.ToArray(), default);

        await TakeOverAsync(run.Elsewhere((request, _, _) => ScriptedProvider.SucceedAsync(request)), out var next);

        Assert.Equal(Process, Assert.Single(next.Provider.Leftovers).Process);
    }

    [Fact]
    public async Task TakeOver_ThatDiesBeforeItStartsAnything_KeepsItsPredecessorsProcess()
    {
        var (run, work, stop) = await DyingAsync(Process);
        await EndAsync(work, stop);
        var (second, secondWork, secondStop) = await DyingAsync(null, run, owner: 2);
        var before = (await LeaseAsync(second))!;
        second.Clock.Advance(AttemptClaim.Renewal);
        await LeaseIsAsync(second, lease => lease?.Until > before.Until);
        await EndAsync(secondWork, secondStop);

        await TakeOverAsync(second.Elsewhere((request, _, _) => ScriptedProvider.SucceedAsync(request)), out var third, owner: 3);

        Assert.Equal(Process, Assert.Single(third.Provider.Leftovers).Process);
    }

    [Fact]
    public async Task Leftovers_ThatCannotBeEnded_FailTheAttempt_AndTheAgentIsNotAsked()
    {
        var (run, work, stop) = await DyingAsync(Process);
        await EndAsync(work, stop);
        var next = run.Elsewhere((request, _, _) => ScriptedProvider.SucceedAsync(request));
        next.Provider.EndLeftovers = _ => new AgentFailure(FailureKind.Unavailable, "still there");

        await TakeOverAsync(next);

        Assert.Equal(new AgentFailure(FailureKind.Unavailable, "still there"), (await ResultAsync(next)).Failure);
        Assert.Empty(next.Provider.Requests);
    }

    [Fact]
    public async Task Leftovers_OfACancelledRun_AreEndedToo()
    {
        var (run, work, stop) = await DyingAsync(Process);
        await EndAsync(work, stop);
        await run.ControlAsync(ControlKind.Cancel);
        var next = run.Elsewhere((_, _, token) => ScriptedProvider.HangAsync(token));

        var taking = TakeOverAsync(next);
        await Until.TrueAsync(
            () =>
            {
                next.Clock.Advance(TimeSpan.FromSeconds(1));
                return taking.IsCompleted;
            },
            "the attempt has ended");

        Assert.Single(next.Provider.Leftovers);
        Assert.Equal(FailureKind.Cancelled, (await ResultAsync(next)).Failure!.Kind);
    }

    [Fact]
    public async Task FirstDelivery_HasNoLeftovers()
    {
        var run = await RunTaskTests.StartedAsync(TestPlans.One(), (request, _, _) => ScriptedProvider.SucceedAsync(request));

        await run.RunTask().RunAsync(RunTaskTests.Request, default);

        Assert.Empty(run.Provider.Leftovers);
    }

    [Fact]
    public async Task Started_WhenTheStoreIsAway_IsWrittenByTheNextRenewal()
    {
        var store = new UnwritableStore();
        var (run, work, stop) = await DyingAsync(Process, store: store);
        Assert.Null(await LeaseAsync(run));

        store.IsAway = false;
        run.Clock.Advance(AttemptClaim.Renewal);
        await LeaseIsAsync(run, lease => lease?.Process == Process);

        await EndAsync(work, stop);
    }

    // A worker that is at work until it is stopped as a dying process is: it writes nothing any more.
    private static async Task<(TestRun Run, Task Work, CancellationTokenSource Stop)> DyingAsync(
        AgentProcess? process, TestRun? former = null, int owner = 1, InMemoryBlobStore? store = null)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        AgentScript script = async (request, _, token) =>
        {
            if (process is not null)
                await request.StartedAsync(process, token);
            started.SetResult();
            return await ScriptedProvider.HangAsync(token);
        };
        var run = former is null ? await RunTaskTests.StartedAsync(TestPlans.One(), script, store) : former.Elsewhere(script);
        var stop = new CancellationTokenSource();
        var work = run.RunTask().RunAsync(RunTaskTests.Request with { Owner = owner }, stop.Token);
        await started.Task;
        return (run, work, stop);
    }

    private static async Task EndAsync(Task work, CancellationTokenSource stop)
    {
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
        stop.Dispose();
    }

    private static Task TakeOverAsync(TestRun next, int owner = 2) => next.RunTask().RunAsync(RunTaskTests.Request with { Owner = owner }, default);

    private static Task TakeOverAsync(TestRun next, out TestRun run, int owner = 2) => TakeOverAsync(run = next, owner);

    private static async Task<LeaseDocument?> LeaseAsync(TestRun run) =>
        (await run.Ledger.ReadLeaseAsync(LedgerPath.AttemptLease("one", 1), default))?.Value;

    private static async Task<ResultDocument> ResultAsync(TestRun run) => (await run.Ledger.ReadResultAsync("one", 1, AgentKind.Claude, default))!.Value;

    private static async Task LeaseIsAsync(TestRun run, Func<LeaseDocument?, bool> condition)
    {
        LeaseDocument? lease = null;
        var reading = LeaseAsync(run);
        await Until.TrueAsync(
            () =>
            {
                if (reading.IsCompletedSuccessfully)
                    (lease, reading) = (reading.Result, LeaseAsync(run));
                return condition(lease);
            },
            "the lease says so");
    }

    /// <summary>Leases cannot be written.</summary>
    private sealed class UnwritableStore : InMemoryBlobStore
    {
        public bool IsAway { get; set; } = true;

        public override Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            IsAway ? throw new StoreException(StoreFault.Unavailable, "away") : base.ReplaceAsync(name, content, cancellationToken);
    }
}
