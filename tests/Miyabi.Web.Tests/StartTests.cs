using System.Text.Json;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Core.Verification;
using Miyabi.Web.Tests.Hosting;

namespace Miyabi.Web.Tests;

public sealed class StartTests
{
    [Fact]
    public async Task Post_APlan_IsCarriedOutAndProven()
    {
        await using var api = await Api.StartAsync();

        var started = await api.PostAsync("runs", Plans.Two);

        Assert.Equal(202, started.Status);
        var id = started.Json.GetProperty("run").GetString()!;
        Assert.StartsWith("two-", id);
        Assert.Equal("started", started.Json.GetProperty("standing").GetString());
        Assert.Equal($"{id}~1", started.Json.GetProperty("instance").GetString());
        Assert.Equal($"/api/runs/{id}", started.Headers.Location!.ToString());
        await api.UntilStateAsync(id, "succeeded");
        Assert.True((await new RunVerifier(api.Store.Behind, Api.Trust).VerifyAsync(id, null, default)).IsProven);
    }

    [Fact]
    public async Task Post_TheReferenceQueue_IsCarriedOutSimulated()
    {
        await using var api = await Api.StartAsync();

        var started = await api.PostAsync("runs", """
            { "plan": { "version": "1.0", "created_at": "2025-01-01", "tasks": [ { "task_id": "Task-1", "agent": "CCG-1", "estimated_time": 1 } ] }, "runId": "queue", "options": { "speed": 100000 } }
            """);

        Assert.Equal(202, started.Status);
        var run = await api.UntilStateAsync("queue", "succeeded");
        Assert.Equal("simulated", run.GetProperty("agents")[0].GetProperty("provider").GetString());
    }

    [Fact]
    public async Task Post_AgainWithTheSame_StartsNothingAgain()
    {
        await using var api = await Api.StartAsync();
        await api.CarryOutAsync("same", Plans.Two);

        var again = await api.StartAsync("same", Plans.Two.Replace("\n", " "));

        Assert.Equal(200, again.Status);
        Assert.Equal(("succeeded", "ended"), (again.Json.GetProperty("state").GetString(), again.Json.GetProperty("standing").GetString()));
        Assert.Single(api.Engine.Starts);
    }

    [Theory]
    [InlineData(Plans.Gated, "{}", "another plan")]
    [InlineData(Plans.Two, """{ "maxParallel": 3 }""", "other options")]
    [InlineData(Plans.Two, """{ "providers": { "claude": "simulated" } }""", "other options")]
    public async Task Post_AgainWithAnother_IsAConflict(string plan, string options, string says)
    {
        await using var api = await Api.StartAsync();
        await api.StartAsync("mine", Plans.Two);

        var other = await api.StartAsync("mine", plan, options);

        Assert.Equal((409, "run-exists"), (other.Status, other.Problem));
        Assert.Contains(says, other.Detail);
        Assert.Single(api.Engine.Starts);
    }

