using System.Text.Json;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing;
using Miyabi.Testing.Agents;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Activities;

public class RunTaskTests
{
    private static readonly byte[] Byte = [1];

    [Fact]
    public async Task Timeout_IsAnOutcome()
    {
        var (run, work) = await HangingAsync();

        run.Clock.Advance(TimeSpan.FromMinutes(10));
        await work;

        Assert.Equal(FailureKind.TimedOut, (await ResultAsync(run)).Failure!.Kind);
    }

    [Fact]
    public async Task Cancel_IsSeenWithinSeconds_AndIsAnOutcome()
    {
        var (run, work) = await HangingAsync();

        await run.ControlAsync(ControlKind.Cancel);
        run.Clock.Advance(TimeSpan.FromSeconds(5));
        await work;

        Assert.Equal(FailureKind.Cancelled, (await ResultAsync(run)).Failure!.Kind);
    }

    [Fact]
    public async Task ProviderThatIsNotThere_FailsTheAttempt()
    {
        var run = await StartedAsync(TestPlans.One(), (request, _, _) => ScriptedProvider.SucceedAsync(request));
        var task = new RunTask(run.Open(), _ => throw new InvalidOperationException("No such provider."), run.Clock, () => new string('0', 32), run);

        await task.RunAsync(Request, default);

        Assert.Contains("No such provider.", (await ResultAsync(run)).Failure!.Message);
    }

