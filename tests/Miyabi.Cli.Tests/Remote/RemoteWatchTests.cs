using System.Text.Json.Nodes;
using Miyabi.Cli.Tests.EndToEnd;

namespace Miyabi.Cli.Tests.Remote;

/// <summary>What a watch says when nothing comes from an app any more.</summary>
public sealed class RemoteWatchTests(RemoteReadingTests.Finished finished) : IClassFixture<RemoteReadingTests.Finished>
{
    [Fact]
    public async Task Watch_OfARunThatNobodyCarriesOutAnyMore_SaysSoOnceAndHowItGoesOn()
    {
        var ended = JsonNode.Parse((await finished.App.RunAsync("status", "hello-1", "--json")).Output)!.AsObject();
        ended.Remove("carriedOutBy");
        var running = ended.DeepClone().AsObject();
        running["state"] = "running";
        running.Remove("endedAt");
        var (pages, isOver) = (0, false);
        await using var server = await WireServer.StartAsync(context =>
        {
            if (!context.Request.Path.Value!.EndsWith("/events", StringComparison.Ordinal))
                return WireServer.JsonAsync(context, (isOver ? ended : running).ToJsonString());
            isOver = ++pages == 4;
            var stands = pages is 1 or 2 ? """, "standing": "stalled" """ : "";
            return WireServer.JsonAsync(context, $$"""{ "items": [], "next": "c", "ended": {{(isOver ? "true" : "false")}}{{stands}} }""");
        });
        using var sandbox = new CliSandbox();

        var watched = await sandbox.RunAsync("watch", "hello-1", "--url", server.Url);

        Assert.True(watched.Code == 0, watched.ToString());
        Assert.Equal($"miyabi: What carried run hello-1 out has ended before the run did. Have it go on: miyabi resume hello-1 --url {server.Url}\n", watched.Error);
    }
}
