using Miyabi.Core.Agents;
using Miyabi.Core.Verification;
using Miyabi.Testing.Orchestration;
using Miyabi.Web.Tests.Hosting;

namespace Miyabi.Web.Tests;

public sealed class ControlTests
{
    [Fact]
    public async Task Approve_AWaitingTask_LetsTheRunGoOn()
    {
        await using var api = await Api.StartAsync();
        await AskedAsync(api);

        var reply = await api.PostAsync("runs/run/tasks/gated/approve", """{ "reason": "looks good" }""");

        Assert.Equal(202, reply.Status);
        Assert.Equal(("approve", "gated", "control/1-approve.json", "running", "run~1"), (
            reply.Json.GetProperty("kind").GetString(), reply.Json.GetProperty("task").GetString(), reply.Json.GetProperty("document").GetString(),
            reply.Json.GetProperty("standing").GetString(), reply.Json.GetProperty("instance").GetString()));
        await api.UntilStateAsync("run", "succeeded");
        Assert.True((await new RunVerifier(api.Store.Behind, Api.Trust).VerifyAsync("run", null, default)).IsProven);
    }

    [Fact]
    public async Task Reject_AWaitingTask_FailsIt()
    {
        await using var api = await Api.StartAsync();
        await AskedAsync(api);

        await api.PostAsync("runs/run/tasks/gated/reject");

        await api.UntilStateAsync("run", "failed");
    }

    [Fact]
    public async Task Cancel_ARunAtWork_EndsItsAgents()
    {
        await using var api = await Api.StartAsync(new ApiOptions { Script = async (_, _, token) => await ScriptedProvider.HangAsync(token) });
        await api.StartAsync("run", Plans.Two);
        await api.UntilAsync("run", run => run.GetProperty("counts").GetProperty("running").GetInt32() == 1);

        Assert.Equal(202, (await api.PostAsync("runs/run/cancel")).Status);

        await api.UntilStateAsync("run", "cancelled");
        Assert.Equal("control-refused", (await api.PostAsync("runs/run/cancel")).Problem);
    }

    [Fact]
    public async Task Cancel_ARunWhoseInstanceHasEnded_StartsOneThatTakesTheLastStep()
    {
        await using var api = await Api.StartAsync();
        api.Engine.Holds = true;
        await api.StartAsync("run", Plans.Two);
        api.Engine.End("run~1");
        api.Engine.Holds = false;

        var reply = await api.PostAsync("runs/run/cancel");

        Assert.Equal("started", reply.Json.GetProperty("standing").GetString());
        await api.UntilStateAsync("run", "cancelled");
    }

    [Fact]
    public async Task Suspend_AndResume_AreWrittenDown_AndTheRunGoesOn()
    {
        await using var api = await Api.StartAsync();
        await AskedAsync(api);

        Assert.Equal("control/1-suspend.json", (await api.PostAsync("runs/run/suspend")).Json.GetProperty("document").GetString());
        await api.UntilStateAsync("run", "suspended");
        Assert.Equal("control/2-unsuspend.json", (await api.PostAsync("runs/run/resume")).Json.GetProperty("document").GetString());
        await api.UntilStateAsync("run", "awaitingApproval");
    }

    [Fact]
    public async Task Resume_WithABudget_RaisesIt()
    {
        await using var api = await Api.StartAsync();
        await AskedAsync(api);

        var reply = await api.PostAsync("runs/run/resume", """{ "budget": { "maxCostUsd": 2.5 } }""");

        Assert.Equal(("raiseBudget", "control/1-raise-budget.json"), (reply.Json.GetProperty("kind").GetString(), reply.Json.GetProperty("document").GetString()));
    }

    [Fact]
    public async Task Resume_AtTheBudget_RaisesItAndTheRunGoesOn()
    {
        await using var api = await Api.StartAsync(new ApiOptions
        {
            Script = (request, _, _) => Task.FromResult(ScriptedProvider.Success(request) with { Usage = new AgentUsage(100, 10, 1.5m) }),
        });
        await api.StartAsync("run", Plans.Dear);
        var stopped = await api.UntilStateAsync("run", "budgetReached");
        Assert.Equal((1, 1.5m), (stopped.GetProperty("counts").GetProperty("accepted").GetInt32(), stopped.GetProperty("usage").GetProperty("costUsd").GetDecimal()));

        var reply = await api.PostAsync("runs/run/resume", """{ "budget": { "maxCostUsd": 5 } }""");

        Assert.Equal((202, "raiseBudget"), (reply.Status, reply.Json.GetProperty("kind").GetString()));
        var ended = await api.UntilStateAsync("run", "succeeded");
        Assert.Equal(3m, ended.GetProperty("usage").GetProperty("costUsd").GetDecimal());
        Assert.True((await new RunVerifier(api.Store.Behind, Api.Trust).VerifyAsync("run", null, default)).IsProven);
    }

