using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Web.Tests.Hosting;

namespace Miyabi.Web.Tests;

public sealed class BadInputTests
{
    [Fact]
    public async Task Post_APlanWithErrors_TellsThemAllWithTheirPlaces()
    {
        await using var api = await Api.StartAsync();

        var wrong = await api.PostAsync("runs", """
            { "plan": { "name": "p", "version": 1, "agents": [ { "id": "A", "kind": "claude" } ],
              "tasks": [ { "id": "one", "agent": "B", "dependson": [] } ] },
              "options": { "shedule": "ready", "maxParallel": 0 } }
            """);

        Assert.Equal((400, "invalid-plan"), (wrong.Status, wrong.Problem));
        var errors = wrong.Json.GetProperty("errors").EnumerateArray().ToList();
        Assert.Equal(
            ["$.options.maxParallel", "$.options.shedule", "$.plan.tasks[0].agent", "$.plan.tasks[0].dependson"],
            errors.Select(error => error.GetProperty("path").GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal(2, errors.First(error => error.GetProperty("path").GetString() == "$.plan.tasks[0].dependson").GetProperty("line").GetInt32());
        Assert.Equal("Did you mean 'schedule'?", errors.First(error => error.GetProperty("path").GetString() == "$.options.shedule").GetProperty("cure").GetString());
        Assert.Empty(api.Store.Behind.Blobs);
    }

    [Theory]
    [InlineData("", "syntax")]
    [InlineData("{", "syntax")]
    [InlineData("[]", "wrongType")]
    [InlineData("null", "wrongType")]
    [InlineData("{}", "missingField")]
    [InlineData("""{ "runId": "x" }""", "missingField")]
    [InlineData("""{ "plan": 3 }""", "wrongType")]
    [InlineData("""{ "plan": {}, "plan": {} }""", "duplicateField")]
    [InlineData("""{ "plan": {}, "runId": "../../x" }""", "invalidId")]
    [InlineData("""{ "plan": {}, "runId": "con" }""", "reservedName")]
    [InlineData("""{ "plan": {}, "runId": "ends." }""", "reservedName")]
    [InlineData("""{ "plan": {}, "runId": "x\u0000y" }""", "invalidId")]
    [InlineData("""{ "plan": {}, "options": { "providers": { "claud": "simulated" } } }""", "unknownField")]
    [InlineData("""{ "plan": {}, "options": { "speed": 0 } }""", "outOfRange")]
    [InlineData("""{ "plan": {}, "options": { "speed": 1e300 } }""", "outOfRange")]
    [InlineData("""{ "plan": {}, "options": { "reuse": "yes" } }""", "wrongType")]
    public async Task Post_WhatIsNoRequest_IsRefusedWithItsError(string body, string code)
    {
        await using var api = await Api.StartAsync();

        foreach (var path in new[] { "runs", "plans/validate" })
        {
            var wrong = await api.PostAsync(path, body);
            Assert.Equal(400, wrong.Status);
            Assert.Contains(wrong.Json.GetProperty("errors").EnumerateArray(), error => error.GetProperty("code").GetString() == code);
        }

        Assert.Empty(api.Store.Behind.Blobs);
    }

    [Fact]
    public async Task Post_APlanWithInputs_IsRefused()
    {
        await using var api = await Api.StartAsync();

        var wrong = await api.StartAsync("with-inputs", Plans.Two.Replace("\"tasks\"", "\"inputs\": { \"repo\": {} }, \"tasks\""));

        Assert.Equal("inputsNotPossible", wrong.Json.GetProperty("errors")[0].GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("""{ "providers": { "claude": "nobody" } }""", "unknown provider 'nobody'")]
    [InlineData("""{ "providers": { "claude": "command" } }""", "cannot carry out")]
    public async Task Post_WhatNobodyCanCarryOut_IsRefused(string options, string says)
    {
        await using var api = await Api.StartAsync();

        var refused = await api.StartAsync("nobody", Plans.Two, options);

        Assert.Equal((400, "run-refused"), (refused.Status, refused.Problem));
        Assert.Contains(says, refused.Detail);
    }

    [Fact]
    public async Task Post_WithoutAnyProvider_SaysWhereToGiveOne()
    {
        await using var api = await Api.StartAsync(new ApiOptions { DefaultProvider = "nobody" });

        var refused = await api.PostAsync("runs", Plans.Two);

        Assert.Equal("run-refused", refused.Problem);
    }

    [Fact]
    public async Task Post_ATaskThatTakesTooLong_NamesTaskLimitAndCure()
    {
        await using var api = await Api.StartAsync(new ApiOptions { LongestTask = TimeSpan.FromMinutes(29) });

        var refused = await api.StartAsync("long", Plans.Two.Replace("\"id\": \"next\"", "\"timeout\": \"PT30M\", \"id\": \"next\""));

        Assert.Equal((400, "run-refused"), (refused.Status, refused.Problem));
        Assert.Contains("Task 'next' has a timeout of PT30M; here a task may take PT29M", refused.Detail);
        Assert.Contains("functionTimeout", refused.Detail);
    }

    [Fact]
    public async Task Post_SixteenMebibytes_AreTaken_AndOneByteMoreIsNot()
    {
        await using var api = await Api.StartAsync();

        Assert.Equal(200, (await api.SendAsync(HttpMethod.Post, "plans/validate", Json(Plans.OfBytes(PlanLimits.MaxPlanBytes)))).Status);
        Assert.Equal(202, (await api.SendAsync(HttpMethod.Post, "runs", Json(Plans.OfBytes(PlanLimits.MaxPlanBytes)))).Status);
        foreach (var path in new[] { "runs", "plans/validate" })
        {
            var more = await api.SendAsync(HttpMethod.Post, path, Json(Plans.OfBytes(PlanLimits.MaxPlanBytes + 1)));
            Assert.Equal((413, "too-large"), (more.Status, more.Problem));
        }
    }

    [Theory]
    [InlineData(17)]
    [InlineData(40)]
    public async Task Post_MoreThanIsTaken_WithoutSayingHowMuch_IsCutOff(int mebibytes)
    {
        await using var api = await Api.StartAsync();
        using var content = new Unsized(mebibytes * 1024L * 1024);

        var reply = await api.SendAsync(HttpMethod.Post, "runs", content);

        Assert.Equal((413, "too-large"), (reply.Status, reply.Problem));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=utf-16")]
    public async Task Post_WhatIsNoJsonByItsType_IsRefused(string type)
    {
        await using var api = await Api.StartAsync();
        foreach (var path in new[] { "runs", "plans/validate", "runs/x/cancel" })
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes("{}"));
            content.Headers.TryAddWithoutValidation("Content-Type", type);
            Assert.Equal(415, (await api.SendAsync(HttpMethod.Post, path, content)).Status);
        }
    }

    [Fact]
    public async Task Post_Compressed_IsRefused()
    {
        await using var api = await Api.StartAsync();
        using var content = Json("{}"u8.ToArray());
        content.Headers.ContentEncoding.Add("gzip");

        Assert.Equal(415, (await api.SendAsync(HttpMethod.Post, "runs", content)).Status);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=201")]
    [InlineData("limit=x")]
    [InlineData("limit=99999999999")]
    [InlineData("limit=1&limit=2")]
    [InlineData("state=runing")]
    [InlineData("state=7")]
    public async Task List_WithAWrongParameter_IsRefused(string query)
    {
        await using var api = await Api.StartAsync();

        var wrong = await api.GetAsync($"runs?{query}");

        Assert.Equal((400, "invalid-parameter"), (wrong.Status, wrong.Problem));
    }

    // As they stand in the request line: a client of good manners would not send most of them.
    [Theory]
    [InlineData("/api/runs/../../etc/passwd")]
    [InlineData("/api/runs/%2e%2e/plan.json")]
    [InlineData("/api/runs/..%2f..%2fetc")]
    [InlineData("/api/runs/a%2Fb")]
    [InlineData("/api/runs/a%5Cb")]
    [InlineData("/api/runs/%00")]
    [InlineData("/api/runs/a%1b[31m")]
    [InlineData("/api/runs/a%0d%0aX-Evil:%201")]
    [InlineData("/api/runs/.hidden")]
    [InlineData("/api/runs/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("/api/runs/%E8%A8%88")]
    [InlineData("/api/runs/run/results/..%2f..%2fplan.json")]
    [InlineData("/api/runs/run/documents/../../other/plan.json")]
    [InlineData("/api/runs/run/documents/..%2f..%2fother%2fplan.json")]
    [InlineData("/api/runs/run/documents/%2e%2e/%2e%2e/other/plan.json")]
    [InlineData("/api/runs/run/documents/a//b")]
    [InlineData("/api/runs/run/documents/a%00")]
    [InlineData("/api/runs/run/artifacts/plan.json")]
    [InlineData("/api/runs/run/artifacts/..%2fplan.json")]
    public async Task Get_AnAttackOnNames_TouchesNothing(string path)
    {
        await using var api = await Api.StartAsync();
        List<string> read = [];
        await api.Store.CreateAsync("runs/other/plan.json", "secret"u8.ToArray(), default);
        api.Store.Reading = read.Add;

        var reply = await RawAsync(api.Address, $"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.Matches("^HTTP/1.1 (400|404) ", reply);
        Assert.DoesNotContain("secret", reply);
        Assert.DoesNotContain("X-Evil", reply.Split("\r\n\r\n")[0]);
        Assert.DoesNotContain('\u001b', reply);
        Assert.Empty(read);
    }

    [Fact]
    public async Task Post_ABodyThatNeverComes_IsGivenUpWithItsClient()
    {
        await using var api = await Api.StartAsync();
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(api.Address.Host, api.Address.Port);
            await client.GetStream().WriteAsync("POST /api/runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{ "u8.ToArray());
        }

        // It neither harms the next one nor has written anything.
        Assert.Equal(200, (await api.GetAsync("runs")).Status);
        Assert.Empty(api.Store.Behind.Blobs);
    }

    [Theory]
    [InlineData("DELETE", "runs/x", "GET")]
    [InlineData("PUT", "runs", "POST, GET")]
    [InlineData("GET", "runs/x/cancel", "POST")]
    [InlineData("POST", "health", "GET")]
    public async Task AnotherMethod_IsToldWhichThereAre(string method, string path, string allowed)
    {
        await using var api = await Api.StartAsync();

        var reply = await api.SendAsync(new HttpMethod(method), path, null);

        Assert.Equal((405, "method-not-allowed"), (reply.Status, reply.Problem));
        Assert.Equal(allowed, string.Join(", ", reply.ContentHeaders.Allow));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing")]
    [InlineData("runs/x/nothing")]
    public async Task AnotherPath_IsNotFound(string path)
    {
        await using var api = await Api.StartAsync();

        Assert.Equal((404, "no-such-path"), ((await api.GetAsync(path)) is var reply ? reply.Status : 0, reply.Problem));
    }

    [Fact]
    public async Task AnErrorThatNothingForesees_SaysNothingOfTheInside()
    {
        await using var api = await Api.StartAsync();
        api.Store.Reading = _ => throw new InvalidOperationException("secret inside");

        var reply = await api.GetAsync("runs/x/manifest");

        Assert.Equal((500, "unexpected"), (reply.Status, reply.Problem));
        Assert.DoesNotContain("secret", reply.Text);
    }

    [Fact]
    public async Task WhereEntraLetsIn_ARequestWithoutAPrincipalIsRefused_ButForHealth()
    {
        await using var api = await Api.StartAsync(new ApiOptions { AsksForPrincipal = true });

        Assert.Equal((401, "not-signed-in"), ((await api.GetAsync("runs")) is var reply ? reply.Status : 0, reply.Problem));
        Assert.Equal(200, (await api.GetAsync("health")).Status);
        Assert.Equal(200, (await api.GetAsync("openapi.json")).Status);
        api.Client.DefaultRequestHeaders.Add("X-MS-CLIENT-PRINCIPAL", "e30=");
        Assert.Equal(200, (await api.GetAsync("runs")).Status);
    }

    private static ByteArrayContent Json(byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new("application/json");
        return content;
    }

    private static async Task<string> RawAsync(Uri address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    /// <summary>White space without end, or nearly, of a length that is not told.</summary>
    private sealed class Unsized : HttpContent
    {
        private readonly long bytes;

        internal Unsized(long bytes)
        {
            this.bytes = bytes;
            Headers.ContentType = new("application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var spaces = new byte[64 * 1024];
            spaces.AsSpan().Fill((byte)' ');
            try
            {
                for (var left = bytes; left > 0; left -= spaces.Length)
                    await stream.WriteAsync(spaces);
            }
            catch (IOException)
            {
                // The server has heard enough.
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
