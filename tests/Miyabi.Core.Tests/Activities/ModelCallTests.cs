using System.Text.Json;
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

/// <summary>Attempts that ask a model: what is written down of the model before, and what is known of the call after.</summary>
public sealed class ModelCallTests
{
    private static readonly AgentUsage Most = new(1_000, 500, 0.25m);

    [Theory]
    [InlineData(FailureKind.TimedOut)]
    [InlineData(FailureKind.Cancelled)]
    public async Task AttemptThatIsEnded_KeepsWhatIsKnownOfItsUse(FailureKind kind)
    {
        var used = new AgentUsage(1_200, 40, 0.5m) { Incomplete = true, Unpriced = true };
        var run = await RunTaskTests.StartedAsync(TestPlans.One(), async (_, _, token) =>
        {
            try
            {
                return await ScriptedProvider.HangAsync(token);
            }
            catch (OperationCanceledException e)
            {
                throw new AttemptCancelledException(used, e, token);
            }
        });
        var work = run.RunTask().RunAsync(RunTaskTests.Request, default);
        await Until.TrueAsync(() => run.Provider.Requests.Count == 1, "the agent is at work");

        if (kind == FailureKind.Cancelled)
            await run.ControlAsync(ControlKind.Cancel);
        run.Clock.Advance(kind == FailureKind.Cancelled ? TimeSpan.FromSeconds(5) : TimeSpan.FromMinutes(10));
        await work;

        var result = await ResultAsync(run);
        Assert.Equal(kind, result.Failure!.Kind);
        Assert.Equal(used, result.Usage);
    }

    [Fact]
    public async Task Model_IsWrittenDownBeforeTheCall_AndHandedOverAsItStandsThere()
    {
        var terms = new ModelTerms { Name = "m", MaxOutputTokens = 10, Rule = "rule-1", MaxPromptBytes = 100 };
        var run = await RunTaskTests.StartedAsync(TestPlans.One(), (request, _, _) => ScriptedProvider.SucceedAsync(request));
        run.Provider.Terms = (_, _) => terms;

        await run.RunTask().RunAsync(RunTaskTests.Request, default);

        Assert.Equal(terms, (await run.Ledger.ReadInstructionAsync("one", 1, default))!.Value.Content.Model);
        Assert.Equal(terms, Assert.Single(run.Provider.Requests).Model);
    }

    [Fact]
    public async Task Attempt_TakenOver_AsksTheModelThatTheInstructionNames()
    {
        var terms = new ModelTerms { Name = "before", MaxOutputTokens = 10, Rule = "rule-1", MaxPromptBytes = 100 };
        using var death = new CancellationTokenSource();
        var run = await RunTaskTests.StartedAsync(TestPlans.One(), (_, _, token) => ScriptedProvider.HangAsync(token));
        run.Provider.Terms = (_, _) => terms;
        var work = run.RunTask().RunAsync(RunTaskTests.Request, death.Token);
        await Until.TrueAsync(() => run.Provider.Requests.Count == 1, "the agent is at work");
        await death.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);

        var after = run.Elsewhere((request, _, _) => ScriptedProvider.SucceedAsync(request));
        after.Provider.Terms = (_, _) => terms with { Name = "after" };
        run.Clock.Advance(TimeSpan.FromMinutes(5));
        await after.RunTask().RunAsync(RunTaskTests.Request, default);

