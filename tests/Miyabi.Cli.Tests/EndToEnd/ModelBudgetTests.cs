using System.Text.Json;
using System.Text.Json.Nodes;
using Miyabi.Core.Scheduling;
using Miyabi.Wire;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>What a run of models may cost: never more, and no less than one call's reserve under it.</summary>
public sealed class ModelBudgetTests
{
    // US dollars a million tokens.
    private const string Prices = """
        { "claude-sonnet-4-6": { "asOf": "2026-11-25", "input": 3, "cachedInput": 0.3, "cacheWrite": 3.75, "output": 15 },
          "gpt-5.3-codex": { "asOf": "2026-11-25", "input": 2, "cachedInput": 0.2, "output": 14 } }
        """;

    // How a provider's limiter begins (docs/agents.md).
    private const int AtOnceAtFirst = 2;

    private const decimal ClaudeCall = ((WireServer.InputTokens * 3m) + (WireServer.CachedTokens * 0.3m) + (WireServer.OutputTokens * 15m)) / 1_000_000m;
    private const decimal CodexCall = ((WireServer.InputTokens * 2m) + (WireServer.CachedTokens * 0.2m) + (WireServer.OutputTokens * 14m)) / 1_000_000m;

    [Fact]
    public async Task Budget_RaisedThreeTimes_IsKeptToWithinOneCallsReserve()
    {
        await using var user = await StartAsync();
        WithPricesAndSmallReserves(user);
        // An attempt that fails is paid too.
        user.Claude.Next(WireScenario.SchemaNotMet);
        List<int> done = [];
        decimal spent = 0;
        foreach (var (limit, isLast) in new[] { (0.06m, false), (0.08m, false), (0.1m, false), (0.5m, true) })
        {
            var result = done.Count == 0
                ? await user.Sandbox.RunAsync("run", "plan.json", "--run-id", "r", "--no-wait", "--json")
                : await user.Sandbox.RunAsync("resume", "r", "--budget", FormattableString.Invariant($"{limit}"), "--no-wait", "--json");

            Assert.True(result.Code == (isLast ? 0 : 1), result.ToString());
            var run = JsonElement.Parse(result.Output);
            var before = spent;
            spent = (user.Claude.Answered.Count * ClaudeCall) + (user.Codex.Answered.Count * CodexCall);
            Assert.InRange(spent, before + CodexCall, limit);
            Assert.Equal(spent, run.GetProperty("usage").GetProperty("costUsd").GetDecimal());
            done.Add(run.GetProperty("counts").GetProperty("accepted").GetInt32());
            if (isLast)
                break;
            Assert.True(spent > limit - LargestReserve(user), $"{spent} of {limit} US dollars are used, and no call would have been too much: {result}");
            Assert.Equal("budgetReached", run.GetProperty("state").GetString());
            Assert.Contains("its budget is used up", result.Error);
            Assert.Contains("Go on later with: miyabi resume r", result.Error);
        }

        Assert.Equal(done.Distinct().Order(), done);
        Assert.Equal(15, done[^1]);
        // Everything was intact: no stop had anything done again.
        Assert.Equal(16, user.Answered.Count);
        Assert.All(ModelUser.ByTask(user.Answered), task => Assert.Equal(task.Key == "Task-1" ? 2 : 1, task.Value));
        await user.ProvenAsync(RunOutcome.Succeeded);
    }

