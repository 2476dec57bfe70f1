using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.FrontDoor;

public class RunControlsTests
{
    private static readonly string Plan = TestPlans.Tasks(
        """{ "id": "gated", "agent": "A", "approval": { "message": "Go?" } }""",
        """{ "id": "gated-2", "agent": "A", "approval": { "message": "Go?" } }""",
        """{ "id": "plain", "agent": "A", "dependsOn": ["gated"] }""",
        """{ "id": "fails", "agent": "A", "retry": { "maxAttempts": 1 } }""",
        """{ "id": "below", "agent": "A", "dependsOn": ["fails"] }""");

    [Theory]
    [InlineData("reject", null, "Say which task is meant.")]
    [InlineData("approve", "gatd", "has no task 'gatd'. Did you mean gated?")]
    [InlineData("approve", "zzzzzzzzz", "It has: gated, gated-2, plain")]
    [InlineData("approve", "plain", "asks for no approval. These do: gated, gated-2.")]
    [InlineData("reject", "\u001b[31m", "has no task")]
    [InlineData("unsuspend", null, "is not suspended")]
    [InlineData("retry", null, "has not ended: what fails is tried again as its plan says. To end it first: miyabi cancel run-1")]
    [InlineData("raisebudget", null, "--max-cost-usd, --max-tokens or --max-time, or several")]
    public async Task Send_WhatDoesNotApplyToARunThatGoesOn_IsRefusedAndWritesNothing(string kind, string? task, string says)
    {
        var run = await OpenedAsync();
        var before = Names(run);

        var refused = await Assert.ThrowsAsync<ControlRefusedException>(() => SendAsync(run, Enum.Parse<ControlKind>(kind, ignoreCase: true), task));

        Assert.Contains(says, refused.Message);
        Assert.Equal(before, Names(run));
    }

    [Theory]
    [InlineData("cancel", "cancel", "is cancelled already")]
    [InlineData("suspend", "suspend", "is suspended already")]
    [InlineData("approve gated", "approve gated", "was approved already")]
    [InlineData("reject gated", "approve gated", "was rejected already")]
    public async Task Send_WhatIsSaidAlreadyAndNotYetTaken_IsRefused(string first, string second, string says)
    {
        var run = await OpenedAsync();
        await SendAsync(run, first);

        Assert.Contains(says, (await Assert.ThrowsAsync<ControlRefusedException>(() => SendAsync(run, second))).Message);
    }

    [Theory]
    [InlineData("cancel", "has ended (failed). To take it up again: miyabi retry run-1")]
    [InlineData("suspend", "has ended")]
    [InlineData("unsuspend", "has ended")]
    [InlineData("approve gated", "has ended")]
    [InlineData("retry below", "something that it depends on failed")]
    [InlineData("retry nobody", "has no task 'nobody'")]
    public async Task Send_ToARunThatHasEnded_IsRefused(string control, string says)
    {
        var run = await EndedAsync();
        var before = Names(run);

        Assert.Contains(says, (await Assert.ThrowsAsync<ControlRefusedException>(() => SendAsync(run, control))).Message);

        Assert.Equal(before, Names(run));
    }

    [Fact]
    public async Task Retry_EveryTaskAccepted_IsRefusedAndNamesTheWayOut()
    {
        var run = await TestRun.AcceptAsync(TestPlans.One());
        await run.CarryOutAsync();

        Assert.Contains("name it: miyabi retry run-1 TASK", (await Assert.ThrowsAsync<ControlRefusedException>(() => SendAsync(run, ControlKind.Retry))).Message);
        Assert.Equal("control/1-retry.json", (await SendAsync(run, "retry one")).Path);
    }

    [Fact]
    public async Task Retry_AlreadySent_ASecondIsRefused()
    {
        var run = await EndedAsync();
        await SendAsync(run, ControlKind.Retry);

        Assert.Contains("has not ended", (await Assert.ThrowsAsync<ControlRefusedException>(() => SendAsync(run, ControlKind.Retry))).Message);
    }

