using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Testing;
using Miyabi.Testing.Orchestration;
using Miyabi.Core.Verification;
using Miyabi.Web.Tests.Hosting;

namespace Miyabi.Web.Tests;

public sealed class ResultTests
{
    private static readonly byte[] File = Encoding.UTF8.GetBytes("<script>alert(1)</script>");

    [Fact]
    public async Task Results_OfARun_AreListedAndGivenAsTheyWereSealed()
    {
        await using var api = await CarriedOutAsync();

        var list = (await api.GetAsync("runs/run/results")).Json.GetProperty("results");
        var result = await api.GetAsync("runs/run/results/one");

        Assert.Equal(["one", "next"], list.EnumerateArray().Select(one => one.GetProperty("task").GetString()));
        Assert.False(list[0].TryGetProperty("output", out _));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File)), list[0].GetProperty("files")[0].GetProperty("sha256").GetString());
        Assert.Equal(api.Store.Behind.Blobs["runs/run/results/one_result.json"], result.Body);
        Assert.Equal(list[0].GetProperty("payloadDigest").GetString(), result.Json.GetProperty("document").GetProperty("payloadDigest").GetString());
    }

    [Fact]
    public async Task Results_OfAChecksName_AreGivenAsTheyWereSealed()
    {
        await using var api = await Api.StartAsync(new ApiOptions
        {
            Script = (_, _, _) => Task.FromResult(new AgentResult { Output = JsonElement.Parse("""{ "verdict": "accept", "findings": [] }""") }),
        });
        await api.CarryOutAsync("run", Plans.Reviewed);

        var result = await api.GetAsync("runs/run/results/one~review-1");

        Assert.Equal(api.Store.Behind.Blobs["runs/run/checks/one/1/review/1/result.json"], result.Body);
        Assert.Equal(404, (await api.GetAsync("runs/run/results/one~gate-1")).Status);
        Assert.Equal(400, (await api.GetAsync("runs/run/results/one~review-01")).Status);
        var events = (await api.GetAsync("runs/run/events")).Json.GetProperty("items").EnumerateArray();
        Assert.Contains("one~review-1", events.SelectMany(one => one.TryGetProperty("started", out var started) ? started.EnumerateArray().Select(start => start.GetProperty("task").GetString()) : []));
    }

    [Fact]
    public async Task Results_ByPages_AreInThePlansOrder()
    {
        await using var api = await CarriedOutAsync();

        var first = (await api.GetAsync("runs/run/results?limit=1")).Json;
        var second = (await api.GetAsync($"runs/run/results?limit=1&after={first.GetProperty("next").GetString()}")).Json;

        Assert.Equal(("one", "next"), (first.GetProperty("results")[0].GetProperty("task").GetString(), second.GetProperty("results")[0].GetProperty("task").GetString()));
        Assert.False(second.TryGetProperty("next", out _));
    }

    [Fact]
    public async Task Artifact_IsGivenAsAFileThatNoBrowserRuns()
    {
        await using var api = await CarriedOutAsync();

        var reply = await api.GetAsync($"runs/run/artifacts/{Convert.ToHexStringLower(SHA256.HashData(File))}");

        Assert.Equal(File, reply.Body);
        Assert.Equal("application/octet-stream", reply.Type);
        Assert.Equal("attachment", reply.ContentHeaders.ContentDisposition!.DispositionType);
        Assert.Equal("nosniff", Assert.Single(reply.Headers.GetValues("X-Content-Type-Options")));
    }

    [Fact]
    public async Task Manifest_IsGivenAsItWasSealed_WhenTheRunHasEnded()
    {
        await using var api = await CarriedOutAsync();
        await api.StartAsync("gated", Plans.Gated);

        Assert.Equal(api.Store.Behind.Blobs["runs/run/manifest-1.json"], (await api.GetAsync("runs/run/manifest")).Body);
        Assert.Equal("no-manifest", (await api.GetAsync("runs/gated/manifest")).Problem);
        Assert.Equal("no-result", (await api.GetAsync("runs/gated/results/next")).Problem);
        Assert.Equal("no-result", (await api.GetAsync("runs/gated/results/nope")).Problem);
        Assert.Equal("no-artifact", (await api.GetAsync($"runs/run/artifacts/{new string('0', 64)}")).Problem);
    }

    // What a run is proven with needs nothing but what the API gives.
    [Fact]
    public async Task Documents_FetchedOneByOne_AreProvenElsewhere()
    {
        await using var api = await CarriedOutAsync();
        var elsewhere = new InMemoryBlobStore();

        foreach (var document in (await api.GetAsync("runs/run/documents")).Json.GetProperty("documents").EnumerateArray())
        {
            var name = document.GetProperty("name").GetString()!;
            var body = (await api.GetAsync($"runs/run/documents/{name}")).Body;
            Assert.Equal(document.GetProperty("bytes").GetInt64(), body.Length);
            await elsewhere.CreateAsync($"runs/run/{name}", body, default);
        }

        Assert.True((await new RunVerifier(elsewhere, Api.Trust).VerifyAsync("run", null, default)).IsProven);
    }

    [Fact]
    public async Task Documents_OfVeryMany_ComeByPages()
    {
        await using var api = await Api.StartAsync();
        for (var i = 0; i < 5_001; i++)
            await api.Store.CreateAsync($"runs/run/events/w-{i + 1}.ndjson", default, default);

        var first = (await api.GetAsync("runs/run/documents")).Json;
        var second = (await api.GetAsync($"runs/run/documents?after={first.GetProperty("next").GetString()}")).Json;

        Assert.Equal((5_000, 1), (first.GetProperty("documents").GetArrayLength(), second.GetProperty("documents").GetArrayLength()));
        Assert.Equal("invalid-parameter", (await api.GetAsync("runs/run/documents?after=../x")).Problem);
    }

    [Fact]
    public async Task Keys_GivesThePublicKeyAlone()
    {
        await using var api = await Api.StartAsync();

        var key = (await api.GetAsync("keys")).Json;

        Assert.Equal(api.Services.KeyId, key.GetProperty("keyId").GetString());
        Assert.Contains("PUBLIC KEY", key.GetProperty("pem").GetString());
    }

    private static async Task<Api> CarriedOutAsync()
    {
        var api = await Api.StartAsync(new ApiOptions
        {
            Script = (request, _, _) => Task.FromResult(ScriptedProvider.Success(request) with { Files = request.Task.Id == "one" ? [new AgentFile("out/x.html", File)] : [] }),
        });
        await api.CarryOutAsync("run", Plans.Two);
        return api;
    }
}