    [Fact]
    public async Task Resume_AStalledRun_StartsTheNextInstanceAndWritesNothing()
    {
        await using var api = await Api.StartAsync();
        api.Engine.Holds = true;
        await api.StartAsync("run", Plans.Two);
        api.Engine.End("run~1");
        api.Engine.Holds = false;

        var reply = await api.PostAsync("runs/run/resume");

        Assert.Equal((202, "started"), (reply.Status, reply.Json.GetProperty("standing").GetString()));
        Assert.False(reply.Json.TryGetProperty("document", out _));
        await api.UntilStateAsync("run", "succeeded");
    }

    [Fact]
    public async Task Retry_AnEndedRun_TakesItUpAgain()
    {
        var fails = true;
        await using var api = await Api.StartAsync(new ApiOptions
        {
            Script = (request, _, _) => Task.FromResult(fails ? AgentResult.Failed(FailureKind.Failed, "No.") : ScriptedProvider.Success(request)),
        });
        await api.CarryOutAsync("run", Plans.Once);
        fails = false;

        var reply = await api.PostAsync("runs/run/retry", """{ "task": "fails", "reason": "mended" }""");

        Assert.Equal((202, "retry", "started"), (reply.Status, reply.Json.GetProperty("kind").GetString(), reply.Json.GetProperty("standing").GetString()));
        var run = await api.UntilStateAsync("run", "succeeded");
        Assert.Equal(2, run.GetProperty("generation").GetInt32());
        Assert.Equal("run~2", api.Engine.Starts.Last().Instance);
    }

    [Theory]
    [InlineData("resume")]
    [InlineData("suspend")]
    [InlineData("retry")]
    [InlineData("tasks/one/approve")]
    [InlineData("tasks/nope/reject")]
    public async Task Control_ThatDoesNotApply_IsAConflictAndWritesNothing(string what)
    {
        await using var api = await Api.StartAsync();
        await api.CarryOutAsync("run", Plans.Two);
        var before = Documents();

        var reply = await api.PostAsync($"runs/run/{what}");

        Assert.Equal((409, "control-refused"), (reply.Status, reply.Problem));
        Assert.Equal(before, Documents());

        // Events of the run that ended may still be on their way, and are no documents.
        string[] Documents() => [.. api.Store.Behind.Blobs.Keys.Where(name => !name.Contains("/events/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    [Theory]
    [InlineData("cancel", """{ "reasn": "x" }""", "unknownField")]
    [InlineData("cancel", """{ "reason": 3 }""", "wrongType")]
    [InlineData("cancel", """{ "task": "one" }""", "unknownField")]
    [InlineData("retry", """{ "task": "../x" }""", "invalidId")]
    [InlineData("resume", """{ "budget": {} }""", "missingField")]
    [InlineData("resume", """{ "budget": { "maxTokens": -1 } }""", "outOfRange")]
    [InlineData("suspend", "[", "syntax")]
    public async Task Control_WithAWrongBody_IsRefused(string what, string body, string code)
    {
        await using var api = await Api.StartAsync();
        await AskedAsync(api);

        var reply = await api.PostAsync($"runs/run/{what}", body);

        Assert.Equal((400, "invalid-body"), (reply.Status, reply.Problem));
        Assert.Equal(code, reply.Json.GetProperty("errors")[0].GetProperty("code").GetString());
    }

    [Fact]
    public async Task Control_OfMoreThanSixtyFourKibibytes_IsTooLarge()
    {
        await using var api = await Api.StartAsync();

        Assert.Equal(413, (await api.PostAsync("runs/run/cancel", new string(' ', (64 * 1024) + 1))).Status);
    }

    [Fact]
    public async Task Control_WhenTheEngineIsAway_IsWrittenDownAllTheSame()
    {
        await using var api = await Api.StartAsync();
        await AskedAsync(api);
        api.Engine.IsAway = true;

        var reply = await api.PostAsync("runs/run/cancel");

        Assert.Equal((503, "control/1-cancel.json"), (reply.Status, reply.Json.GetProperty("document").GetString()));
        Assert.Contains("runs/run/control/1-cancel.json", api.Store.Behind.Blobs.Keys);
    }

    private static async Task AskedAsync(Api api)
    {
        await api.StartAsync("run", Plans.Gated);
        await api.UntilStateAsync("run", "awaitingApproval");
    }
}
