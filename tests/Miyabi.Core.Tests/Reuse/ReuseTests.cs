using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Reuse;

public class ReuseTests
{
    // a <- b <- d, and c beside b: what depends on b is d alone.
    private static string Diamond(string promptOfB = "b", string more = "") =>
        $$"""
        { "name": "p", "version": 1, "agents": [ { "id": "A", "kind": "claude", "slots": 9 } ],
          "tasks": [
            { "id": "a", "agent": "A", "prompt": "a", "writes": ["a/*"] },
            { "id": "b", "agent": "A", "prompt": "{{promptOfB}}", "dependsOn": ["a"] },
            { "id": "c", "agent": "A", "prompt": "c", "dependsOn": ["a"] {{more}} },
            { "id": "d", "agent": "A", "prompt": "d", "dependsOn": ["b", "c"] } ] }
        """;

    private readonly InMemoryBlobStore store = new();

    [Fact]
    public async Task SamePlanAgain_NothingIsCarriedOut_AndTheContentIsTheSame()
    {
        var first = await RunAsync("first", Diamond());
        var second = await RunAsync("second", Diamond(), reuse: true);

        Assert.Empty(second.Provider.Requests);
        var (one, two) = (await first.ProvenAsync(RunOutcome.Succeeded), await second.ProvenAsync(RunOutcome.Succeeded));
        Assert.Equal(one.ContentRoot, two.ContentRoot);
        var endings = await EndingsAsync(second);
        Assert.Equal(4, endings.Count);
        Assert.All(endings, ending => Assert.Equal(("first", ending.Ending.Task, 1), (ending.Source!.Run, ending.Source.Task, ending.Source.Attempt)));
        Assert.All(endings, ending => Assert.Equal(AgentUsage.None, ending.Ending.Usage));
    }

    [Fact]
    public async Task WithoutReuse_EverythingIsCarriedOut()
    {
        await RunAsync("first", Diamond());
        Assert.Equal(["a", "b", "c", "d"], Tasks(await RunAsync("second", Diamond())));
    }

    [Fact]
    public async Task OnePromptEdited_ThatTaskAndWhatDependsOnItAreCarriedOut()
    {
        await RunAsync("first", Diamond());
        var second = await RunAsync("second", Diamond("another b"), reuse: true);

        Assert.Equal(["b", "d"], Tasks(second));
        await second.ProvenAsync(RunOutcome.Succeeded);
    }

    [Fact]
    public async Task EditedTaskPutsOutTheSame_WhatDependsOnItIsCarriedOutToo()
    {
        await RunAsync("first", Diamond());
        var second = await RunAsync("second", Diamond("another b"), reuse: true, output: _ => "b");

        Assert.Equal(["b", "d"], Tasks(second));
    }

    [Theory]
    [InlineData("another", "rule-1", 9_000, 100)]
    [InlineData("model", "rule-2", 9_000, 100)]
    [InlineData("model", "rule-1", 9_001, 100)]
    [InlineData("model", "rule-1", 9_000, 101)]
    public async Task ModelAskedOtherwise_IsNotServedTheOthersResult(string name, string rule, long bytes, int tokens)
    {
        var terms = new ModelTerms { Name = "model", Rule = "rule-1", MaxPromptBytes = 9_000, MaxOutputTokens = 100 };
        await RunAsync("first", Diamond(), terms: terms);

        Assert.Empty(Tasks(await RunAsync("same", Diamond(), reuse: true, terms: terms)));
        var changed = new ModelTerms { Name = name, Rule = rule, MaxPromptBytes = bytes, MaxOutputTokens = tokens };
        Assert.Equal(["a", "b", "c", "d"], Tasks(await RunAsync("second", Diamond(), reuse: true, terms: changed)));
    }

    [Fact]
    public async Task CacheFalse_IsCarriedOutAlways()
    {
        var plan = Diamond(more: """, "cache": false """);
        await RunAsync("first", plan);
        Assert.Equal(["c"], Tasks(await RunAsync("second", plan, reuse: true)));
    }

