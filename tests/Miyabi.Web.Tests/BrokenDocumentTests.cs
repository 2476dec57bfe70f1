using System.Text;
using Miyabi.Core.Ledger;
using Miyabi.Web.Tests.Hosting;

namespace Miyabi.Web.Tests;

public sealed class BrokenDocumentTests
{
    [Theory]
    [InlineData("plan.json", "runs/run")]
    [InlineData("plan.json", "runs/run/results")]
    [InlineData("steps/1.json", "runs/run")]
    [InlineData("steps/1.json", "runs/run/events")]
    [InlineData("results/one_result.json", "runs/run/results")]
    [InlineData("results/one_result.json", "runs/run/results/one")]
    [InlineData("manifest-1.json", "runs/run/manifest")]
    public async Task Get_WhatRestsOnAnAlteredDocument_NamesIt(string document, string path)
    {
        await using var api = await Api.StartAsync();
        await api.CarryOutAsync("run", Plans.Two);
        await AlterAsync(api, document);

        var reply = await api.GetAsync(path);

        Assert.Equal((409, "broken-document", document), (reply.Status, reply.Problem, reply.Json.GetProperty("document").GetString()));
        Assert.Equal("run", reply.Json.GetProperty("run").GetString());
    }

    [Fact]
    public async Task Post_OfARunWhosePlanWasAltered_NamesItAndStartsNothing()
    {
        await using var api = await Api.StartAsync();
        await api.CarryOutAsync("run", Plans.Two);
        await AlterAsync(api, "plan.json");

        Assert.Equal("broken-document", (await api.StartAsync("run", Plans.Two)).Problem);
        Assert.Equal("broken-document", (await api.PostAsync("runs/run/cancel")).Problem);
        Assert.Single(api.Engine.Starts);
    }

    [Fact]
    public async Task Get_AnArtifactThatWasAltered_NamesIt()
    {
        await using var api = await Api.StartAsync();
        var sha256 = new string('a', 64);
        await api.Store.CreateAsync($"runs/run/artifacts/{sha256}", "other"u8.ToArray(), default);

        var reply = await api.GetAsync($"runs/run/artifacts/{sha256}");

        Assert.Equal((409, "broken-document", $"artifacts/{sha256}"), (reply.Status, reply.Problem, reply.Json.GetProperty("document").GetString()));
    }

    [Fact]
    public async Task List_WithARunThatCannotBeRead_HasTheOthers()
    {
        await using var api = await Api.StartAsync();
        await api.CarryOutAsync("bad", Plans.Two);
        await api.CarryOutAsync("good", Plans.Two);
        await AlterAsync(api, "plan.json", "bad");

        var runs = (await api.GetAsync("runs")).Json.GetProperty("runs").EnumerateArray().ToList();

        Assert.Equal(["unreadable", "succeeded"], runs.Select(run => run.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task Get_TheAlteredDocumentItself_GivesItAsItIs()
    {
        await using var api = await Api.StartAsync();
        await api.CarryOutAsync("run", Plans.Two);
        await AlterAsync(api, "steps/1.json");

        var reply = await api.GetAsync("runs/run/documents/steps/1.json");

        Assert.Equal(api.Store.Behind.Blobs["runs/run/steps/1.json"], reply.Body);
    }

    private static async Task AlterAsync(Api api, string document, string run = "run")
    {
        var name = LedgerPath.Run(run) + document;
        var text = Encoding.UTF8.GetString(api.Store.Behind.Blobs[name]);
        await api.Store.ReplaceAsync(name, Encoding.UTF8.GetBytes(text.Replace("\"run\"", "\"run \"", StringComparison.Ordinal)), default);
    }
}
