using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Testing;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Orchestration;

public class CrashTests
{
    // A retry, a codex task, files, and a file that two tasks have in common.
    private static readonly string Plan = TestPlans.Tasks(
        """{ "id": "plan", "agent": "A", "writes": ["plan/**"] }""",
        """{ "id": "core", "agent": "X", "dependsOn": ["plan"], "writes": ["core/**"] }""",
        """{ "id": "http", "agent": { "kind": "codex" }, "dependsOn": ["plan"], "writes": ["http/**"] }""",
        """{ "id": "test", "agent": "A", "dependsOn": ["core", "http"] }""");

    [Theory]
    [InlineData(StoreDeath.BeforeTheWrite)]
    [InlineData(StoreDeath.AfterTheWrite)]
    [InlineData(StoreDeath.ReportedAsFailed)]
    public async Task CrashAtEveryWrite_ResumedFromTheLedger_ComesOutAsAnUndisturbedRun(StoreDeath death)
    {
        var undisturbed = await TestRun.AcceptAsync(Plan, Work);
        await undisturbed.CarryOutAsync();
        var root = (await undisturbed.ProvenAsync(RunOutcome.Succeeded)).ContentRoot;

        var crashes = 0;
        for (var write = 1; ; write++)
        {
            var first = await TestRun.AcceptAsync(Plan, Work);
            using var faulty = new FaultyStore(first.Store, write, death);
            var dying = first.Elsewhere(Work, faulty);
            if (!await CrashesAsync(dying, faulty))
                break;
            crashes++;
            var ended = EndedAttempts((InMemoryBlobStore)first.Store);

            var second = first.Elsewhere(Work);
            var end = await second.CarryOutAsync();

            Assert.Equal(RunOutcome.Succeeded, end.Outcome);
            Assert.Equal(root, (await second.ProvenAsync(RunOutcome.Succeeded)).ContentRoot);
            Assert.Empty(second.Provider.Attempts.Intersect(ended));
            Assert.Equal(second.Provider.Attempts.Distinct().Order(), second.Provider.Attempts.Order());
        }

        Assert.InRange(crashes, 20, 60);
    }

    [Theory]
    [InlineData(StoreDeath.BeforeTheWrite)]
    [InlineData(StoreDeath.AfterTheWrite)]
    [InlineData(StoreDeath.ReportedAsFailed)]
    public async Task CrashAtEveryWrite_CallsArePaidFor_NoneIsMadeTwiceAndEachIsCounted(StoreDeath death)
    {
        const decimal Price = 2;
        var most = new AgentUsage(0, 0, Price);
        var interrupted = 0;
        for (var write = 1; ; write++)
        {
            var first = await TestRun.AcceptAsync(Plan, PaidAsync, most: most);
            using var faulty = new FaultyStore(first.Store, write, death);
            var dying = first.Elsewhere(PaidAsync, faulty);
            if (!await CrashesAsync(dying, faulty))
                break;

            var second = first.Elsewhere(PaidAsync);
            Assert.Equal(RunOutcome.Succeeded, (await second.CarryOutAsync()).Outcome);

            await second.ProvenAsync(RunOutcome.Succeeded);
            var calls = dying.Provider.Attempts.Concat(second.Provider.Attempts).ToList();
            Assert.Equal(calls.Distinct(), calls);
            var record = await (await second.Open().GetAsync(TestRun.Id, default)).LatestAsync(default);
            var broken = record.Endings.Count(ended => ended.Ending.Failure?.Kind == FailureKind.Interrupted);
            // A worker that died before its call is counted like one that died in it.
            Assert.InRange(BudgetCheck.Cost(record.Scheduler), calls.Count * Price, (calls.Count + broken) * Price);
            Assert.Equal(broken * Price, record.Scheduler.UnsettledUsd);
            interrupted += broken;
        }

        Assert.InRange(interrupted, 5, 60);

        static async Task<AgentResult> PaidAsync(AgentRequest request, IProgress<AgentProgress> progress, CancellationToken cancellationToken) =>
            await Work(request, progress, cancellationToken) with { Usage = new AgentUsage(0, 0, Price) };
    }

    [Fact]
    public async Task ManyCrashes_OneAfterTheOther_TheRunStillEnds()
    {
        var run = await TestRun.AcceptAsync(Plan, Work);
        var crashes = 0;
        while (true)
        {
            // Ten writes at a time: enough for one attempt.
            using var faulty = new FaultyStore(run.Store, 10, StoreDeath.BeforeTheWrite);
            if (!await CrashesAsync(run.Elsewhere(Work, faulty), faulty))
                break;
            Assert.InRange(++crashes, 1, 20);
        }

        Assert.True(crashes > 1);
        await run.ProvenAsync(RunOutcome.Succeeded);
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

    private static HashSet<(string, int)> EndedAttempts(InMemoryBlobStore store)
    {
        var ended = new HashSet<(string, int)>();
        foreach (var task in new[] { "plan", "core", "http", "test" })
        {
            foreach (var attempt in new[] { 1, 2 })
            {
                var kind = task is "core" or "http" ? AgentKind.Codex : AgentKind.Claude;
                if (store.Blobs.ContainsKey(LedgerPath.Run(TestRun.Id) + LedgerPath.Result(task, attempt, kind)))
                    ended.Add((task, attempt));
            }
        }

        return ended;
    }

    private static Task<AgentResult> Work(AgentRequest request, IProgress<AgentProgress> progress, CancellationToken cancellationToken)
    {
        if (request is { Task.Id: "core", Attempt: 1 })
            return Task.FromResult(AgentResult.Failed(FailureKind.Failed, "at first it fails"));
        var result = ScriptedProvider.Success(request);
        return Task.FromResult(request.Task.Writes.IsEmpty
            ? result
            : result with { Files = [new AgentFile($"{request.Task.Id}/a", new byte[] { 1 }), new AgentFile($"{request.Task.Id}/b", "text"u8.ToArray())] });
    }
}