    [Fact]
    public async Task RaiseBudget_KeepsWhatIsNotSaid_AndMustBeMoreThanIsUsed()
    {
        var run = await TestRun.AcceptAsync(
            TestPlans.Plan([("a", []), ("b", ["a"])], 1).Replace("\"maxParallel\"", "\"budget\": { \"maxTokens\": 10, \"maxCostUsd\": 7 }, \"maxParallel\"", StringComparison.Ordinal),
            (request, _, _) => Task.FromResult(ScriptedProvider.Success(request) with { Usage = new AgentUsage(5, 5, 2) }));
        using var stop = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<Exception>(() => run.CarryOutAsync(
            engine => new ReplayEngine(RunOrchestration.RunAsync, run.Worker, run.Clock) { Idle = stop.CancelAsync }, stop.Token));

        Assert.Contains("10 tokens are used already", (await Assert.ThrowsAsync<ControlRefusedException>(() => BudgetAsync(run, new Budget(null, 10)))).Message);
        Assert.Contains("2 US dollars are used already", (await Assert.ThrowsAsync<ControlRefusedException>(() => BudgetAsync(run, new Budget(2, null)))).Message);
        Assert.Equal(new Budget(7, 50), (await BudgetAsync(run, new Budget(null, 50))).Control.Budget);
        // The next builds on that, though no step has taken it.
        Assert.Equal(new Budget(9, 50), (await BudgetAsync(run, new Budget(9, null))).Control.Budget);
    }

    [Theory]
    [InlineData("\u001b[2J\u0000\r\n\u202e ends")]
    [InlineData("a lone \ud800 surrogate")]
    [InlineData("\" } ] \\ </script>")]
    public async Task Reason_OfAnyCharacters_IsKeptAndReadBack(string reason)
    {
        var run = await OpenedAsync();

        await Controls(run).SendAsync(run.RunId, new Control(ControlKind.Cancel, null, reason), default);

        var read = Assert.Single(await run.Ledger.ReadControlsAsync(new HashSet<string>(), default));
        Assert.Equal(reason.Replace('\ud800', '\ufffd'), read.Value.Control.Reason);
    }

    [Theory]
    [InlineData(1_000, true)]
    [InlineData(1_001, false)]
    public async Task Reason_OfManyCharacters_IsKeptUpToALimit(int length, bool isKept)
    {
        var run = await OpenedAsync();
        var send = () => Controls(run).SendAsync(run.RunId, new Control(ControlKind.Suspend, null, new string('x', length)), default);

        if (isKept)
            Assert.Equal(length, (await send()).Control.Reason.Length);
        else
            Assert.Contains("at most 1000", (await Assert.ThrowsAsync<ControlRefusedException>(send)).Message);
    }

