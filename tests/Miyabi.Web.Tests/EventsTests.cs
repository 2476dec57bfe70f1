using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Testing.Agents;
using Miyabi.Testing.Orchestration;
using Miyabi.Web.Tests.Hosting;

namespace Miyabi.Web.Tests;

public sealed class EventsTests
{
    [Fact]
    public async Task Poll_FromTheStart_TellsWhatHappened()
    {
        await using var api = await Api.StartAsync(new ApiOptions
        {
            Script = (request, _, _) => Task.FromResult(AgentResult.Failed(FailureKind.Failed, "No.")),
        });
        await api.CarryOutAsync("run", Plans.Once);

        var items = await AllAsync(api, "run");

        Assert.Equal(Enumerable.Range(1, items.Count), items.Select(item => item.GetProperty("step").GetInt32()));
        Assert.Equal(("fails", 1, "A"), Of(items[0].GetProperty("started")[0]));
        Assert.Equal("fails", Single(items, "failed").GetProperty("task").GetString());
        Assert.Equal("below", Single(items, "skipped").GetProperty("task").GetString());
        Assert.Equal("failed", items[^1].GetProperty("outcome").GetString());

        static (string?, int, string?) Of(JsonElement started) =>
            (started.GetProperty("task").GetString(), started.GetProperty("attempt").GetInt32(), started.GetProperty("agent").GetString());

        static JsonElement Single(List<JsonElement> items, string what) =>
            Assert.Single(items.Where(item => item.TryGetProperty(what, out _)).SelectMany(item => item.GetProperty(what).EnumerateArray()));
    }

    [Fact]
    public async Task Poll_WhileNothingHappens_ReturnsWhenSomethingDoes()
    {
        await using var api = await Api.StartAsync();
        await api.StartAsync("run", Plans.Gated);
        await api.UntilStateAsync("run", "awaitingApproval");
        var first = (await api.GetAsync("runs/run/events")).Json;

        var waiting = api.GetAsync($"runs/run/events?after={first.GetProperty("next").GetString()}");
        await api.PostAsync("runs/run/tasks/gated/approve");
        var answered = (await waiting).Json.GetProperty("items")[0];

        Assert.True(answered.GetProperty("answered")[0].GetProperty("approved").GetBoolean());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Poll_WhileNothingHappens_EndsAfterTwentyFiveSeconds_AndSaysIfNobodyIsAtTheRun(bool hasStalled)
    {
        var clock = new ManualClock();
        await using var api = await Api.StartAsync(new ApiOptions { Clock = clock });
        api.Engine.Holds = true;
        await api.StartAsync("run", Plans.Two);
        if (hasStalled)
            api.Engine.End("run~1");
        var begun = clock.GetUtcNow();

        var waiting = api.GetAsync("runs/run/events");
        await Until.TrueAsync(
            () =>
            {
                if (clock.NextDue is { } due)
                    clock.AdvanceTo(due);
                return waiting.IsCompleted;
            },
            "the poll has ended");

        var reply = await waiting;
        Assert.Equal((0, false), (reply.Json.GetProperty("items").GetArrayLength(), reply.Json.GetProperty("ended").GetBoolean()));
        Assert.Equal(hasStalled ? "stalled" : null, reply.Json.TryGetProperty("standing", out var standing) ? standing.GetString() : null);
        Assert.InRange(clock.GetUtcNow() - begun, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(25));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/event-stream")]
    public async Task Wait_OfAClientThatGoesAway_Ends(string accept)
    {
        var clock = new ManualClock();
        await using var api = await Api.StartAsync(new ApiOptions { Clock = clock });
        api.Engine.Holds = true;
        await api.StartAsync("run", Plans.Two);
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Get, "runs/run/events");
        request.Headers.Accept.ParseAdd(accept);

        var waiting = api.Client.SendAsync(request, leaving.Token);
        await Until.TrueAsync(() => clock.NextDue is not null, "it waits for its next look");
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        await Until.TrueAsync(() => clock.NextDue is null, "nobody waits any more");
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("!!!")]
    [InlineData("AA")]
    [InlineData("Af____8P")]
    [InlineData("../../plan.json")]
    public async Task Poll_WithWhatIsNoCursor_IsRefused(string cursor)
    {
        await using var api = await Api.StartAsync();
        api.Engine.Holds = true;
        await api.StartAsync("run", Plans.Two);

        Assert.Equal("invalid-parameter", (await api.GetAsync($"runs/run/events?after={Uri.EscapeDataString(cursor)}")).Problem);
        Assert.Equal("invalid-parameter", (await api.GetAsync($"runs/run/events?after={new string('A', 4_000)}")).Problem);
    }

    [Fact]
    public async Task Poll_WithEventsThatAreNone_PassesThemOver()
    {
        await using var api = await Api.StartAsync();
        await api.CarryOutAsync("run", Plans.Two);
        await api.Store.CreateAsync("runs/run/events/w-1.ndjson", """
            {"at":"2026-01-01T00:00:00.0000000Z","kind":"began","task":"one","attempt":1,"agent":"A"}
            garbage
            {"at":"2026-01-01T00:00:00.0000000Z","kind":"progress","task":"../x","attempt":1}

            {"at":"2026-01-01T00:00:01.0000000Z","kind":"progress","task":"one","attempt":1,"fraction":7,"message":"half\u001b[31m\nway"}
            """u8.ToArray(), default);
        await api.Store.CreateAsync("runs/run/events/w-x.ndjson", "{}"u8.ToArray(), default);

        var events = (await AllAsync(api, "run")).Where(item => item.GetProperty("type").GetString() != "step").ToList();

        Assert.Equal(["began", "progress"], events.Select(item => item.GetProperty("type").GetString()));
        Assert.Equal((1, "half[31mway"), (events[1].GetProperty("fraction").GetDouble(), events[1].GetProperty("message").GetString()));
    }

    // Over many pages, several writers, and a cursor that is taken up by another request each time.
    [Fact]
    public async Task Poll_ByCursor_TellsEveryEventOnce()
    {
        await using var api = await Api.StartAsync();
        await api.CarryOutAsync("run", Plans.Two);
        foreach (var (writer, part) in new[] { ("a", 1), ("a", 2), ("a", 5), ("b", 1) })
        {
            var lines = Enumerable.Range(0, 400).Select(i => $$"""{"at":"2026-01-01T00:00:00.0000000Z","kind":"progress","task":"one","attempt":1,"message":"{{writer}}{{part}}-{{i}}"}""");
            await api.Store.CreateAsync($"runs/run/events/{writer}-{part}.ndjson", System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines)), default);
        }

