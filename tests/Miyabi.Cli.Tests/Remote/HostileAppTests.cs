using Microsoft.AspNetCore.Http;
using Miyabi.Cli.Remote;
using Miyabi.Core.Activities;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;

namespace Miyabi.Cli.Tests.Remote;

/// <summary>What answers at the address may be anything: it is bounded, never believed blindly, and gets no key that is not its own.</summary>
public sealed class HostileAppTests
{
    [Theory]
    [InlineData("text/html", "<html>Sign in</html>", "it answers with text/html in place of JSON")]
    [InlineData("", "{}", "it answers with something in place of JSON")]
    [InlineData("application/json", "{", "its JSON is not of the form")]
    [InlineData("application/json", "null", "its JSON is not of the form")]
    [InlineData("application/json", "[]", "its JSON is not of the form")]
    [InlineData("application/json", "{}", "its JSON is not of the form")]
    [InlineData("application/json", """{ "runs": null }""", "its JSON is not of the form")]
    [InlineData("application/json", """{ "runs": [ null ] }""", "its list of runs cannot be")]
    [InlineData("application/json", """{ "runs": [ { "run": "a", "state": "failed" }, { "run": "a", "state": "failed" } ] }""", "its list of runs cannot be")]
    [InlineData("application/json", """{ "runs": [ { "run": "\u001b[2J", "state": "failed" } ] }""", "its list of runs cannot be")]
    [InlineData("application/json", """{ "runs": [ { "run": "a", "state": 3 } ] }""", "its JSON is not of the form")]
    [InlineData("application/json", """{ "runs": [], "next": "a" }""", "its list of runs does not go on")]
    public async Task List_OfWhatIsNoApp_SaysWhatIsWrong(string type, string content, string why)
    {
        await using var server = await WireServer.StartAsync(200, type, content);
        using var app = Apps.Of(server.Url);

        var e = await Assert.ThrowsAsync<StoreException>(async () => await app.ListAsync(default).ToListAsync());

        Assert.Equal(StoreFault.Unavailable, e.Fault);
        Assert.Contains(why, e.Message);
        Assert.Contains(server.Url, e.Message);
    }

    [Theory]
    [InlineData("""[ { "name": "b", "bytes": 1 }, { "name": "a", "bytes": 1 } ]""")]
    [InlineData("""[ { "name": "a", "bytes": 1 }, { "name": "a", "bytes": 1 } ]""")]
    [InlineData("""[ { "name": "a", "bytes": -1 } ]""")]
    [InlineData("[ null ]")]
    public async Task Documents_InAListThatCannotBe_AreRefused(string documents)
    {
        await using var server = await WireServer.StartAsync(200, "application/json", $$"""{ "documents": {{documents}} }""");
        using var app = Apps.Of(server.Url);

        var e = await Assert.ThrowsAsync<StoreException>(async () => await new HttpBlobStore(app).ListAsync("runs/r/", default).ToListAsync());

        Assert.Contains("its list of documents cannot be", e.Message);
    }

    [Fact]
    public async Task Documents_WithNamesThatLeaveTheRun_AreLeftOut()
    {
        const string Names = """
            { "documents": [ { "name": "../../etc/passwd", "bytes": 1 }, { "name": "/etc/passwd", "bytes": 1 }, { "name": "C:\\x", "bytes": 1 },
            { "name": "plan.json", "bytes": 7 }, { "name": "steps/../../x", "bytes": 1 }, { "name": "steps/1.json", "bytes": 8 }, { "name": "\u001b[2J", "bytes": 1 } ] }
            """;
        await using var server = await WireServer.StartAsync(200, "application/json", Sorted(Names));
        using var app = Apps.Of(server.Url);
        var store = new HttpBlobStore(app);

        Assert.Equal([new BlobItem("runs/r/plan.json", 7), new BlobItem("runs/r/steps/1.json", 8)], await store.ListAsync("runs/r/", default).ToListAsync());
        Assert.Equal([new BlobItem("runs/r/steps/1.json", 8)], await store.ListAsync("runs/r/steps/", default).ToListAsync());
        Assert.Equal(["steps"], await store.ListFoldersAsync("runs/r/", default).ToListAsync());
    }

