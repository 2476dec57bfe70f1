using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing;
using Miyabi.Testing.Orchestration;
using static Miyabi.Core.Tests.Checks.CheckPlans;

namespace Miyabi.Core.Tests.Checks;

/// <summary>What becomes of checks when processes die and people decide.</summary>
public class CheckedRunCrashTests
{
    private static readonly string Both = Plan($"{Gated}, {Reviewed}");

    [Theory]
    [InlineData(StoreDeath.BeforeTheWrite)]
    [InlineData(StoreDeath.AfterTheWrite)]
    [InlineData(StoreDeath.ReportedAsFailed)]
    public async Task CrashAtEveryWrite_ResumedFromTheLedger_ComesOutAsAnUndisturbedRun(StoreDeath death)
    {
        var script = Script(gateRejects: 1, reviewRejects: 1);
        var undisturbed = await TestRun.AcceptAsync(Both, script);
        await undisturbed.CarryOutAsync();
        var root = await ProvenRootAsync(undisturbed);

        var crashes = 0;
        for (var write = 1; ; write++)
        {
            var first = await TestRun.AcceptAsync(Both, script);
            using var faulty = new FaultyStore(first.Store, write, death);
            if (!await CrashesAsync(first.Elsewhere(script, faulty), faulty))
                break;
            crashes++;
            var ended = EndedAttempts((InMemoryBlobStore)first.Store);

            var second = first.Elsewhere(script);
            await second.CarryOutAsync();

            Assert.Equal(root, await ProvenRootAsync(second));
            Assert.Empty(second.Provider.Attempts.Intersect(ended)); // no check that has ended is asked twice either
            Assert.Equal(second.Provider.Attempts.Distinct().Order(), second.Provider.Attempts.Order());
        }

        // 9 attempts (3 of the work, 3 gates, 2 reviews, 1 of what follows) of an instruction and a result each, 2 files of each result of the work, 10 steps
        // (the first, and one for each ending), the owner, its lease, the manifest.
        Assert.Equal((9 * 2) + (3 * 2) + 10 + 3, crashes);
    }

    [Theory]
    [InlineData(Delivery.TwiceInTurn)]
    [InlineData(Delivery.TwiceAtOnce)]
    [InlineData(Delivery.WorkerDies)]
    public async Task Activities_DeliveredAgain_ChangeNothing(Delivery delivery)
    {
        var run = await TestRun.AcceptAsync(Both, Script(reviewRejects: 1));
        await run.CarryOutAsync(_ => new ReplayEngine(RunOrchestration.RunAsync, run.Worker, run.Clock) { Delivery = delivery });
        await CheckedRunTests.ProvenAsync(run, RunOutcome.Succeeded);
        if (delivery != Delivery.WorkerDies)
            Assert.Equal(run.Provider.Attempts.Distinct().Order(), run.Provider.Attempts.Order());
    }

    [Fact]
    public async Task Cancel_WhileAReviewIsAtWork_EndsItAndNothingCounts()
    {
        TestRun? run = null;
        run = await TestRun.AcceptAsync(Plan(Reviewed), async (request, _, token) =>
        {
            if (request.Task.Id != "code~review-1")
                return Answer(request, 0, 0);
            await run!.ControlAsync(ControlKind.Cancel);
            run.Clock.Advance(TimeSpan.FromSeconds(3)); // people's decisions are looked for every 2 s
            return await ScriptedProvider.HangAsync(token);
        });
        Assert.Equal(RunOutcome.Cancelled, (await run.CarryOutAsync()).Outcome);
        var record = await CheckedRunTests.ProvenAsync(run, RunOutcome.Cancelled);
        Assert.Empty(record.Accepted);
        Assert.Equal(TaskPhase.Failed, record.Scheduler.Tasks[0].Phase);
    }

    [Fact]
    public async Task Retry_AfterAllRoundsWereRejected_GoesOnFromTheFindings()
    {
        var run = await TestRun.AcceptAsync(Plan(Reviewed), Script(reviewRejects: 3));
        await run.CarryOutAsync();
        await run.ControlAsync(ControlKind.Retry);
        await run.CarryOutAsync();
        Assert.Equal(["code~review-3: finding of round 3", "code~review-3: and another"], run.Of("code")[3].Told());
        Assert.Equal(4, (await CheckedRunTests.ProvenAsync(run, RunOutcome.Succeeded)).Accepted[0].Attempt);
    }

    [Fact]
    public async Task Reuse_OfAResultOfAnotherRun_IsCheckedHereAllTheSame()
    {
        var first = await TestRun.AcceptAsync(Plan(Reviewed), Script());
        await first.CarryOutAsync();
        var second = await TestRun.AcceptAsync(Plan(Reviewed), Script(reviewRejects: 1), store: first.Store, id: "run-2", reuse: true);
        await second.CarryOutAsync();
        Assert.Equal([("code~review-1", 1), ("code", 2), ("code~review-2", 1), ("use", 1)], second.Provider.Attempts);
        await CheckedRunTests.ProvenAsync(second, RunOutcome.Succeeded);
    }

    [Fact]
    public async Task Result_AlteredBeforeItsReview_FailsTheTaskAndNamesIt()
    {
        TestRun? run = null;
        run = await TestRun.AcceptAsync(Both, async (request, _, _) =>
        {
            if (request.Task.Id == "code~gate-1")
            {
                const string name = "runs/run-1/artifacts/";
                foreach (var blob in ((InMemoryBlobStore)run!.Store).Blobs.Keys.Where(key => key.StartsWith(name, StringComparison.Ordinal)).ToList())
                    await run.Store.ReplaceAsync(blob, "altered"u8.ToArray(), default);
                await request.ReadArtifactAsync(request.Inputs[0].Files[0].Sha256, default);
            }

            return Answer(request, 0, 0);
        });
        Assert.Equal(RunOutcome.Failed, (await run.CarryOutAsync()).Outcome);
        Assert.Contains("The input from code cannot be used", run.Steps.Values.SelectMany(step => step.Decisions).OfType<FailDecision>().First().Reason, StringComparison.Ordinal);
    }

    private static async Task<string> ProvenRootAsync(TestRun run)
    {
        var report = await run.VerifyAsync();
        Assert.Empty(report.Findings);
        Assert.Equal((true, RunOutcome.Succeeded), (report.IsProven, report.Outcome));
        return report.ContentRoot!;
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

    private static HashSet<(string, int)> EndedAttempts(InMemoryBlobStore store) =>
    [
        .. from name in new[] { "code", "use" }.Concat(Enumerable.Range(1, 3).SelectMany(attempt => new[] { $"code~gate-{attempt}", $"code~review-{attempt}" }))
           from attempt in Enumerable.Range(1, 3)
           where store.Blobs.ContainsKey(LedgerPath.Run(TestRun.Id) + LedgerPath.Result(name, attempt, name == "code" ? AgentKind.Codex : AgentKind.Claude))
           select (name, attempt),
    ];
}