        var told = (await AllAsync(api, "run")).Where(item => item.TryGetProperty("message", out _)).Select(item => item.GetProperty("message").GetString()!).ToList();

        var expected = new[] { "a1", "a2", "a5", "b1" }.SelectMany(part => Enumerable.Range(0, 400).Select(i => $"{part}-{i}"));
        Assert.Equal(expected, told);
    }

    [Fact]
    public async Task Stream_TakenUpAgainAfterEachItem_TellsEverythingOnce()
    {
        await using var api = await Api.StartAsync();
        await api.CarryOutAsync("run", Plans.Wide(20));
        await api.Store.CreateAsync("runs/run/events/w-1.ndjson", System.Text.Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 5).Select(i =>
            $$"""{"at":"2026-01-01T00:00:00.0000000Z","kind":"progress","task":"t1","attempt":1,"message":"m{{i}}"}"""))), default);
        List<string> whole = [.. (await StreamAsync(api, null, int.MaxValue)).Select(item => item.Data)];

        List<string> inPieces = [];
        string? last = null;
        while (true)
        {
            var piece = await StreamAsync(api, last, 1);
            if (piece.Count == 0)
                break;
            inPieces.Add(piece[0].Data);
            last = piece[0].Id;
        }

        Assert.Equal("{}", whole[^1]); // the end, which who has all before it is told without content
        Assert.Equal(whole.SkipLast(1), inPieces);
        Assert.Equal(5, whole.Count(data => data.Contains("\"message\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Stream_OfARunThatGoesOn_TellsAsItHappens()
    {
        await using var api = await Api.StartAsync();
        await api.StartAsync("run", Plans.Gated);
        await api.UntilStateAsync("run", "awaitingApproval");
        using var request = StreamOf("run", null);
        using var response = await api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.StartsWith("retry: ", await lines.ReadLineAsync());
        await ReadToAsync(lines, "\"asked\"");

        await api.PostAsync("runs/run/tasks/gated/approve");

        await ReadToAsync(lines, "\"outcome\":\"succeeded\"");
        await ReadToAsync(lines, "event: end");
    }

    [Fact]
    public async Task Stream_OfARunThatHasEnded_AfterItsEnd_HasNothing()
    {
        await using var api = await Api.StartAsync();
        await api.CarryOutAsync("run", Plans.Two);
        var last = (await StreamAsync(api, null, int.MaxValue))[^1].Id;
        using var request = StreamOf("run", last);

        using var response = await api.Client.SendAsync(request);

        Assert.Equal(204, (int)response.StatusCode);
    }

    [Fact]
    public async Task Stream_WhenTheStoreGoesAway_Ends_AndGoesOnFromItsCursor()
    {
        await using var api = await Api.StartAsync();
        await api.StartAsync("run", Plans.Gated);
        await api.UntilStateAsync("run", "awaitingApproval");
        using var request = StreamOf("run", null);
        using var response = await api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        await ReadToAsync(lines, "\"asked\"");

        api.Store.IsAway = true;
        while (await lines.ReadLineAsync() is not null)
        {
            // To its end.
        }

        Assert.Equal("store-unavailable", (await api.GetAsync("runs/run/events")).Problem);
        api.Store.IsAway = false;
        Assert.Equal(200, (await api.GetAsync("runs/run/events")).Status);
    }

    private static async Task<List<JsonElement>> AllAsync(Api api, string run)
    {
        List<JsonElement> items = [];
        for (var (after, ended) = ("", false); !ended;)
        {
            var page = (await api.GetAsync($"runs/{run}/events?after={after}")).Json;
            items.AddRange(page.GetProperty("items").EnumerateArray());
            (after, ended) = (page.GetProperty("next").GetString()!, page.GetProperty("ended").GetBoolean());
        }

        return items;
    }

    private static HttpRequestMessage StreamOf(string run, string? last)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"runs/{run}/events");
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (last is not null)
            request.Headers.Add("Last-Event-ID", last);
        return request;
    }

    private static async Task<List<(string Id, string Data)>> StreamAsync(Api api, string? last, int most)
    {
        using var request = StreamOf("run", last);
        using var response = await api.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        List<(string Id, string Data)> items = [];
        for (var id = ""; items.Count < most && await lines.ReadLineAsync() is { } line;)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = line[4..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                items.Add((id, line[6..]));
        }

        return items;
    }

    private static async Task ReadToAsync(StreamReader lines, string text)
    {
        string? line;
        do
            line = await lines.ReadLineAsync();
        while (line is not null && !line.Contains(text, StringComparison.Ordinal));
        Assert.NotNull(line);
    }
}