    [Fact]
    public async Task StopOfTheProcess_WritesNoOutcome()
    {
        using var stop = new CancellationTokenSource();
        var (run, work) = await HangingAsync(stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
        Assert.Null(await run.Ledger.ReadResultAsync("one", 1, AgentKind.Claude, default));
    }

    [Fact]
    public async Task StopOfTheProcess_AndAnAgentThatAnswersAllTheSame_WritesNoOutcome()
    {
        using var stop = new CancellationTokenSource();
        var run = await StartedAsync(TestPlans.One(), async (request, _, _) =>
        {
            await stop.CancelAsync();
            return ScriptedProvider.Success(request);
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.RunTask().RunAsync(Request, stop.Token));

        Assert.Null(await run.Ledger.ReadResultAsync("one", 1, AgentKind.Claude, default));
    }

    [Fact]
    public async Task AgentThatThrows_HasCrashed_WithItsMessage()
    {
        var result = await OutcomeAsync((_, _, _) => throw new InvalidOperationException("a bug"));

        Assert.Equal(FailureKind.Crashed, result.Failure!.Kind);
        Assert.Contains("a bug", result.Failure.Message);
    }

    [Fact]
    public async Task AgentThatAnswersNothingAtAll_HasCrashed() =>
        Assert.Equal(FailureKind.Crashed, (await OutcomeAsync((_, _, _) => Task.FromResult<AgentResult>(null!))).Failure!.Kind);

    public static TheoryData<string, string, string[]> BadResults() => new()
    {
        { "", "put nothing out", [] },
        { "{\"n\": \"text\"}", "breaks the task's schema", [] },
        { "{\"n\": 1, \"t\": \"\\ud800\"}", "not Unicode", [] },
        { "{\"n\": 1, \"\\ud800\": 1}", "not Unicode", [] },
        { "{\"n\": 1}", "cannot be kept", ["../out/a"] },
        { "{\"n\": 1}", "cannot be kept", ["/out/a"] },
        { "{\"n\": 1}", "cannot be kept", ["out/LONE"] },
        { "{\"n\": 1}", "cannot be kept", ["out/\u001b[31m"] },
        { "{\"n\": 1}", "not among what the task may write", ["other/a"] },
        { "{\"n\": 1}", "twice", ["out/a", "out/A"] },
        { "{\"n\": 1}", "files; 10000 are allowed", [.. Enumerable.Range(0, 10_001).Select(i => $"out/{i}")] },
    };

    [Theory]
    [MemberData(nameof(BadResults))]
    public async Task BadResult_IsInvalidOutput_AndNoFileIsKept(string output, string reason, string[] paths)
    {
        var run = await StartedAsync(
            TestPlans.One("""  "writes": ["out/**"], "outputSchema": { "type": "object", "required": ["n"], "properties": { "n": { "type": "integer" } } } """),
            (_, _, _) => Task.FromResult(new AgentResult
            {
                Output = output.Length == 0 ? default : JsonElement.Parse(output),
                Files = [.. new[] { "out/fine" }.Concat(paths).Select(path => new AgentFile(path.Replace("LONE", "\ud800", StringComparison.Ordinal), Byte))],
                Usage = new AgentUsage(1, 2, 3),
            }));

        await run.RunTask().RunAsync(Request, default);

        var result = await ResultAsync(run);
        Assert.Equal(FailureKind.InvalidOutput, result.Failure!.Kind);
        Assert.Contains(reason, result.Failure.Message);
        Assert.DoesNotContain(result.Failure.Message, char.IsControl);
        Assert.Equal(new AgentUsage(1, 2, 3), result.Usage);
        Assert.Null(result.Payload);
        Assert.DoesNotContain(((InMemoryBlobStore)run.Store).Blobs.Keys, name => name.Contains("/artifacts/"));
    }

    [Fact]
    public async Task OutputOrFileTooLarge_IsInvalidOutput()
    {
        var large = await OutcomeAsync((_, _, _) => Task.FromResult(new AgentResult { Output = JsonSerializer.SerializeToElement(new string('x', AgentLimits.MaxOutputBytes)) }));
        Assert.Equal(FailureKind.InvalidOutput, large.Failure!.Kind);

        var run = await StartedAsync(TestPlans.One("""  "writes": ["out/**"] """), (request, _, _) => Task.FromResult(
            ScriptedProvider.Success(request) with { Files = [new AgentFile("out/a", new byte[AgentLimits.MaxFileBytes + 1])] }));
        await run.RunTask().RunAsync(Request, default);
        Assert.Contains("are allowed", (await ResultAsync(run)).Failure!.Message);
    }

    [Fact]
    public async Task MessageAndErrorTail_AreBounded_TheTailToItsEnd()
    {
        var result = await OutcomeAsync((_, _, _) => Task.FromResult(new AgentResult
        {
            Failure = new AgentFailure(FailureKind.Failed, new string('m', 100_000)) { ErrorTail = $"{new string('é', 100_000)}the end" },
        }));

        Assert.Equal(AgentLimits.MaxMessageCharacters, result.Failure!.Message.Length);
        Assert.EndsWith("the end", result.Failure.ErrorTail);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(result.Failure.ErrorTail!), AgentLimits.MaxErrorTailBytes - 3, AgentLimits.MaxErrorTailBytes);
    }

    [Fact]
    public async Task AbsurdUsage_NeitherFallsNorOverflows()
    {
        var run = await TestRun.AcceptAsync(TestPlans.Wide(3), (request, _, _) => Task.FromResult(
            ScriptedProvider.Success(request) with { Usage = new AgentUsage(long.MaxValue, -5, decimal.MaxValue) }));

        await run.CarryOutAsync();

        await run.ProvenAsync(RunOutcome.Succeeded);
        var usage = (await run.Ledger.ReadManifestAsync(1, default))!.Value.Totals.Usage;
        Assert.Equal(new AgentUsage(3 * PlanLimits.MaxTokens, 0, 3 * PlanLimits.MaxCostUsd), usage);
    }

    [Fact]
    public async Task Findings_OfFailedAttempts_ReachTheNext()
    {
        var run = await TestRun.AcceptAsync(TestPlans.One(), (request, _, _) => request.Attempt < 3
            ? Task.FromResult(AgentResult.Failed(FailureKind.Failed, $"wrong {request.Attempt}"))
            : ScriptedProvider.SucceedAsync(request));

        await run.CarryOutAsync();

        Assert.Equal(["wrong 1", "wrong 2"], run.Provider.Requests.Last().Findings.Select(finding => finding.Text));
        Assert.Equal(["wrong 1", "wrong 2"], (await run.Ledger.ReadInstructionAsync("one", 3, default))!.Value.Content.Findings.Select(finding => finding.Text));
    }

    [Fact]
    public async Task Input_IsHandedOver()
    {
        var run = await TestRun.AcceptAsync(TestPlans.Plan([("a", []), ("b", ["a"])], 5));

        await run.CarryOutAsync();

        var input = Assert.Single(run.Provider.Requests.Last().Inputs);
        Assert.Equal("a", input.TaskId);
        Assert.Equal("a", input.Output.GetProperty("task").GetString());
    }

    [Fact]
    public async Task Input_ThatWasAltered_FailsTheAttempt_AndIsNamed()
    {
        var run = await TestRun.AcceptAsync(TestPlans.Plan([("a", []), ("b", ["a"])], 5));
        var advance = run.Advance();
        await advance.RunAsync(new AdvanceRequest(TestRun.Id, 1, 1, [], true, true), default);
        await run.RunTask().RunAsync(new RunTaskRequest(TestRun.Id, 1, 1, "a", 1), default);
        await advance.RunAsync(new AdvanceRequest(TestRun.Id, 1, 2, [new TaskEnding("a", 1)], false, false), default);
        var name = LedgerPath.Run(TestRun.Id) + LedgerPath.Result("a", 1, AgentKind.Claude);
        await run.Store.DeleteAsync(name, default);
        await run.Store.CreateAsync(name, "{}"u8.ToArray(), default);

        await run.RunTask().RunAsync(new RunTaskRequest(TestRun.Id, 1, 2, "b", 1), default);

        var result = (await run.Ledger.ReadResultAsync("b", 1, AgentKind.Claude, default))!.Value;
        Assert.Equal(FailureKind.InputRejected, result.Failure!.Kind);
        Assert.Contains("results/a_result.json", result.Failure.Message);
        Assert.EndsWith($"miyabi retry {TestRun.Id} a", result.Failure.Message);
        Assert.Equal(["a"], run.Provider.Attempts.Select(attempt => attempt.Task));
    }

    [Fact]
    public async Task Progress_IsHeldBetweenNoneAndAll()
    {
        var run = await StartedAsync(TestPlans.One(), (request, progress, _) =>
        {
            foreach (var fraction in new[] { -1, 0.5, 7, double.NaN, double.PositiveInfinity })
                progress.Report(new AgentProgress(fraction));
            return ScriptedProvider.SucceedAsync(request);
        });

        await run.RunTask().RunAsync(Request, default);

        Assert.Equal([0, 0.5, 1, null, null], run.Events.Where(e => e.Kind == RunEventKind.Progress).Select(e => e.Fraction));
    }

    internal static RunTaskRequest Request { get; } = new(TestRun.Id, 1, 1, "one", 1);

    /// <summary>A run of one task whose first attempt was decided on.</summary>
    internal static async Task<TestRun> StartedAsync(string plan, AgentScript script, IBlobStore? store = null)
    {
        var run = await TestRun.AcceptAsync(plan, script, store: store);
        await run.Advance().RunAsync(new AdvanceRequest(TestRun.Id, 1, 1, [], true, true), default);
        return run;
    }

    private static async Task<ResultDocument> OutcomeAsync(AgentScript script)
    {
        var run = await StartedAsync(TestPlans.One(), script);
        await run.RunTask().RunAsync(Request, default);
        return await ResultAsync(run);
    }

    private static async Task<ResultDocument> ResultAsync(TestRun run) => (await run.Ledger.ReadResultAsync("one", 1, AgentKind.Claude, default))!.Value;

    private static async Task<(TestRun Run, Task Work)> HangingAsync(CancellationToken stop = default)
    {
        var run = await StartedAsync(TestPlans.One(), (_, _, token) => ScriptedProvider.HangAsync(token));
        var work = run.RunTask().RunAsync(Request, stop);
        await Until.TrueAsync(() => run.Provider.Requests.Count == 1, "the agent is at work");
        return (run, work);
    }
}