    [Fact]
    public async Task FailedAndTriedAgain_TheAcceptedAttemptIsTaken()
    {
        var first = await TestRun.AcceptAsync(
            Diamond(),
            (request, _, _) => Task.FromResult(request is { Task.Id: "a", Attempt: 1 } ? AgentResult.Failed(FailureKind.Failed, "No.") : Answer(request, request.Task.Id)),
            store: store,
            id: "first");
        await first.CarryOutAsync();

        var second = await RunAsync("second", Diamond(), reuse: true);

        Assert.Empty(second.Provider.Requests);
        Assert.Equal(2, (await EndingsAsync(second)).Single(ending => ending.Ending.Task == "a").Source!.Attempt);
    }

    [Fact]
    public async Task RunThatHasNotEnded_ItsAcceptedResultsAreTaken()
    {
        using var stop = new CancellationTokenSource();
        var first = await TestRun.AcceptAsync(
            Diamond(),
            async (request, _, token) =>
            {
                if (request.Task.Id != "d")
                    return Answer(request, request.Task.Id);
                await stop.CancelAsync();
                return await ScriptedProvider.HangAsync(token);
            },
            store: store,
            id: "first");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.CarryOutAsync(cancellationToken: stop.Token));

        Assert.Equal(["d"], Tasks(await RunAsync("second", Diamond(), reuse: true)));
    }

    [Theory]
    [InlineData("results/a_result.json")]
    [InlineData("artifacts/")]
    [InlineData("manifest-1.json")]
    public async Task EarlierRunIsTamperedWith_ItIsCarriedOut(string what)
    {
        await RunAsync("first", Diamond());
        var name = store.Blobs.Keys.Single(name => name.StartsWith("runs/first/" + what, StringComparison.Ordinal));
        await store.ReplaceAsync(name, "{}"u8.ToArray(), default);

        var second = await RunAsync("second", Diamond(), reuse: true);

        // Without a manifest that holds, the steps are no way in: the run is one that was tampered with.
        Assert.Equal(what[0] == 'm' ? ["a", "b", "c", "d"] : ["a"], Tasks(second));
        await second.ProvenAsync(RunOutcome.Succeeded);
    }

    [Fact]
    public async Task TakenResult_IsTakenFromInTurn()
    {
        await RunAsync("first", Diamond());
        await RunAsync("second", Diamond(), reuse: true);
        foreach (var name in store.Blobs.Keys.Where(name => name.StartsWith("runs/first/", StringComparison.Ordinal)).ToList())
            await store.DeleteAsync(name, default);

        Assert.Empty((await RunAsync("third", Diamond(), reuse: true)).Provider.Requests);
    }

    [Fact]
    public async Task RetryOfATaskThatWasTaken_CarriesItOut()
    {
        await RunAsync("first", Diamond());
        var second = await RunAsync("second", Diamond(), reuse: true);
        await second.ControlAsync(ControlKind.Retry, "b");

        Assert.Equal(RunOutcome.Succeeded, (await second.CarryOutAsync()).Outcome);

        Assert.Equal(["b", "d"], Tasks(second));
        Assert.Empty((await second.VerifyAsync()).Findings);
    }

    private async Task<TestRun> RunAsync(string id, string plan, bool reuse = false, Func<AgentRequest, string>? output = null, ModelTerms? terms = null)
    {
        var run = await TestRun.AcceptAsync(
            plan, (request, _, _) => Task.FromResult(Answer(request, (output ?? (asked => asked.Task.Prompt))(request))), store: store, id: id, reuse: reuse);
        run.Provider.Terms = (_, _) => terms;
        Assert.Equal(RunOutcome.Succeeded, (await run.CarryOutAsync()).Outcome);
        return run;
    }

    private static AgentResult Answer(AgentRequest request, string output) => new()
    {
        Output = JsonSerializer.SerializeToElement(output),
        Files = request.Task.Id == "a" ? [new AgentFile("a/file", "content"u8.ToArray())] : [],
        Usage = new AgentUsage(1, 1, 1),
    };

    private static IEnumerable<string> Tasks(TestRun run) => run.Provider.Attempts.Select(attempt => attempt.Task).Order(StringComparer.Ordinal);

    private static async Task<IReadOnlyList<StepEnding>> EndingsAsync(TestRun run) =>
        (await (await run.Open().GetAsync(run.RunId, default)).LatestAsync(default)).Endings;
}