    [UnixFact]
    public async Task Budget_RunnerKilledInItsCalls_CountsThemAsAllThatTheyMayCost()
    {
        const decimal Limit = 0.25m;
        await using var user = await StartAsync(Limit);
        WithPricesAndSmallReserves(user);
        var due = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (calls, isKilled) = (0, false);
        user.Decide = _ =>
        {
            if (Volatile.Read(ref isKilled))
                return WireScenario.Success;
            // The first task, and those that depend on it alone: as many at once as a provider gets at first, the others wait for their turn.
            var call = Interlocked.Increment(ref calls);
            if (call == 1 + AtOnceAtFirst)
                due.TrySetResult();
            return call == 1 ? WireScenario.Success : WireScenario.Slow;
        };
        using (var runner = user.Sandbox.Start(CliSandbox.Command("run", "plan.json", "--run-id", "r")))
        {
            await due.Task.WaitAsync(TimeSpan.FromMinutes(2));
            runner.Kill();
            await runner.EndAsync();
        }

        await user.QuietAsync();
        Volatile.Write(ref isKilled, true);
        var broken = user.Received.Select(ModelAnswers.TaskOf).Except(user.Answered.Select(ModelAnswers.TaskOf)).ToList();
        Assert.Equal(AtOnceAtFirst, broken.Count);
        // A call is counted from its instruction on: whether it was made, only the dead worker knew.
        var begun = Directory.EnumerateDirectories(user.Sandbox[".miyabi/runs/r/tasks"]).Select(folder => Path.GetFileName(folder)!).Except(["Task-1"]).ToList();
        Assert.Equal(["Task-2", "Task-3", "Task-4", "Task-5"], begun.Order(StringComparer.Ordinal));

        var stopped = await user.Sandbox.RunAsync("resume", "r", "--no-wait");

        Assert.True(stopped.Code == 1, stopped.ToString());
        var usage = JsonElement.Parse(await user.Sandbox.SucceedAsync("status", "r", "--json")).GetProperty("usage");
        var known = (user.Claude.Answered.Count * ClaudeCall) + (user.Codex.Answered.Count * CodexCall);
        Assert.Equal((known, true), (usage.GetProperty("costUsd").GetDecimal(), usage.GetProperty("incomplete").GetBoolean()));
        var perhaps = known + ReservesOf(user, begun);
        Assert.InRange(perhaps, Limit - LargestReserve(user), Limit);
        Assert.Contains(FormattableString.Invariant($"Up to {perhaps} of {Limit} US$ used"), stopped.Output);

        await user.Sandbox.SucceedAsync("resume", "r", "--budget", "1", "--no-wait");
        Assert.All(ModelUser.ByTask(user.Received), task => Assert.Equal(broken.Contains(task.Key) ? 2 : 1, task.Value));
        await user.ProvenAsync(RunOutcome.Succeeded);
    }

    [Fact]
    public async Task BudgetOfCosts_OnAModelWithoutAPrice_IsRefusedWithTheCure()
    {
        await using var user = await StartAsync();

        var result = await user.Sandbox.RunAsync("run", "plan.json", "--run-id", "r");

        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains("nobody knows what CCG-1, ", result.Error);
        Assert.Contains("Give prices of the models in the settings (docs/agents.md), or a budget of tokens: maxTokens.", result.Error);
        Assert.Empty(user.Received);
        Assert.False(Directory.Exists(user.Sandbox[".miyabi"]));
    }

    private static void WithPricesAndSmallReserves(ModelUser user)
    {
        user.Sandbox.Variables["MIYABI_MODEL_PRICES"] = Prices;
        // So that a reserve is small beside the whole: a prompt of at most 21,000 bytes.
        foreach (var provider in new[] { "CLAUDE", "CODEX" })
        {
            user.Sandbox.Variables[$"MIYABI_{provider}_MAX_OUTPUT_TOKENS"] = "500";
            user.Sandbox.Variables[$"MIYABI_{provider}_CONTEXT_TOKENS"] = "7500";
        }
    }

    private static async Task<ModelUser> StartAsync(decimal limit = 0.06m)
    {
        var user = await ModelUser.StartAsync();
        var plan = ModelUser.ReferencePlan();
        plan["policy"]!["budget"] = new JsonObject { ["maxCostUsd"] = limit };
        user.Sandbox.Write("plan.json", plan.ToJsonString());
        return user;
    }

    private static decimal LargestReserve(ModelUser user)
    {
        var reserves = Reserves(user);
        Assert.Equal(15, reserves.Count);
        // The longest prompt at 2 bytes a token, put into the cache, and the longest answer.
        Assert.Equal(((10_501 * 3.75m) + (500 * 15m)) / 1_000_000m, reserves.Values.Max());
        return reserves.Values.Max();
    }

    // Of the agents that their first attempts were given to.
    private static decimal ReservesOf(ModelUser user, IEnumerable<string> tasks)
    {
        var reserves = Reserves(user);
        return tasks.Sum(task => reserves[Document(user, $"tasks/{task}/1/instruction.json").GetProperty("agent").GetString()!]);
    }

    // As the ledger has it, which is what was kept aside.
    private static Dictionary<string, decimal> Reserves(ModelUser user) =>
        Document(user, "plan.json").GetProperty("options").GetProperty("reserves").EnumerateObject().ToDictionary(agent => agent.Name, agent => agent.Value.GetProperty("costUsd").GetDecimal());

    private static JsonElement Document(ModelUser user, string path) =>
        JsonElement.Parse(File.ReadAllText(user.Sandbox[$".miyabi/runs/r/{path}"])).GetProperty("document");
}
