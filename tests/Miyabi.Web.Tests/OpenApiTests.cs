using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Miyabi.Web.Tests.Hosting;

namespace Miyabi.Web.Tests;

public sealed class OpenApiTests
{
    [Fact]
    public void Description_HasWhatIsMapped_AndNothingElse()
    {
        using var app = WebApplication.CreateSlimBuilder().Build() as IDisposable;
        var endpoints = (IEndpointRouteBuilder)app;
        endpoints.MapMiyabiApi(new ApiHandlers(new ApiServices
        {
            Runs = null!,
            Store = null!,
            Providers = _ => null,
            ProviderNames = [],
            KeyId = "",
            PublicKeyPem = "",
        }), _ => null!);
        var mapped = endpoints.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>() is not null)
            .Select(endpoint => $"{endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Single()} /{endpoint.RoutePattern.RawText!.TrimStart('/')}")
            .Order(StringComparer.Ordinal).ToList();

        Assert.Equal(mapped, ApiRoutes.Operations.Select(operation => $"{operation.Method} /api/{operation.Route}").Order(StringComparer.Ordinal));
        Assert.Equal(mapped, Description.Operations.Select(operation => $"{operation.Method} /api{operation.Path.Replace("{path}", "{*path}", StringComparison.Ordinal)}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Description_IsServed()
    {
        await using var api = await Api.StartAsync();

        var reply = await api.GetAsync("openapi.json");

        Assert.Equal("3.1.0", reply.Json.GetProperty("openapi").GetString());
        Assert.True(JsonNode.DeepEquals(Description.Document, JsonNode.Parse(reply.Body)));
    }

    // What commands print and the API answers are one form: here it is held together.
    [Theory]
    [InlineData("run", "Run")]
    [InlineData("list", "Runs")]
    [InlineData("results", "Results")]
    [InlineData("control", "ControlAnswer")]
    [InlineData("plan", "PlanAnswer")]
    public void Schemas_AreThoseOfTheCommands(string contract, string schema)
    {
        var published = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "schemas", $"{contract}.schema.json")))!;
        var described = Description.Document["components"]!["schemas"]!;

