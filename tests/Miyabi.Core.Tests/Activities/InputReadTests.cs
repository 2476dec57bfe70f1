using System.Collections.Concurrent;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing;

namespace Miyabi.Core.Tests.Activities;

/// <summary>Inputs are verified once by each process: by whoever accepted them, or by whoever needs them next.</summary>
public class InputReadTests
{
    private static readonly string Result = LedgerPath.Run(TestRun.Id) + LedgerPath.Result("a", 1, AgentKind.Claude);

    [Fact]
    public async Task Input_AcceptedInThisProcess_IsNotReadAgain()
    {
        var (run, runs, reads) = await AcceptedAsync();
        Assert.Equal(1, reads.Of(Result));

        await run.RunTask(runs).RunAsync(Second, default);

        Assert.Equal(1, reads.Of(Result));
        Assert.Equal("a", Assert.Single(run.Provider.Requests.Last().Inputs).Output.GetProperty("task").GetString());
    }

    [Fact]
    public async Task Input_InAnotherProcess_IsReadThere()
    {
        var (run, _, reads) = await AcceptedAsync();

        await run.RunTask(run.Open()).RunAsync(Second, default);

        Assert.Equal(2, reads.Of(Result));
        Assert.Equal("a", Assert.Single(run.Provider.Requests.Last().Inputs).Output.GetProperty("task").GetString());
    }

    [Fact]
    public async Task Input_AlteredAndInAnotherProcess_IsRejected()
    {
        var (run, _, reads) = await AcceptedAsync();
        var other = (byte[])reads.Blobs[Result].Clone();
        other[other.Length / 2] ^= 1;
        await reads.ReplaceAsync(Result, other, default);

        await run.RunTask(run.Open()).RunAsync(Second, default);

        Assert.Equal(FailureKind.InputRejected, (await run.Ledger.ReadResultAsync("b", 1, AgentKind.Claude, default))!.Value.Failure!.Kind);
        Assert.Single(run.Provider.Requests);
    }

    [Fact]
    public async Task Result_AlteredBeforeItIsAccepted_IsPutAside_AndTheInstructionStays()
    {
        var (run, runs, reads) = await EndedAsync();
        await reads.ReplaceAsync(Result, "{}"u8.ToArray(), default);

        await run.Advance(runs).RunAsync(new AdvanceRequest(TestRun.Id, 1, 2, [new TaskEnding("a", 1)], false, false), default);

        var ending = Assert.Single((await run.Ledger.ReadStepAsync(2, default))!.Value.Endings);
        Assert.Equal(FailureKind.Rejected, ending.Ending.Failure!.Kind);
        Assert.Null(ending.Result);
        Assert.Equal((await run.Ledger.ReadInstructionAsync("a", 1, default))!.Digest, ending.Instruction);
        Assert.DoesNotContain(Result, reads.Blobs.Keys);
    }

    private static RunTaskRequest Second { get; } = new(TestRun.Id, 1, 2, "b", 1);

    private static async Task<(TestRun Run, OpenRuns Runs, CountingReads Reads)> AcceptedAsync()
    {
        var (run, runs, reads) = await EndedAsync();
        await run.Advance(runs).RunAsync(new AdvanceRequest(TestRun.Id, 1, 2, [new TaskEnding("a", 1)], false, false), default);
        return (run, runs, reads);
    }

    // The first of two tasks has ended, and this process has not read that back yet.
    private static async Task<(TestRun Run, OpenRuns Runs, CountingReads Reads)> EndedAsync()
    {
        var reads = new CountingReads();
        var run = await TestRun.AcceptAsync(TestPlans.Plan([("a", []), ("b", ["a"])], 5), store: reads);
        var runs = run.Open();
        await run.Advance(runs).RunAsync(new AdvanceRequest(TestRun.Id, 1, 1, [], true, true), default);
        await run.RunTask(runs).RunAsync(new RunTaskRequest(TestRun.Id, 1, 1, "a", 1), default);
        return (run, runs, reads);
    }

    private sealed class CountingReads : InMemoryBlobStore
    {
        private readonly ConcurrentDictionary<string, int> reads = new(StringComparer.Ordinal);

        public int Of(string name) => reads.GetValueOrDefault(name);

        public override Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
        {
            reads.AddOrUpdate(name, 1, (_, before) => before + 1);
            return base.ReadAsync(name, maxBytes, cancellationToken);
        }
    }
}
