using System.Text;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing;
using Miyabi.Testing.Agents;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Activities;

public class DuplicateTests
{
    private static readonly AdvanceRequest Opening = new(TestRun.Id, 1, 1, [], true, true);

    [Fact]
    public async Task Advance_ByManyProcessesAtOnce_TakesOneStep()
    {
        var run = await TestRun.AcceptAsync(TestPlans.Wide(20));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => run.Advance().RunAsync(Opening, default))));

        Assert.Single(answers.Select(ReplayJson.Write).Distinct());
        Assert.Equal(16, answers[0].Starts.Length); // all of A's, and one each of those that have one slot
    }

    [Fact]
    public async Task Duplicates_WaitForTheOutcome_AndTheAgentIsAskedOnce()
    {
        var (run, release) = await ReleasableAsync();
        var first = run.RunTask().RunAsync(RunTaskTests.Request, default);
        await Until.TrueAsync(() => run.Provider.Requests.Count == 1, "the first is at work");
        var others = Enumerable.Range(0, 3).Select(_ => run.RunTask().RunAsync(RunTaskTests.Request, default)).ToList();

        // Far beyond the first term: renewals keep the claim.
        for (var second = 1; second <= 300; second++)
        {
            await StepAsync(run, TimeSpan.FromSeconds(1));
            if (second >= AttemptClaim.Renewal.TotalSeconds)
                await RenewedAsync(run);
        }

        Assert.All(others, other => Assert.False(other.IsCompleted));
        release.SetResult();
        await first;
        await MoveUntilAsync(run, Task.WhenAll(others));

        Assert.Single(run.Provider.Requests);
        await EndAsync(run);
    }

    [Fact]
    public async Task LapsedClaim_IsTakenOverByOneOfTheWaiting()
    {
        var run = await RunTaskTests.StartedAsync(TestPlans.One(), (_, _, _) => throw new StoreException(StoreFault.Unavailable, "gone"));
        await Assert.ThrowsAsync<StoreException>(() => run.RunTask().RunAsync(RunTaskTests.Request, default));
        var living = run.Elsewhere((request, _, _) => ScriptedProvider.SucceedAsync(request));

        var waiting = Enumerable.Range(0, 4).Select(_ => living.RunTask().RunAsync(RunTaskTests.Request, default)).ToList();
        run.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Empty(living.Provider.Requests);
        await MoveUntilAsync(run, Task.WhenAll(waiting));

        Assert.Single(living.Provider.Requests);
        var result = (await run.Ledger.ReadResultAsync("one", 1, AgentKind.Claude, default))!.Value;
        Assert.Single(result.Claims);
        await EndAsync(living);
    }

    [Fact]
    public async Task Worker_WhoseAttemptWasTakenOver_WritesNothing_AndWaitsForTheOutcome()
    {
        var (run, release) = await ReleasableAsync();
        var losing = run.RunTask().RunAsync(RunTaskTests.Request, default);
        await Until.TrueAsync(() => run.Provider.Requests.Count == 1, "the first is at work");
        await run.Ledger.CreateClaimAsync(
            new ClaimDocument
            {
                Run = TestRun.Id,
                Task = "one",
                Attempt = 1,
                Number = 1,
                At = run.Clock.GetUtcNow(),
                Claim = new Claim(new string('f', 32), 1, run.Clock.GetUtcNow() + TimeSpan.FromMinutes(2)),
            },
            default);

        run.Clock.Advance(AttemptClaim.Renewal);
        release.SetResult();
        await StepAsync(run, TimeSpan.FromSeconds(1));

        Assert.False(losing.IsCompleted);
        Assert.Null(await run.Ledger.ReadResultAsync("one", 1, AgentKind.Claude, default));
        Assert.Single(run.Provider.Requests);

        // The one it lost to is gone too: it takes the attempt back when that claim lapses.
        await MoveUntilAsync(run, losing);
        Assert.Equal(2, run.Provider.Requests.Count);
        await EndAsync(run);
    }

    [Fact]
    public async Task NewerOwnersWorker_TakesOverAtOnce_TheOlderStops()
    {
        var (run, release) = await ReleasableAsync();
        var older = run.RunTask().RunAsync(RunTaskTests.Request, default);
        await Until.TrueAsync(() => run.Provider.Requests.Count == 1, "the first is at work");
        var newer = run.Elsewhere((request, _, _) => ScriptedProvider.SucceedAsync(request));

        await newer.RunTask().RunAsync(RunTaskTests.Request with { Owner = 2 }, default);
        run.Clock.Advance(AttemptClaim.Renewal);
        await MoveUntilAsync(run, older.ContinueWith(_ => { }, TaskScheduler.Default));
        release.SetResult();

        Assert.Single(newer.Provider.Requests);
        await EndAsync(newer);
    }

    [Fact]
    public async Task OlderOwnersWorker_FindsANewerClaim_AndStops()
    {
        var run = await RunTaskTests.StartedAsync(TestPlans.One(), (_, _, token) => ScriptedProvider.HangAsync(token));
        using var stop = new CancellationTokenSource();
        var newer = run.RunTask().RunAsync(RunTaskTests.Request with { Owner = 2 }, stop.Token);
        await Until.TrueAsync(() => run.Provider.Requests.Count == 1, "the newer is at work");

        await Assert.ThrowsAsync<SupersededException>(() => run.RunTask().RunAsync(RunTaskTests.Request, default));

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => newer);
    }

    [Fact]
    public async Task OutcomeThatComesTooLate_AfterATakeOver_StillVerifies()
    {
        // The first worker passes its last look before the other claims, and writes after it: then its outcome stands, and the claim is named.
        TestRun? run = null;
        run = await RunTaskTests.StartedAsync(TestPlans.One(), async (request, _, _) =>
        {
            await run!.Ledger.CreateClaimAsync(
                new ClaimDocument
                {
                    Run = TestRun.Id,
                    Task = "one",
                    Attempt = 1,
                    Number = 1,
                    At = run.Clock.GetUtcNow(),
                    Claim = new Claim(new string('f', 32), 1, run.Clock.GetUtcNow()),
                },
                default);
            return ScriptedProvider.Success(request);
        });

        await run.RunTask().RunAsync(RunTaskTests.Request, default);

        await EndAsync(run);
    }

    public static TheoryData<string, bool> Places() => new()
    {
        { LedgerPath.Step(1), false },
        { LedgerPath.Step(2), false },
        { LedgerPath.Instruction("one", 1), false },
        { LedgerPath.AttemptLease("one", 1), true },
        { LedgerPath.Result("one", 1, AgentKind.Claude), false },
        { LedgerPath.Owner(1), false },
        { LedgerPath.Owner(2), false },
        { LedgerPath.OwnerLease(1), false },
        { LedgerPath.Manifest(1), false },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Garbage_IsNeverTrusted_AndNeverBlocks(string path, bool inMidRun)
    {
        var garbage = Encoding.UTF8.GetBytes("""{ "document": { "run": "run-1" }, "seal": {} }""");
        TestRun? run = null;
        run = await TestRun.AcceptAsync(TestPlans.One(), async (request, _, _) =>
        {
            if (inMidRun)
                await run!.Store.CreateAsync(LedgerPath.Run(TestRun.Id) + path, garbage, default);
            return ScriptedProvider.Success(request);
        });
        if (!inMidRun)
            await run.Store.CreateAsync(LedgerPath.Run(TestRun.Id) + path, garbage, default);

        Assert.Equal(RunOutcome.Succeeded, (await run.CarryOutAsync()).Outcome);

        await using (await run.OwnAsync())
            await run.ProvenAsync(RunOutcome.Succeeded);
    }

    [Fact]
    public async Task GarbageForAClaim_NeitherBlocksNorIsTrusted_AndIsNamed()
    {
        TestRun? run = null;
        run = await TestRun.AcceptAsync(TestPlans.One(), async (request, _, _) =>
        {
            await run!.Store.CreateAsync(LedgerPath.Run(TestRun.Id) + LedgerPath.Claim("one", 1, 1), "{}"u8.ToArray(), default);
            return ScriptedProvider.Success(request);
        });

        Assert.Equal(RunOutcome.Succeeded, (await run.CarryOutAsync()).Outcome);

        // Nobody had to look there; whoever verifies does.
        Assert.EndsWith(LedgerPath.Claim("one", 1, 1), Assert.Single((await run.VerifyAsync()).Findings).Path, StringComparison.Ordinal);
    }

    // What is no result of this attempt at all is put aside when the worker finds it in its way, and its own outcome stands; what only the
    // ledger can tell from one costs the attempt.
    [Theory]
    [InlineData("agent", 1)]
    [InlineData("instruction", 2)]
    [InlineData("payload", 2)]
    [InlineData("claims", 2)]
    [InlineData("neither", 2)]
    [InlineData("bytes", 1)]
    public async Task ForgedResult_IsPutAside_AndTheTaskIsCarriedOut(string forgery, int attempts)
    {
        TestRun? run = null;
        run = await TestRun.AcceptAsync(TestPlans.One(), async (request, _, _) =>
        {
            if (request.Attempt > 1)
                return ScriptedProvider.Success(request);
            var instruction = (await run!.Ledger.ReadInstructionAsync("one", 1, default))!;
            var payload = new ResultPayload(ScriptedProvider.Success(request).Output, []);
            var forged = new ResultDocument
            {
                Run = TestRun.Id,
                Task = "one",
                Attempt = 1,
                Agent = forgery == "agent" ? "X" : "A",
                Provider = "scripted",
                Instruction = forgery == "instruction" ? new string('0', 64) : instruction.Digest,
                Claims = forgery == "claims" ? [new string('0', 64)] : [],
                StartedAt = run.Clock.GetUtcNow(),
                EndedAt = run.Clock.GetUtcNow(),
                Outcome = AttemptOutcome.Succeeded,
                Payload = forgery == "neither" ? null : payload,
                PayloadDigest = forgery == "payload" ? new string('0', 64) : LedgerJson.DigestOf(payload),
            };
            if (forgery == "bytes")
                await run.Store.CreateAsync(LedgerPath.Run(TestRun.Id) + LedgerPath.Result("one", 1, AgentKind.Claude), "{}"u8.ToArray(), default);
            else
                await run.Ledger.WriteResultAsync(forged, AgentKind.Claude, default);
            return ScriptedProvider.Success(request);
        });

        Assert.Equal(RunOutcome.Succeeded, (await run.CarryOutAsync()).Outcome);

        await run.ProvenAsync(RunOutcome.Succeeded);
        Assert.Equal(Enumerable.Range(1, attempts).Select(attempt => ("one", attempt)), run.Provider.Attempts);
        Assert.Contains(((InMemoryBlobStore)run.Store).Blobs.Keys, name => name.Contains("/quarantine/"));
    }

    private static async Task<(TestRun Run, TaskCompletionSource Release)> ReleasableAsync()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = await RunTaskTests.StartedAsync(TestPlans.One(""" "timeout": "PT24H" """), async (request, _, token) =>
        {
            await release.Task.WaitAsync(token);
            return ScriptedProvider.Success(request);
        });
        return (run, release);
    }

    // Time moves from timer to timer, and whoever a timer woke gets to set its next one before it moves on.
    private static async Task StepAsync(TestRun run, TimeSpan by)
    {
        var end = run.Clock.GetUtcNow() + by;
        while (run.Clock.NextDue is { } due && due <= end)
        {
            run.Clock.AdvanceTo(due);
            await Task.Yield();
        }

        run.Clock.AdvanceTo(end);
    }

    // Renewals are made by other threads: time must not pass them by.
    private static async Task RenewedAsync(TestRun run)
    {
        var least = run.Clock.GetUtcNow() + AttemptClaim.Term - AttemptClaim.Renewal;
        var reading = run.Ledger.ReadLeaseAsync(LedgerPath.AttemptLease("one", 1), default);
        await Until.TrueAsync(
            () =>
            {
                if (!reading.IsCompletedSuccessfully)
                    return false;
                var lease = reading.Result;
                reading = run.Ledger.ReadLeaseAsync(LedgerPath.AttemptLease("one", 1), default);
                return lease?.Value.Until > least;
            },
            "the claim is renewed");
    }

    private static Task MoveUntilAsync(TestRun run, Task done) => Until.TrueAsync(
        () =>
        {
            if (!done.IsCompleted && run.Clock.NextDue is { } due)
                run.Clock.AdvanceTo(due < run.Clock.GetUtcNow() + TimeSpan.FromSeconds(1) ? due : run.Clock.GetUtcNow() + TimeSpan.FromSeconds(1));
            return done.IsCompleted;
        },
        "all have come to their end");

    // The attempt's outcome is told, and the run ends with it.
    private static async Task EndAsync(TestRun run)
    {
        await using var ownership = await run.OwnAsync();
        var answer = await run.Advance().RunAsync(new AdvanceRequest(TestRun.Id, 1, 2, [new TaskEnding("one", 1)], false, false), default);
        Assert.Equal(RunOutcome.Succeeded, answer.Outcome);
        await run.ProvenAsync(RunOutcome.Succeeded);
    }
}