        foreach (var (name, property) in published["properties"]!.AsObject().Where(property => property.Key != "carriedOutBy"))
            Assert.True(JsonNode.DeepEquals(Rewritten(property!), described[schema]!["properties"]![name]), $"{schema}.{name}");
        foreach (var (name, definition) in published["$defs"]?.AsObject() ?? [])
            Assert.True(JsonNode.DeepEquals(Rewritten(definition!), described[Upper(name)]), name);
    }

    // One scenario in which each operation answers in each way that is described. What an answer holds is checked as it passes.
    [Fact]
    public async Task EveryDescribedStatus_IsSeen()
    {
        await using var api = await Api.StartAsync();
        await using var closed = await Api.StartAsync(new ApiOptions { AsksForPrincipal = true });
        await api.CarryOutAsync("done", Plans.Two);
        await api.StartAsync("done", Plans.Two);
        await api.CarryOutAsync("bad", Plans.Two);
        await api.StartAsync("gated", Plans.Gated.Replace("\"tasks\": [", """ "tasks": [ { "id": "second", "agent": "A", "approval": { "message": "Too?" } }, """));
        await api.UntilAsync("gated", run => run.GetProperty("counts").GetProperty("awaitingApproval").GetInt32() == 2);
        await api.StartAsync("asked", Plans.Gated);
        await api.UntilAsync("asked", run => run.GetProperty("counts").GetProperty("awaitingApproval").GetInt32() == 1);
        var sha256 = new string('a', 64);
        await api.Store.CreateAsync($"runs/bad/artifacts/{sha256}", "x"u8.ToArray(), default);
        var empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        await api.Store.CreateAsync($"runs/done/artifacts/{empty}", default, default);
        string[] controls = ["suspend", "resume", "tasks/gated/approve", "tasks/second/reject", "cancel", "retry"];
        string[] gets = ["", "/events", "/results", "/results/one", "/manifest"];

        foreach (var get in gets.Append("/documents").Append("/documents/plan.json").Append($"/artifacts/{empty}"))
            await ExpectAsync(200, api.GetAsync($"runs/done{get}"));
        foreach (var get in new[] { "runs", "keys", "health", "openapi.json" })
            await ExpectAsync(200, api.GetAsync(get));
        await ExpectAsync(200, api.PostAsync("plans/validate", Plans.Two));
        var end = (await api.GetAsync("runs/done/events")).Json.GetProperty("next").GetString();
        await ExpectAsync(204, api.GetAsync($"runs/done/events?after={end}", "text/event-stream"));
        foreach (var control in controls)
        {
            // One question of the run that is cancelled stays open, so that it cannot end before.
            await ExpectAsync(202, api.PostAsync($"runs/{(control.EndsWith("approve", StringComparison.Ordinal) ? "asked" : "gated")}/{control}"));
            if (control == "cancel")
                await api.UntilStateAsync("gated", "cancelled");
        }

        foreach (var get in gets.Append("/documents").Append("/documents/plan.json").Append($"/artifacts/{sha256}"))
        {
            await ExpectAsync(400, api.GetAsync($"runs/-{get}"));
            await ExpectAsync(404, api.GetAsync($"runs/none{get}"));
            await ExpectAsync(401, closed.GetAsync($"runs/done{get}"));
        }

        await ExpectAsync(400, api.GetAsync("runs?limit=0"));
        foreach (var get in new[] { "runs", "keys" })
            await ExpectAsync(401, closed.GetAsync(get));
        foreach (var post in controls.Select(control => $"runs/done/{control}").Append("runs").Append("plans/validate"))
        {
            await ExpectAsync(401, closed.PostAsync(post, "{}"));
            await ExpectAsync(400, api.PostAsync(post, "["));
            await ExpectAsync(415, api.SendAsync(HttpMethod.Post, post, new StringContent("x")));
            await ExpectAsync(413, api.SendAsync(HttpMethod.Post, post, Large()));
        }

        foreach (var control in controls)
        {
            await ExpectAsync(404, api.PostAsync($"runs/none/{control}"));
            await ExpectAsync(409, api.PostAsync($"runs/done/{control}"));
        }

        await ExpectAsync(409, api.StartAsync("done", Plans.Gated));
        await ExpectAsync(409, api.GetAsync($"runs/bad/artifacts/{sha256}"));
        foreach (var name in new[] { "plan.json", "steps/1.json", "manifest-1.json", "results/one_result.json" })
            await api.Store.ReplaceAsync($"runs/bad/{name}", "{}"u8.ToArray(), default);
        foreach (var get in gets)
            await ExpectAsync(409, api.GetAsync($"runs/bad{get}"));
        api.Store.IsOverfull = true;
        await ExpectAsync(409, api.GetAsync("runs/done/documents/plan.json"));
        api.Store.IsOverfull = false;

        api.Store.IsAway = true;
        foreach (var get in gets.Append("/documents").Append("/documents/plan.json").Append($"/artifacts/{sha256}"))
            await ExpectAsync(503, api.GetAsync($"runs/done{get}"));
        foreach (var control in controls)
            await ExpectAsync(503, api.PostAsync($"runs/done/{control}"));
        await ExpectAsync(503, api.GetAsync("runs"));
        await ExpectAsync(503, api.StartAsync("done", Plans.Two));
        closed.Store.IsAway = true;
        await ExpectAsync(503, closed.GetAsync("health"));

        var seen = api.Described.Seen.Keys.Concat(closed.Described.Seen.Keys).ToHashSet();
        var described = Description.Operations.SelectMany(operation => operation.Statuses.Select(status => (operation.Id, status)));
        Assert.Empty(described.Except(seen));

        static async Task ExpectAsync(int status, Task<Reply> asked)
        {
            var reply = await asked;
            Assert.True(reply.Status == status, $"{status} was expected: {reply.Status} {reply.Text}");
        }

        static ByteArrayContent Large()
        {
            var content = new ByteArrayContent(new byte[(16 * 1024 * 1024) + 1]);
            content.Headers.ContentType = new("application/json");
            return content;
        }
    }

    private static JsonNode Rewritten(JsonNode node) => JsonNode.Parse(System.Text.RegularExpressions.Regex.Replace(
        node.ToJsonString(), "\"#/\\$defs/(?<first>.)", found => $"\"#/components/schemas/{found.Groups["first"].Value.ToUpperInvariant()}", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(5)))!;

    private static string Upper(string name) => char.ToUpperInvariant(name[0]) + name[1..];
}