    [Fact]
    public async Task Documents_WithoutEnd_EndBecauseTheyDoNotGoOn()
    {
        await using var server = await WireServer.StartAsync(200, "application/json", """{ "documents": [ { "name": "a", "bytes": 1 } ], "next": "a" }""");
        using var app = Apps.Of(server.Url);

        await Assert.ThrowsAsync<StoreException>(async () => await app.ListDocumentsAsync("r", default).ToListAsync());

        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Document_LargerThanAllowed_IsRefusedWithoutReadingOn()
    {
        await using var server = await WireServer.StartAsync(async context =>
        {
            var block = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(block, context.RequestAborted);
        });
        using var app = Apps.Of(server.Url);

        var e = await Assert.ThrowsAsync<StoreException>(() => new HttpBlobStore(app).ReadAsync("runs/r/plan.json", 1024 * 1024, default));

        Assert.Equal(StoreFault.TooLarge, e.Fault);
    }

    [Fact]
    public async Task Document_OfExactlyWhatIsAllowed_IsRead()
    {
        await using var server = await WireServer.StartAsync(context => context.Response.Body.WriteAsync(new byte[1000]).AsTask());
        using var app = Apps.Of(server.Url);
        Assert.Equal(1000, (await new HttpBlobStore(app).ReadAsync("runs/r/plan.json", 1000, default))!.Length);
        await Assert.ThrowsAsync<StoreException>(() => new HttpBlobStore(app).ReadAsync("runs/r/plan.json", 999, default));
    }

    [Fact]
    public async Task Redirect_IsNotFollowedAndTheKeyStays()
    {
        await using var elsewhere = await WireServer.StartAsync(200, "application/json", """{ "runs": [] }""");
        await using var server = await WireServer.StartAsync(context =>
        {
            context.Response.Redirect($"{elsewhere.Url}/api/runs", permanent: true, preserveMethod: true);
            return Task.CompletedTask;
        });
        using var app = Apps.Of(server.Url);

        var e = await Assert.ThrowsAsync<StoreException>(async () => await app.ListAsync(default).ToListAsync());

        Assert.Contains("a redirect to", e.Message);
        Assert.Contains("not followed", e.Message);
        Assert.Empty(elsewhere.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task App_ThatNeverAnswers_IsLeft(bool begins)
    {
        await using var server = await WireServer.StartAsync(async context =>
        {
            if (begins)
                await context.Response.Body.WriteAsync("{"u8.ToArray());
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var app = Apps.Of(server.Url, Apps.Impatient with { Tries = 1 });

        var e = await Assert.ThrowsAsync<StoreException>(async () => await app.ListAsync(default).ToListAsync());

        Assert.Contains("it does not answer in time", e.Message);
    }

    [Fact]
    public async Task App_ThatAnswersByTheByte_IsLeft()
    {
        await using var server = await WireServer.StartAsync(async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(" "u8.ToArray(), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(20, context.RequestAborted);
            }
        });
        using var app = Apps.Of(server.Url, Apps.Impatient with { Tries = 1 });

        var e = await Assert.ThrowsAsync<StoreException>(async () => await app.ListAsync(default).ToListAsync());

        Assert.Contains("it does not answer in time", e.Message);
    }

    [Fact]
    public async Task Connection_ThatBreaks_IsTriedAgainAndThenToldOf()
    {
        await using var server = await WireServer.StartAsync(async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("{");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        using var app = Apps.Of(server.Url);

        var e = await Assert.ThrowsAsync<StoreException>(async () => await app.ListAsync(default).ToListAsync());

        Assert.Contains("the connection broke", e.Message);
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task Connection_ThatBreaksOnADecision_IsNotTriedAgain()
    {
        await using var server = await WireServer.StartAsync(async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("{");
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        using var app = Apps.Of(server.Url);

        var e = await Assert.ThrowsAsync<StoreException>(() => app.SendAsync("r", "cancel", new(""), default));

        Assert.Contains("Whether it has done what it was asked is not known", e.Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task NobodyThere_IsSaidAtOnce()
    {
        string url;
        await using (var server = await WireServer.StartAsync(200, "", ""))
            url = server.Url;
        using var app = Apps.Of(url);

        var e = await Assert.ThrowsAsync<StoreException>(async () => await app.ListAsync(default).ToListAsync());

        Assert.Contains($"Cannot reach the function app at {url}: nothing answers there", e.Message);
    }

    [Fact]
    public async Task Busy_WithRetryAfter_IsAskedAgain()
    {
        var asked = 0;
        await using var server = await WireServer.StartAsync(context =>
        {
            context.Response.Headers.RetryAfter = "0";
            return Interlocked.Increment(ref asked) < 3 ? WireServer.ProblemAsync(context, 503, "the store is away") : WireServer.JsonAsync(context, """{ "runs": [] }""");
        });
        using var app = Apps.Of(server.Url);

        Assert.Empty(await app.ListAsync(default).ToListAsync());
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task Busy_ForLong_IsToldWithItsWords()
    {
        await using var server = await WireServer.StartAsync(context =>
        {
            context.Response.Headers.RetryAfter = "3600";
            return WireServer.ProblemAsync(context, 503, "the store is away\u001b[2J\nmiyabi: lies");
        });
        using var app = Apps.Of(server.Url);

        var e = await Assert.ThrowsAsync<StoreException>(async () => await app.ListAsync(default).ToListAsync());

        Assert.Contains("cannot answer for now (503). It says: the store is away\ufffd[2J\ufffdmiyabi: lies", e.Message);
        Assert.Equal(4, server.Requests.Count);
    }

    [Theory]
    [InlineData("", 4)]
    [InlineData("\"document\": \"control/1-cancel.json\", ", 1)]
    public async Task Decision_ToABusyApp_IsSentAgainUnlessItWasWrittenDown(string document, int times)
    {
        await using var server = await WireServer.StartAsync(context =>
        {
            context.Response.Headers.RetryAfter = "0";
            return WireServer.WriteAsync(context, 503, "application/problem+json", $$"""{ {{document}}"title": "No", "detail": "The engine is away." }""");
        });
        using var app = Apps.Of(server.Url);

        var e = await Assert.ThrowsAsync<StoreException>(() => app.SendAsync("r", "cancel", new(""), default));

        Assert.Contains("The engine is away.", e.Message);
        Assert.Equal(times, server.Requests.Count);
    }

    [Fact]
    public async Task Denied_NamesTheOptionAndNeverTheKey()
    {
        await using var server = await WireServer.StartAsync(context => WireServer.ProblemAsync(context, context.Request.Headers.ContainsKey("x-functions-key") ? 403 : 401, "no"));
        using var with = Apps.Of(server.Url);
        using var without = Apps.WithoutKey(server.Url);

        var forbidden = await Assert.ThrowsAsync<RemoteDeniedException>(async () => await with.ListAsync(default).ToListAsync());
        var asked = await Assert.ThrowsAsync<RemoteDeniedException>(async () => await without.ListAsync(default).ToListAsync());

        Assert.Contains("--key", forbidden.Message);
        Assert.DoesNotContain(Apps.Key, forbidden.ToString());
        Assert.Contains("MIYABI_KEY", asked.Message);
    }

    [Fact]
    public async Task Refusal_IsToldInItsWordsWithoutEscapes()
    {
        await using var server = await WireServer.StartAsync(context => WireServer.ProblemAsync(context, 409, "Task 'a' was approved already.\u001b]0;x\u0007"));
        using var app = Apps.Of(server.Url);

        var e = await Assert.ThrowsAsync<ControlRefusedException>(() => app.SendAsync("r", "tasks/a/approve", new(""), default));

        Assert.Equal("Task 'a' was approved already.\ufffd]0;x\ufffd", e.Message);
    }

    [Fact]
    public async Task NotFound_OfWhatIsNoApp_IsNoMissingRun()
    {
        await using var server = await WireServer.StartAsync(404, "text/html", "<h1>404</h1>");
        using var app = Apps.Of(server.Url);
        Assert.Contains("it does not know the request (404)", (await Assert.ThrowsAsync<StoreException>(() => app.ReadRunAsync("r", default))).Message);
        await Assert.ThrowsAsync<StoreException>(() => new HttpBlobStore(app).ReadAsync("runs/r/plan.json", 100, default));
    }

    [Fact]
    public async Task NotFound_OfAnApp_IsAMissingRunOrDocument()
    {
        await using var server = await WireServer.StartAsync(context => WireServer.ProblemAsync(context, 404, "none"));
        using var app = Apps.Of(server.Url);
        await Assert.ThrowsAsync<RunNotFoundException>(() => app.ReadRunAsync("r", default));
        Assert.Null(await new HttpBlobStore(app).ReadAsync("runs/r/plan.json", 100, default));
        Assert.Empty(await new HttpBlobStore(app).ListAsync("runs/r/", default).ToListAsync());
    }

    [Fact]
    public async Task Store_OfAnApp_IsNeverWrittenTo()
    {
        await using var server = await WireServer.StartAsync(200, "application/json", "{}");
        using var app = Apps.Of(server.Url);
        var store = new HttpBlobStore(app);
        await Assert.ThrowsAsync<NotSupportedException>(() => store.CreateAsync("runs/r/plan.json", default, default));
        await Assert.ThrowsAsync<NotSupportedException>(() => store.ReplaceAsync("runs/r/plan.json", default, default));
        await Assert.ThrowsAsync<NotSupportedException>(() => store.DeleteAsync("runs/r/plan.json", default));
        Assert.Empty(server.Requests);
    }

    // The list's order is another test's matter.
    private static string Sorted(string page)
    {
        using var json = System.Text.Json.JsonDocument.Parse(page);
        var documents = json.RootElement.GetProperty("documents").EnumerateArray().OrderBy(each => each.GetProperty("name").GetString(), StringComparer.Ordinal).Select(each => each.GetRawText());
        return $$"""{ "documents": [ {{string.Join(", ", documents)}} ] }""";
    }
}