    [Fact]
    public async Task ManyFrontDoorsAtOnce_EveryControlGetsThroughOnce()
    {
        var run = await OpenedAsync();
        ControlKind[] kinds = [ControlKind.Suspend, ControlKind.RaiseBudget, ControlKind.Cancel, ControlKind.Approve];

        var sent = await Task.WhenAll(Enumerable.Range(0, 40).Select(number => Task.Run(async () =>
        {
            var kind = kinds[number % kinds.Length];
            var control = new Control(kind, kind == ControlKind.Approve ? "gated" : null, $"{number}") { Budget = kind == ControlKind.RaiseBudget ? new Budget(1_000, null) : null };
            try
            {
                return await Controls(run.Elsewhere((request, _, _) => ScriptedProvider.SucceedAsync(request))).SendAsync(run.RunId, control, default);
            }
            catch (ControlRefusedException)
            {
                return null; // it saw that another had said so
            }
        })));

        var read = await run.Ledger.ReadControlsAsync(new HashSet<string>(), default);
        Assert.Equal(
            sent.Where(one => one is not null).Select(one => one!.Control.Reason).Order(StringComparer.Ordinal),
            read.Select(one => one.Value.Control.Reason).Order(StringComparer.Ordinal));
        Assert.All(kinds, kind => Assert.Contains(read, one => one.Value.Control.Kind == kind));
        Assert.Equal(RunOutcome.Cancelled, (await run.CarryOutAsync()).Outcome);
        Assert.Empty((await run.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task FilesThatAreNoControls_AreLeftToTheRunner_AndTakeNoNumber()
    {
        var run = await OpenedAsync();
        string[] junk = ["runs/run-1/control/2147483647-cancel.json", "runs/run-1/control/5-suspend.json", "runs/run-1/control/x.json"];
        foreach (var name in junk)
            await run.Store.CreateAsync(name, "{}"u8.ToArray(), default);

        Assert.Equal("control/1-suspend.json", (await SendAsync(run, ControlKind.Suspend)).Path);
        Assert.Equal("control/2-cancel.json", (await SendAsync(run, ControlKind.Cancel)).Path);

        Assert.Empty(junk.Except(Names(run)));
        Assert.Equal(RunOutcome.Cancelled, (await run.CarryOutAsync()).Outcome);
        Assert.Empty(junk[..2].Intersect(Names(run)));
    }

    [Fact]
    public async Task Send_WhileNothingButTheAcceptedPlanIsThere_IsTakenByTheFirstStep()
    {
        var run = await TestRun.AcceptAsync(Plan);

        Assert.Equal("control/1-cancel.json", (await SendAsync(run, ControlKind.Cancel)).Path);

        Assert.Equal(RunOutcome.Cancelled, (await run.CarryOutAsync()).Outcome);
        Assert.Empty(run.Provider.Requests);
    }

    private static RunControls Controls(TestRun run) => new(run.Open(), run.Clock);

    private static Task<SentControl> SendAsync(TestRun run, ControlKind kind, string? task = null) =>
        Controls(run).SendAsync(run.RunId, new Control(kind, task), default);

    private static Task<SentControl> SendAsync(TestRun run, string control) =>
        SendAsync(run, Enum.Parse<ControlKind>(control.Split(' ')[0], ignoreCase: true), control.Contains(' ') ? control.Split(' ')[1] : null);

    private static Task<SentControl> BudgetAsync(TestRun run, Budget budget) =>
        Controls(run).SendAsync(run.RunId, new Control(ControlKind.RaiseBudget) { Budget = budget }, default);

    private static List<string> Names(TestRun run) => [.. ((InMemoryBlobStore)run.Store).Blobs.Keys.Order(StringComparer.Ordinal)];

    // Its first step is taken: two tasks ask, the third has been started and is not at work.
    private static async Task<TestRun> OpenedAsync()
    {
        var run = await TestRun.AcceptAsync(Plan);
        await using var ownership = await run.OwnAsync();
        await run.Advance().RunAsync(new AdvanceRequest(run.RunId, ownership.Number, 1, [], true, true), default);
        return run;
    }

    private static async Task<TestRun> EndedAsync()
    {
        var run = await TestRun.AcceptAsync(
            Plan,
            (request, _, _) => Task.FromResult(request.Task.Id == "fails" ? AgentResult.Failed(FailureKind.Failed, "No.") : ScriptedProvider.Success(request)));
        ReplayEngine? answered = null;
        answered = new ReplayEngine(RunOrchestration.RunAsync, run.Worker, run.Clock)
        {
            Idle = async () =>
            {
                foreach (var task in new[] { "gated", "gated-2" })
                    await SendAsync(run, ControlKind.Approve, task);
                answered!.Raise(ActivityNames.ControlEvent);
            },
        };
        Assert.Equal(RunOutcome.Failed, (await run.CarryOutAsync(_ => answered)).Outcome);
        return run;
    }
}