        Assert.Equal("before", Assert.Single(after.Provider.Requests).Model!.Name);
    }

    [Fact]
    public async Task Instruction_WithoutAModel_SaysNothingOfOne()
    {
        var run = await RunTaskTests.StartedAsync(TestPlans.One(), (request, _, _) => ScriptedProvider.SucceedAsync(request));

        await run.RunTask().RunAsync(RunTaskTests.Request, default);

        var file = ((InMemoryBlobStore)run.Store).Blobs.Single(blob => blob.Key.EndsWith("/instruction.json", StringComparison.Ordinal)).Value;
        Assert.False(JsonElement.Parse(SealFormat.Parse(file).Document.Span).GetProperty("content").TryGetProperty("model", out _));
        Assert.DoesNotContain("incomplete", System.Text.Encoding.UTF8.GetString(((InMemoryBlobStore)run.Store).Blobs.Single(blob => blob.Key.EndsWith("one_result.json", StringComparison.Ordinal)).Value));
    }

    [Fact]
    public async Task Attempt_TakenOver_CallIsPaidFor_EndsWithoutAnotherCall()
    {
        var run = await AfterDeathAsync();

        await run.RunTask().RunAsync(RunTaskTests.Request with { Owner = 2 }, default);

        var result = await ResultAsync(run);
        Assert.Equal(new AgentFailure(FailureKind.Interrupted, "Its worker ended during the call."), result.Failure);
        Assert.Equal(AgentUsage.None with { Incomplete = true }, result.Usage);
        Assert.Empty(run.Provider.Requests);
    }

    [Fact]
    public async Task Attempt_TakenOverAfterItsInstructionWasLost_CallIsPaidFor_EndsWithoutAnotherCall()
    {
        var run = await AfterDeathAsync();
        await run.Store.ReplaceAsync(LedgerPath.Run(TestRun.Id) + LedgerPath.Instruction("one", 1), "{}"u8.ToArray(), default);

        await run.RunTask().RunAsync(RunTaskTests.Request with { Owner = 2 }, default);

        Assert.Equal(FailureKind.Interrupted, (await ResultAsync(run)).Failure!.Kind);
        Assert.Empty(run.Provider.Requests);
    }

    [Fact]
    public async Task Attempt_TakenOverFromWhatCannotBeEnded_CallIsPaidFor_IsCountedAsUnknown()
    {
        var run = await AfterDeathAsync();
        run.Provider.EndLeftovers = _ => new AgentFailure(FailureKind.Unavailable, "It still works.");

        await run.RunTask().RunAsync(RunTaskTests.Request with { Owner = 2 }, default);

        var result = await ResultAsync(run);
        Assert.Equal((FailureKind.Unavailable, true), (result.Failure!.Kind, result.Usage.Incomplete));
    }

    [Fact]
    public async Task Attempt_TakenOverAfterACancel_CallIsPaidFor_IsCancelledAndCounted()
    {
        var run = await AfterDeathAsync();
        await run.ControlAsync(ControlKind.Cancel);

        await run.RunTask().RunAsync(RunTaskTests.Request with { Owner = 2 }, default);

        var result = await ResultAsync(run);
        Assert.Equal((FailureKind.Cancelled, true), (result.Failure!.Kind, result.Usage.Incomplete));
    }

    [Fact]
    public async Task Result_AlteredInTheStore_CallIsPaidFor_IsCountedAsUnknown()
    {
        var run = await StartedAsync((request, _, _) => ScriptedProvider.SucceedAsync(request));
        await run.RunTask().RunAsync(RunTaskTests.Request, default);
        await run.Store.ReplaceAsync(LedgerPath.Run(TestRun.Id) + LedgerPath.Result("one", 1, AgentKind.Claude), "{}"u8.ToArray(), default);

        await run.Advance().RunAsync(new AdvanceRequest(TestRun.Id, 1, 2, [new TaskEnding("one", 1)], false, false), default);

        var ending = Assert.Single(run.Steps["1/2"].Endings).Ending;
        Assert.Equal((FailureKind.Rejected, true), (ending.Failure!.Kind, ending.Usage.Incomplete));
    }

    [Fact]
    public async Task AgentThatBreaks_CallIsPaidFor_IsCountedAsUnknown()
    {
        var run = await StartedAsync((_, _, _) => throw new InvalidOperationException("a bug"));

        await run.RunTask().RunAsync(RunTaskTests.Request, default);

        var result = await ResultAsync(run);
        Assert.Equal((FailureKind.Crashed, true), (result.Failure!.Kind, result.Usage.Incomplete));
    }

    // A run of one task whose worker has died in the call, as the next process finds it.
    private static async Task<TestRun> AfterDeathAsync()
    {
        using var death = new CancellationTokenSource();
        var run = await StartedAsync((_, _, token) => ScriptedProvider.HangAsync(token));
        var work = run.RunTask().RunAsync(RunTaskTests.Request, death.Token);
        await Until.TrueAsync(() => run.Provider.Requests.Count == 1, "the agent is at work");
        await death.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
        run.Clock.Advance(TimeSpan.FromMinutes(5));
        return run.Elsewhere((request, _, _) => ScriptedProvider.SucceedAsync(request));
    }

    private static async Task<TestRun> StartedAsync(AgentScript script)
    {
        var run = await TestRun.AcceptAsync(TestPlans.One(), script, most: Most);
        await run.Advance().RunAsync(new AdvanceRequest(TestRun.Id, 1, 1, [], true, true), default);
        return run;
    }

    private static async Task<ResultDocument> ResultAsync(TestRun run) => (await run.Ledger.ReadResultAsync("one", 1, AgentKind.Claude, default))!.Value;
}
