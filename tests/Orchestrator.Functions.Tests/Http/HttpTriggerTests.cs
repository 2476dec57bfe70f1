using System.Reflection;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Testing;
using Miyabi.Web;
using Moq;

namespace Orchestrator.Functions.Tests.Http;

/// <summary>The triggers: that each operation of the API has one, and that they hand on what they were given. What is answered is tested in Miyabi.Web.Tests.</summary>
public sealed class HttpTriggerTests
{
    private const string Plan = """{ "name": "p", "version": 1, "agents": [ { "id": "A", "kind": "claude" } ], "tasks": [ { "id": "one", "agent": "A" } ] }""";

    private readonly Mock<DurableTaskClient> client = new("test");

    private static List<(MethodInfo Method, HttpTriggerAttribute Trigger)> Triggers =>
    [
        .. from type in typeof(HttpRuns).Assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
           from parameter in method.GetParameters()
           let trigger = parameter.GetCustomAttribute<HttpTriggerAttribute>()
           where trigger is not null
           select (method, trigger),
    ];

    [Fact]
    public void EveryOperation_HasOneTrigger_AndNothingElseDoes()
    {
        var triggered = Triggers
            .SelectMany(one => one.Trigger.Methods!.Select(method => $"{method.ToUpperInvariant()} {one.Trigger.Route}"));

        Assert.Equal(ApiRoutes.Operations.Select(operation => $"{operation.Method} {operation.Route}").Order(StringComparer.Ordinal), triggered.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void EveryTrigger_AsksForAKey_ButHealthAndTheDescription() => Assert.Equal(
        [ApiRoutes.Health, ApiRoutes.OpenApi],
        Triggers.Where(one => one.Trigger.AuthLevel != AuthorizationLevel.Function).Select(one => one.Trigger.Route!).Order(StringComparer.Ordinal));

    [Fact]
    public void EveryTrigger_BindsWhatItsRouteHas()
    {
        foreach (var (method, trigger) in Triggers)
        {
            var named = method.GetParameters().Where(parameter => parameter.ParameterType == typeof(string)).Select(parameter => parameter.Name!);
            var inRoute = trigger.Route!.Split('/').Where(segment => segment.StartsWith('{')).Select(segment => segment.Trim('{', '*', '}'));
            Assert.Equal(inRoute, named);
        }
    }

    [Fact]
    public void EveryFunction_HasANameOfItsOwn()
    {
        var names = typeof(HttpRuns).Assembly.GetTypes().SelectMany(type => type.GetMethods()).Select(method => method.GetCustomAttribute<FunctionAttribute>()?.Name).OfType<string>().ToList();
        Assert.Equal(names.Distinct(StringComparer.OrdinalIgnoreCase), names);
    }

    [Fact]
    public async Task Start_SchedulesTheRunsFirstInstance()
    {
        await using var app = await AppAsync();
        var runs = new HttpRuns(app.GetRequiredService<ApiHandlers>());

        var (status, body) = await AnswerAsync(Request($$"""{ "plan": {{Plan}}, "runId": "r" }"""), request => runs.StartAsync(request, client.Object, default));

        Assert.Equal((202, "r~1"), (status, body.GetProperty("instance").GetString()));
        client.Verify(hub => hub.ScheduleNewOrchestrationInstanceAsync(
            It.Is<TaskName>(name => name.Name == RunPlanFunction.Name),
            It.Is<RunInput>(input => input.Run == "r" && input.Owner == 1),
            It.Is<StartOrchestrationOptions>(options => options.InstanceId == "r~1"),
            It.IsAny<CancellationToken>()));
        Assert.Equal("waiting", (await AnswerAsync(Request(), request => runs.GetAsync(request, "r", default))).Body.GetProperty("state").GetString());
        Assert.Equal("r", (await AnswerAsync(Request(), request => runs.ListAsync(request, default))).Body.GetProperty("runs")[0].GetProperty("run").GetString());
    }

    [Fact]
    public async Task Start_WhenTheHubIsAway_IsToldToComeAgain_AndTheSweepStartsIt()
    {
        var clock = new ManualTimeProvider();
        await using var app = await AppAsync(clock);
        var runs = new HttpRuns(app.GetRequiredService<ApiHandlers>());
        client.Setup(hub => hub.GetInstanceAsync(It.IsAny<string>(), false, It.IsAny<CancellationToken>())).ThrowsAsync(new InvalidOperationException("gone"));
        client.Setup(hub => hub.ScheduleNewOrchestrationInstanceAsync(It.IsAny<TaskName>(), It.IsAny<object>(), It.IsAny<StartOrchestrationOptions>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new InvalidOperationException("gone"));
        Assert.Equal(503, (await AnswerAsync(Request($$"""{ "plan": {{Plan}}, "runId": "r" }"""), request => runs.StartAsync(request, client.Object, default))).Status);

        client.Reset();
        clock.Advance(RunSweep.Grace);
        await new SweepFunction(app.GetRequiredService<RunSweep>(), NullLogger<SweepFunction>.Instance).RunAsync(new TimerInfo(), client.Object, default);

        client.Verify(hub => hub.ScheduleNewOrchestrationInstanceAsync(
            It.IsAny<TaskName>(), It.IsAny<object>(), It.Is<StartOrchestrationOptions>(options => options.InstanceId == "r~1"), It.IsAny<CancellationToken>()));
    }

    [Fact]
    public async Task Cancel_WritesItDownAndWakesTheInstance()
    {
        await using var app = await AppAsync();
        var handlers = app.GetRequiredService<ApiHandlers>();
        await AnswerAsync(Request($$"""{ "plan": {{Plan}}, "runId": "r" }"""), request => new HttpRuns(handlers).StartAsync(request, client.Object, default));
        client.Setup(hub => hub.GetInstanceAsync("r~1", false, It.IsAny<CancellationToken>()))
            .ReturnsAsync(new OrchestrationMetadata("RunPlan", "r~1") { RuntimeStatus = OrchestrationRuntimeStatus.Running });

        var (status, body) = await AnswerAsync(Request(), request => new HttpControls(handlers).CancelAsync(request, "r", client.Object, default));

        Assert.Equal((202, "control/1-cancel.json"), (status, body.GetProperty("document").GetString()));
        client.Verify(hub => hub.RaiseEventAsync("r~1", ActivityNames.ControlEvent, It.IsAny<object>(), It.IsAny<CancellationToken>()));
    }

    [Fact]
    public async Task Health_AsksTheHub()
    {
        await using var app = await AppAsync();

        var (status, body) = await AnswerAsync(Request(), request => new HttpHealth(app.GetRequiredService<ApiHandlers>()).HealthAsync(request, client.Object, default));

        Assert.Equal((200, "ok"), (status, body.GetProperty("engine").GetString()));
        client.Verify(hub => hub.GetInstanceAsync(It.IsAny<string>(), false, It.IsAny<CancellationToken>()));
    }

    // The host takes the first route that fits, in the order of the functions' names: one that stands for any rest must come after what is below it.
    [Fact]
    public void ARouteForAnyRest_ComesAfterThoseThatItWouldTakeAway()
    {
        var inOrder = Triggers.OrderBy(one => one.Method.GetCustomAttribute<FunctionAttribute>()!.Name, StringComparer.OrdinalIgnoreCase).Select(one => one.Trigger.Route!).ToList();

        foreach (var (route, at) in inOrder.Select((route, at) => (route, at)).Where(one => one.route.Contains("{*", StringComparison.Ordinal)))
            Assert.DoesNotContain(inOrder.Skip(at + 1), other => $"{other}/".StartsWith(route[..route.IndexOf("{*", StringComparison.Ordinal)], StringComparison.Ordinal));
    }

    // Its own limit is below ours, and would be told as an error of the app.
    [Fact]
    public async Task WebServer_LeavesTheSizeOfBodiesToTheHandlers()
    {
        await using var app = await AppAsync();
        Assert.Null(app.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits.MaxRequestBodySize);
    }

    private static async Task<ServiceProvider> AppAsync(TimeProvider? clock = null)
    {
        var settings = AppSettings.Read(Settings.Of(("Store", Directory.CreateTempSubdirectory("miyabi-test-").FullName), ("SigningKey", Settings.NewKey()), ("Providers:claude", "simulated")), "no-host.json");
        var services = new ServiceCollection();
        services.AddLogging();
        await services.AddOrchestratorAsync(settings);
        // In memory: what is tested is what triggers do.
        services.AddSingleton<IBlobStore>(new InMemoryBlobStore());
        services.AddSingleton(clock ?? TimeProvider.System);
        return services.BuildServiceProvider();
    }

    private static HttpRequest Request(string? json = null)
    {
        var context = new DefaultHttpContext();
        context.Response.Body = new MemoryStream();
        context.Request.Method = json is null ? "GET" : "POST";
        context.Request.ContentLength = 0;
        if (json is null)
            return context.Request;
        var bytes = Encoding.UTF8.GetBytes(json);
        (context.Request.Body, context.Request.ContentLength, context.Request.ContentType) = (new MemoryStream(bytes), bytes.Length, "application/json");
        return context.Request;
    }

    private static async Task<(int Status, JsonElement Body)> AnswerAsync(HttpRequest request, Func<HttpRequest, Task<IResult>> trigger)
    {
        await (await trigger(request)).ExecuteAsync(request.HttpContext);
        var response = request.HttpContext.Response;
        return (response.StatusCode, JsonDocument.Parse(((MemoryStream)response.Body).ToArray()).RootElement);
    }
}
