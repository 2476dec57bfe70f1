using System.Text;
using System.Text.Json.Nodes;
using Miyabi.Cli.Remote;
using Miyabi.Cli.Tests.View;
using Miyabi.Cli.View;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Web.Contracts;
using Spectre.Console;

namespace Miyabi.Cli.Tests.Remote;

/// <summary>A view that comes over the network holds what renderers rely on, or is refused.</summary>
public sealed class ReceivedRunTests
{
    private const string Id = "run-1";

    public static TheoryData<string, string> Impossible => new()
    {
        { "$.run", "\"other\"" },
        { "$.run", "\"\\u001b[2J\"" },
        { "$.plan", "null" },
        { "$.state", "\"unreadable\"" },
        { "$.state", "\"dancing\"" },
        { "$.progress", "1e300" },
        { "$.progress", "-1" },
        { "$.wave", "99" },
        { "$.step", "-1" },
        { "$.counts", "null" },
        { "$.counts.accepted", "-3" },
        { "$.usage", "null" },
        { "$.tasks", "[]" },
        { "$.tasks", "null" },
        { "$.tasks[0]", "null" },
        { "$.tasks[0].id", "\"\\u001b]0;x\\u0007\"" },
        { "$.tasks[0].id", "\"T-2\"" },
        { "$.tasks[0].id", "null" },
        { "$.tasks[0].title", "null" },
        { "$.tasks[0].agent", "\"a b\"" },
        { "$.tasks[0].progress", "2" },
        { "$.tasks[0].startedAt", "\"yesterday\"" },
        { "$.tasks[0].phase", "7" },
        { "$.agents", "[]" },
        { "$.agents[0].id", "\"\\u202e\"" },
        { "$.agents[0].provider", "null" },
        { "$.agents[0].tasks", "[\"nobody\"]" },
        { "$.agents[0].tasks", "null" },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public async Task View_ThatNoRunHas_IsRefused(string path, string value)
    {
        await using var server = await WireServer.StartAsync(200, "application/json", With(path, value));
        using var app = Apps.Of(server.Url);
        await Assert.ThrowsAsync<StoreException>(() => app.ReadRunAsync(Id, default));
    }

    [Fact]
    public async Task View_OfARun_IsTakenAndPrintedAsItWas()
    {
        var json = ContractJson.Of(View(2));
        await using var server = await WireServer.StartAsync(200, "application/json; charset=utf-8", json);
        using var app = Apps.Of(server.Url);
        Assert.Equal(json, ContractJson.Of(await app.ReadRunAsync(Id, default)));
    }

    [Fact]
    public async Task View_WithHostileTexts_IsShownTame()
    {
        const string Nasty = "\\u001b[2J\\u202e\\u0007\\n\\u2028 x";
        var view = With("$.tasks[0].title", $"\"{Nasty}\"", "$.tasks[0].reason", $"\"{Nasty}\"", "$.tasks[0].provider", $"\"{Nasty}\"", "$.plan", $"\"{Nasty}\"", "$.agents[0].provider", $"\"{Nasty}\"");
        await using var server = await WireServer.StartAsync(200, "application/json", view);
        using var app = Apps.Of(server.Url);
        var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 80;

        RunSummaryRenderer.Render(console, await app.ReadRunAsync(Id, default));

        NastyRun.AssertTame(output.ToString().Split('\n').Select(line => line.TrimEnd('\r')), 80);
    }

    private static RunView View(int steps)
    {
        var projection = new RunProjection(SmallRun.Plan);
        foreach (var step in SmallRun.Failing.Take(steps))
            projection.Apply(step);
        return projection.View();
    }

    private static string With(params string[] changes)
    {
        var json = JsonNode.Parse(ContractJson.Of(View(2)))!;
        foreach (var change in changes.Chunk(2))
        {
            var at = json;
            var names = change[0][2..].Replace("[0]", ".0", StringComparison.Ordinal).Split('.');
            foreach (var name in names[..^1])
                at = name == "0" ? at![0] : at![name];
            if (names[^1] == "0")
                at!.AsArray()[0] = JsonNode.Parse(change[1]);
            else
                at![names[^1]] = JsonNode.Parse(change[1]);
        }

        return json.ToJsonString();
    }
}