    [Fact]
    public async Task Post_ManyTimesAtOnce_StartsOneInstance()
    {
        await using var api = await Api.StartAsync();
        api.Engine.Holds = true;

        var replies = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => api.StartAsync("many", Plans.Two)));

        Assert.All(replies, reply => Assert.True(reply.Status is 200 or 202, reply.Text));
        Assert.Equal("many~1", Assert.Single(api.Engine.Starts).Instance);
    }

    [Fact]
    public async Task Post_WhenTheEngineIsAway_IsAcceptedAndStartedLater()
    {
        await using var api = await Api.StartAsync();
        api.Engine.IsAway = true;

        var away = await api.StartAsync("later", Plans.Two);
        api.Engine.IsAway = false;
        var again = await api.StartAsync("later", Plans.Two);

        Assert.Equal((503, "engine-unavailable"), (away.Status, away.Problem));
        Assert.NotNull(away.Headers.RetryAfter);
        Assert.DoesNotContain("secret", away.Text);
        Assert.Equal((202, "started"), (again.Status, again.Json.GetProperty("standing").GetString()));
        await api.UntilStateAsync("later", "succeeded");
    }

    [Fact]
    public async Task Post_WhenTheStoreIsAway_IsToldToComeAgain_AndThenAllIsWell()
    {
        await using var api = await Api.StartAsync();
        api.Store.IsAway = true;

        var away = await api.StartAsync("later", Plans.Two);
        api.Store.IsAway = false;

        Assert.Equal((503, "store-unavailable"), (away.Status, away.Problem));
        Assert.NotNull(away.Headers.RetryAfter);
        Assert.DoesNotContain("secret", away.Text);
        await api.CarryOutAsync("later", Plans.Two);
    }

    [Fact]
    public async Task Post_OfAStalledRun_SaysSoAndStartsNothing()
    {
        await using var api = await Api.StartAsync();
        api.Engine.Holds = true;
        await api.StartAsync("stalled", Plans.Two);
        api.Engine.End("stalled~1");

        var again = await api.StartAsync("stalled", Plans.Two);

        Assert.Equal((200, "stalled"), (again.Status, again.Json.GetProperty("standing").GetString()));
        Assert.Single(api.Engine.Starts);
    }

    [Fact]
    public async Task Post_WithATrace_HandsItToTheRun()
    {
        using var activity = new System.Diagnostics.Activity("client").Start();
        await using var api = await Api.StartAsync();

        await api.StartAsync("traced", Plans.Two);

        Assert.Contains(activity.TraceId.ToHexString(), Assert.Single(api.Engine.Starts).Input.Trace);
    }

    [Fact]
    public async Task Requests_LeaveNoRunOpen()
    {
        await using var api = await Api.StartAsync();
        api.Engine.Holds = true;
        await api.StartAsync("held", Plans.Two);

        var before = await api.Runs.GetAsync("held", default);
        await api.GetAsync("runs/held/results");

        Assert.NotSame(before, await api.Runs.GetAsync("held", default));
    }

    [Fact]
    public async Task Options_AreKeptAsTheyWereSaid()
    {
        await using var api = await Api.StartAsync();
        api.Engine.Holds = true;

        await api.StartAsync("said", Plans.Two, """{ "schedule": "ready", "maxParallel": 7, "providers": { "claude": "simulated" }, "reuse": true, "speed": 2.5 }""");

        var options = (await api.Runs.LedgerOf("said").ReadPlanAsync(default))!.Value.Options;
        Assert.Equal((Core.Plans.Schedule.Ready, 7, true, 2.5), (options.Schedule!.Value, options.MaxParallel!.Value, options.Reuse, options.Speed));
        Assert.Equal("simulated", options.Providers["A"]);
    }

    [Fact]
    public async Task Validate_APlan_SaysWhatARunWouldBeLike()
    {
        await using var api = await Api.StartAsync();

        var valid = await api.PostAsync("plans/validate", Plans.Two);

        Assert.Equal(200, valid.Status);
        Assert.Equal((true, 2, 2), (valid.Json.GetProperty("valid").GetBoolean(), valid.Json.GetProperty("tasks").GetInt32(), valid.Json.GetProperty("waves").GetArrayLength()));
        Assert.Empty(api.Store.Behind.Blobs);
    }

    [Fact]
    public async Task List_ByPages_HasEveryRunOnce_WhileOthersAreAdded()
    {
        await using var api = await Api.StartAsync();
        api.Engine.Holds = true;
        foreach (var id in Enumerable.Range(0, 7).Select(i => $"run-{i}"))
            await api.StartAsync(id, Plans.Two);
        List<string> seen = [];

        string? next = "";
        while (next is not null)
        {
            var page = (await api.GetAsync($"runs?limit=2&after={next}")).Json;
            seen.AddRange(page.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("run").GetString()!));
            next = page.TryGetProperty("next", out var after) ? after.GetString() : null;
            await api.StartAsync($"a-{seen.Count}", Plans.Two); // before all that comes
        }

        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"run-{i}"), seen.Where(id => id.StartsWith("run-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task List_ByState_HasOnlyThose()
    {
        await using var api = await Api.StartAsync();
        await api.CarryOutAsync("done", Plans.Two);
        await api.StartAsync("asks", Plans.Gated);
        await api.UntilStateAsync("asks", "awaitingApproval");

        var runs = (await api.GetAsync("runs?state=awaitingApproval")).Json.GetProperty("runs");

        Assert.Equal("asks", Assert.Single(runs.EnumerateArray()).GetProperty("run").GetString());
    }

    [Fact]
    public async Task Get_OfARunThatIsNotThere_IsNotFound()
    {
        await using var api = await Api.StartAsync();

        foreach (var path in new[] { "runs/none", "runs/none/events", "runs/none/results", "runs/none/results/one", "runs/none/manifest", "runs/none/documents" })
            Assert.Equal((404, "run-not-found"), await StatusAsync(path));

        async Task<(int Status, string Problem)> StatusAsync(string path)
        {
            var reply = await api.GetAsync(path);
            return (reply.Status, reply.Problem);
        }
    }
}
