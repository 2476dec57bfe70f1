using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing;

namespace Miyabi.Core.Tests.Activities;

/// <summary>Where a store tells versions, a process asks once for all results that it wrote, and reads none that stands as it wrote it.</summary>
public sealed class StandingResultTests
{
    private static readonly string[] Tasks = ["t0", "t1", "t2"];

    [Fact]
    public async Task Step_AllAsThisProcessWroteThem_AsksOnceAndReadsNone()
    {
        var (run, runs, store) = await EndedAsync();

        await StepAsync(run, runs);

        Assert.Equal(1, store.Listings);
        Assert.All(Tasks, task => Assert.Equal(0, store.ReadsOf(Result(task))));
        Assert.All(await EndingsAsync(run), ending => Assert.NotNull(ending.Payload));
    }

    [Fact]
    public async Task Step_AsWritten_SaysToTheByteWhatAnotherProcessWouldHaveRead()
    {
        var (run, runs, store) = await EndedAsync();
        var step = LedgerPath.Run(TestRun.Id) + LedgerPath.Step(2);

        await StepAsync(run, runs);
        var written = store.Blobs[step];
        await store.DeleteAsync(step, default);
        await StepAsync(run, run.Open());

        Assert.Equal(1, store.ReadsOf(Result("t0")));
        Assert.Equal(SealFormat.Parse(written).Digest, SealFormat.Parse(store.Blobs[step]).Digest);
    }

    [Fact]
    public async Task Step_OneWasAltered_IsPutAside_AndTheOthersStand()
    {
        var (run, runs, store) = await EndedAsync();
        var altered = (byte[])store.Blobs[Result("t1")].Clone();
        altered[altered.Length / 2] ^= 1;
        await store.ReplaceAsync(Result("t1"), altered, default);

        await StepAsync(run, runs);

        Assert.Equal([null, FailureKind.Rejected, null], (await EndingsAsync(run)).Select(ending => ending.Ending.Failure?.Kind));
        Assert.DoesNotContain(Result("t1"), store.Blobs.Keys);
    }

    [Fact]
    public async Task Step_OneWasRemoved_IsRejected()
    {
        var (run, runs, store) = await EndedAsync();
        await store.DeleteAsync(Result("t2"), default);

        await StepAsync(run, runs);

        Assert.Equal([null, null, FailureKind.Rejected], (await EndingsAsync(run)).Select(ending => ending.Ending.Failure?.Kind));
    }

    [Fact]
    public async Task Step_OneWasRemovedAndMadeAgain_IsRead()
    {
        var (run, runs, store) = await EndedAsync();
        var content = store.Blobs[Result("t0")];
        await store.DeleteAsync(Result("t0"), default);
        await store.CreateAsync(Result("t0"), content, default);

        await StepAsync(run, runs);

        Assert.Equal([1, 0, 0], Tasks.Select(task => store.ReadsOf(Result(task))));
        Assert.All(await EndingsAsync(run), ending => Assert.Null(ending.Ending.Failure));
    }

    [Fact]
    public async Task Step_InAnotherProcess_ReadsAll()
    {
        var (run, _, store) = await EndedAsync();

        await StepAsync(run, run.Open());

        Assert.Equal(0, store.Listings);
        Assert.All(Tasks, task => Assert.Equal(1, store.ReadsOf(Result(task))));
    }

    [Fact]
    public async Task Step_OneEndingOnly_ReadsIt()
    {
        var (run, runs, store) = await EndedAsync();

        await run.Advance(runs).RunAsync(new AdvanceRequest(TestRun.Id, 1, 2, [new TaskEnding("t0", 1)], false, false), default);

        Assert.Equal(0, store.Listings);
        Assert.Equal(1, store.ReadsOf(Result("t0")));
    }

    [Fact]
    public async Task Input_OfAStandingResult_IsWhatAReaderWouldGet()
    {
        var store = new VersionedBlobStore();
        var run = await TestRun.AcceptAsync(TestPlans.Plan([("t0", []), ("t1", []), ("b", ["t0", "t1"])], 5), (request, _, _) => Task.FromResult(new AgentResult
        {
            // In another order and form than a document has.
            Output = JsonDocument.Parse("""{ "z": 1.0, "task": "x", "a": 1e2 }""").RootElement,
        }), store: store);
        await run.CarryOutAsync();

        Assert.Equal(0, store.ReadsOf(Result("t0")));
        await run.ProvenAsync(RunOutcome.Succeeded);
        var output = run.Provider.Requests.Single(request => request.Task.Id == "b").Inputs[0].Output.GetRawText();
        Assert.Equal((await run.Ledger.ReadResultAsync("t0", 1, AgentKind.Claude, default))!.Value.Payload!.Output.GetRawText(), output);
    }

    private static string Result(string task) => LedgerPath.Run(TestRun.Id) + LedgerPath.Result(task, 1, AgentKind.Claude);

    private static Task StepAsync(TestRun run, OpenRuns runs) =>
        run.Advance(runs).RunAsync(new AdvanceRequest(TestRun.Id, 1, 2, [.. Tasks.Select(task => new TaskEnding(task, 1))], false, false), default);

    private static async Task<ImmutableArray<StepEnding>> EndingsAsync(TestRun run) =>
        (await run.Ledger.ReadStepAsync(2, default))!.Value.Endings;

    // All tasks have ended, and no step has taken that in.
    private static async Task<(TestRun Run, OpenRuns Runs, VersionedBlobStore Store)> EndedAsync()
    {
        var store = new VersionedBlobStore();
        var run = await TestRun.AcceptAsync(TestPlans.Wide(Tasks.Length), store: store);
        var runs = run.Open();
        await using var owner = await run.OwnAsync();
        await run.Advance(runs).RunAsync(new AdvanceRequest(TestRun.Id, 1, 1, [], true, true), default);
        foreach (var task in Tasks)
            await run.RunTask(runs).RunAsync(new RunTaskRequest(TestRun.Id, 1, 1, task, 1), default);
        return (run, runs, store);
    }
}
