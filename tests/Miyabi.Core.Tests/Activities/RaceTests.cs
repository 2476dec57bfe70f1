using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing;
using Miyabi.Testing.Agents;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Activities;

public class RaceTests
{
    [Fact]
    public async Task StepOfAFormerOwner_WrittenWhileANewOneReads_Stays()
    {
        var store = new HookedStore();
        var run = await TestRun.AcceptAsync(TestPlans.One(), store: store);
        await using var ownership = await run.OwnAsync();
        var former = run.Advance();
        await former.RunAsync(new AdvanceRequest(TestRun.Id, 1, 1, [], true, true), default);
        await run.RunTask().RunAsync(RunTaskTests.Request, default);
        var newer = await run.Open().GetAsync(TestRun.Id, default);
        var afterItFoundNone = LedgerPath.Run(TestRun.Id) + LedgerPath.Step(3);
        store.AfterRead = name => name == afterItFoundNone
            ? former.RunAsync(new AdvanceRequest(TestRun.Id, 1, 2, [new TaskEnding("one", 1)], false, false), default)
            : Task.CompletedTask;

        var record = await newer.LatestAsync(default);

        Assert.Equal(1, record.Step);
        await run.ProvenAsync(RunOutcome.Succeeded);
    }

    [Fact]
    public async Task Cancel_AfterTwoLooksAtOnceFoundTheSameControl_IsSeen()
    {
        var gate = new TaskCompletionSource();
        var reads = 0;
        var store = new HookedStore();
        var run = await TestRun.AcceptAsync(TestPlans.One(), store: store);
        await run.ControlAsync(ControlKind.Suspend);
        store.AfterRead = async name =>
        {
            if (name.Contains("/control/", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref reads);
                await gate.Task;
            }
        };
        var watch = new RunWatch(run.Ledger, run.Clock);
        var first = watch.AttachAsync(default);
        var second = watch.AttachAsync(default);
        await Until.TrueAsync(() => reads == 2, "both look");
        gate.SetResult();
        await (await first).DisposeAsync();

        await run.ControlAsync(ControlKind.Cancel);
        await Until.TrueAsync(
            () =>
            {
                run.Clock.Advance(RunWatch.Interval);
                return watch.Cancelled.IsCancellationRequested || reads > 50;
            },
            "the cancel was seen");

        Assert.True(watch.Cancelled.IsCancellationRequested);
        await (await second).DisposeAsync();
    }

    /// <summary>Does something right after a read, while the reader believes what it read.</summary>
    private sealed class HookedStore : InMemoryBlobStore
    {
        private volatile Func<string, Task>? afterRead;

        public Func<string, Task>? AfterRead
        {
            set => afterRead = value;
        }

        public override async Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
        {
            var content = await base.ReadAsync(name, maxBytes, cancellationToken);
            if (afterRead is { } hook)
                await hook(name);
            return content;
        }
    }
}
