using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Scheduling;
using Miyabi.Testing;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Orchestration;

/// <summary>A run that is taken up again after its end, on an engine that replays, through crashes and twofold deliveries.</summary>
public class GenerationTests
{
    private const string FirstManifest = "runs/run-1/manifest-1.json";

    // 'core' fails in the first generation, and succeeds at its second try in the next.
    private static readonly string Plan = TestPlans.Tasks(
        """{ "id": "plan", "agent": "A", "writes": ["plan/**"] }""",
        """{ "id": "core", "agent": "X", "dependsOn": ["plan"], "retry": { "maxAttempts": 2, "backoff": "PT1S" } }""",
        """{ "id": "test", "agent": "A", "dependsOn": ["core"] }""");

    [Theory]
    [InlineData(StoreDeath.BeforeTheWrite)]
    [InlineData(StoreDeath.AfterTheWrite)]
    [InlineData(StoreDeath.ReportedAsFailed)]
    public async Task CrashAtEveryWrite_OfTheSecondGeneration_ComesOutAsAnUndisturbedOne(StoreDeath death)
    {
        var undisturbed = await EndedAsync();
        await undisturbed.ControlAsync(ControlKind.Retry);
        await undisturbed.CarryOutAsync();
        var root = (await undisturbed.ProvenAsync(RunOutcome.Succeeded)).ContentRoot;

        var crashes = 0;
        for (var write = 1; ; write++)
        {
            var first = await EndedAsync();
            // As after a crash between the last step and its manifest: that is the first thing to be written.
            await first.Store.DeleteAsync(FirstManifest, default);
            await first.ControlAsync(ControlKind.Retry);
            using var faulty = new FaultyStore(first.Store, write, death);
            if (!await CrashesAsync(first.Elsewhere(Work, faulty), faulty))
                break;
            crashes++;

            var second = first.Elsewhere(Work);
            Assert.Equal(RunOutcome.Succeeded, (await second.CarryOutAsync()).Outcome);

            Assert.Equal(root, (await second.ProvenAsync(RunOutcome.Succeeded)).ContentRoot);
            Assert.Equal([1, 2], await ManifestsAsync(second));
        }

        Assert.InRange(crashes, 12, 40);
    }

    [Theory]
    [InlineData(Delivery.TwiceAtOnce)]
    [InlineData(Delivery.WorkerDies)]
    public async Task Retry_EverythingDeliveredTwice_IsOneGeneration(Delivery delivery)
    {
        var run = await EndedAsync();
        await run.ControlAsync(ControlKind.Retry);

        await run.CarryOutAsync(_ => new ReplayEngine(RunOrchestration.RunAsync, run.Worker, run.Clock) { Delivery = delivery });

        await run.ProvenAsync(RunOutcome.Succeeded);
        Assert.Equal([1, 2], await ManifestsAsync(run));
        Assert.Equal([("core", 1), ("core", 2), ("core", 3), ("core", 4), ("plan", 1), ("test", 1)], run.Provider.Attempts.Order());
    }

    [Fact]
    public async Task Retry_WrittenTwice_TakesTheRunUpOnce()
    {
        var run = await EndedAsync();
        await run.ControlAsync(ControlKind.Retry);
        await run.ControlAsync(ControlKind.Retry);

        Assert.Equal(RunOutcome.Succeeded, (await run.CarryOutAsync()).Outcome);
        Assert.Equal(RunOutcome.Succeeded, await (await run.Open().GetAsync(run.RunId, default)).OutcomeAsync(default));

        Assert.Equal([1, 2], await ManifestsAsync(run));
        await run.ProvenAsync(RunOutcome.Succeeded);
    }

    [Fact]
    public async Task RetryAndCancel_InOneGo_EndsASecondGenerationThatStartedNothing()
    {
        var run = await EndedAsync();
        var before = run.Provider.Requests.Count;
        await run.ControlAsync(ControlKind.Retry);
        await run.ControlAsync(ControlKind.Cancel);

        Assert.Equal(RunOutcome.Cancelled, (await run.CarryOutAsync()).Outcome);

        Assert.Equal(before, run.Provider.Requests.Count);
        await run.ProvenAsync(RunOutcome.Cancelled);
        Assert.Equal([1, 2], await ManifestsAsync(run));
    }

    [Fact]
    public async Task CancelThatCameTooLate_AndARetry_TheNewGenerationIsNotCancelled()
    {
        var run = await EndedAsync();
        await run.ControlAsync(ControlKind.Cancel);
        await run.ControlAsync(ControlKind.Retry);

        Assert.Equal(RunOutcome.Succeeded, (await run.CarryOutAsync()).Outcome);

        await run.ProvenAsync(RunOutcome.Succeeded);
    }

    [Fact]
    public async Task Retry_OfACancelledRun_InAWorkerThatSawTheCancel_AgentsAreNotCancelled()
    {
        TestRun? run = null;
        ReplayEngine? engine = null;
        run = await TestRun.AcceptAsync(Plan, async (request, _, token) =>
        {
            if (request.Attempt > 1 || request.Task.Id != "plan")
                return ScriptedProvider.Success(request);
            await run!.ControlAsync(ControlKind.Cancel);
            engine!.Raise(ActivityNames.ControlEvent);
            run.Clock.Advance(RunWatch.Interval);
            return await ScriptedProvider.HangAsync(token);
        });
        // One process that carries attempts out and never takes a step: nothing tells it that the run has ended.
        var worker = run.Open();
        engine = new ReplayEngine(RunOrchestration.RunAsync, () => ReplayWorker.Of(run.Advance(), run.RunTask(worker), run.Notify()), run.Clock);
        Assert.Equal(RunOutcome.Cancelled, (await run.CarryOutAsync(_ => engine)).Outcome);

        await run.ControlAsync(ControlKind.Retry);
        engine = new ReplayEngine(RunOrchestration.RunAsync, () => ReplayWorker.Of(run.Advance(), run.RunTask(worker), run.Notify()), run.Clock);

        Assert.Equal(RunOutcome.Succeeded, (await run.CarryOutAsync(_ => engine)).Outcome);
        Assert.Equal([("core", 1), ("plan", 1), ("plan", 2), ("test", 1)], run.Provider.Attempts.Order());
        Assert.Empty((await run.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task OlderOwner_AfterANewerTookTheRunUpAgain_IsSuperseded()
    {
        var run = await EndedAsync();
        await run.ControlAsync(ControlKind.Retry);
        var end = (await run.InputAsync(1)).Step;
        await using var second = await run.OwnAsync("b");
        var taken = await run.Advance().RunAsync(new AdvanceRequest(run.RunId, second.Number, end, [], true, true), default);
        Assert.Equal("core", Assert.Single(taken.Starts).Task);

        var stale = await run.Advance().RunAsync(new AdvanceRequest(run.RunId, 1, end, [], true, true), default);

        Assert.True(stale.Superseded);
        Assert.Empty(stale.Starts);
    }

    [Fact]
    public async Task Retry_OfOneAcceptedTask_ThreeTimes_IsProvenWithAManifestEach()
    {
        var run = await TestRun.AcceptAsync(Plan.Replace("\"maxAttempts\": 2", "\"maxAttempts\": 9", StringComparison.Ordinal), Work);
        await run.CarryOutAsync();
        foreach (var task in new[] { "test", "core", "plan" })
        {
            await run.ControlAsync(ControlKind.Retry, task);
            Assert.Equal(RunOutcome.Succeeded, (await run.CarryOutAsync()).Outcome);
        }

        Assert.Empty((await run.VerifyAsync()).Findings);
        Assert.Equal([1, 2, 3, 4], await ManifestsAsync(run));
        Assert.Equal(1 + 1, run.Provider.Attempts.Count(attempt => attempt.Task == "plan"));
        Assert.Equal(1 + 3, run.Provider.Attempts.Count(attempt => attempt.Task == "test"));
    }

    [Fact]
    public async Task NothingSaid_AfterTheEnd_IsAnsweredWithTheEndAndWritesNoStep()
    {
        var run = await EndedAsync();
        var end = (await run.InputAsync(1)).Step;

        Assert.Equal(RunOutcome.Failed, (await run.CarryOutAsync()).Outcome);

        Assert.Equal(end, (await run.InputAsync(1)).Step);
        await run.ProvenAsync(RunOutcome.Failed);
    }

    private static async Task<TestRun> EndedAsync()
    {
        var run = await TestRun.AcceptAsync(Plan, Work);
        Assert.Equal(RunOutcome.Failed, (await run.CarryOutAsync()).Outcome);
        return run;
    }

    private static Task<AgentResult> Work(AgentRequest request, IProgress<AgentProgress> progress, CancellationToken cancellationToken)
    {
        if (request is { Task.Id: "core", Attempt: <= 3 })
            return Task.FromResult(AgentResult.Failed(FailureKind.Failed, "at first it fails"));
        var result = ScriptedProvider.Success(request);
        return Task.FromResult(request.Task.Writes.IsEmpty ? result : result with { Files = [new AgentFile($"{request.Task.Id}/a", "text"u8.ToArray())] });
    }

    private static async Task<bool> CrashesAsync(TestRun run, FaultyStore store)
    {
        try
        {
            await run.CarryOutAsync(cancellationToken: store.Died);
        }
        catch (Exception e) when (e is StoreException or OperationCanceledException or ReplayActivityException)
        {
            Assert.True(store.Died.IsCancellationRequested, e.ToString());
        }

        return store.Died.IsCancellationRequested;
    }

    private static async Task<List<int>> ManifestsAsync(TestRun run)
    {
        List<int> found = [];
        for (var generation = 1; await run.Ledger.ReadManifestAsync(generation, default) is not null; generation++)
            found.Add(generation);
        return found;
    }
}
