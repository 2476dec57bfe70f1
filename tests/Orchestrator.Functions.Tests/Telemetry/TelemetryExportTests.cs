using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miyabi.Core.Agents;
using Miyabi.Core.FrontDoor;
using Miyabi.Testing.Runs;
using Miyabi.Testing.Telemetry;
using OpenTelemetry.Trace;
using Orchestrator.Functions.Telemetry;

namespace Orchestrator.Functions.Tests.Telemetry;

public sealed class TelemetryExportTests
{
    private const string TraceId = "5bd9c2a86fca4b39a1c3b3b6ac1c0f11";

    private const string Plan = """
        { "name": "exported", "version": 1,
          "agents": [ { "id": "A", "kind": "claude" } ],
          "tasks": [ { "id": "one", "agent": "A", "prompt": "MARKER-prompt", "writes": [ "MARKER/**" ] } ] }
        """;

    [Fact]
    public async Task Otlp_TakesTheRunFromItsStartToItsAgent_AndNobodysWords()
    {
        using var receiver = new OtlpReceiver();
        using (var app = Build(receiver.Settings))
        {
            await app.StartAsync();
            var run = await HostedRun.AcceptAsync(
                Plan,
                (_, _, _) => Task.FromResult(new AgentResult
                {
                    Output = System.Text.Json.JsonSerializer.SerializeToElement("MARKER-output"),
                    Files = [new AgentFile("MARKER/file", "MARKER-content"u8.ToArray())],
                }),
                observer: new RunLog(new SilentObserver(), app.Services.GetRequiredService<ILogger<RunLog>>()));

            var start = await run.Starts().EnsureAsync(HostedRun.Id, false, $"00-{TraceId}-b7ad6b7169203331-01", default);
            Assert.Equal(RunStanding.Started, start.Standing);
            HostedRun.Succeeded(await run.Host.RunAsync(start.Instance!));
            await app.StopAsync();
        }

        Assert.All(["advance", "run_task", "invoke_agent A", OtlpReceiver.BytesOf(TraceId), "miyabi"], text => Assert.Contains(text, receiver.Received("traces"), StringComparison.Ordinal));
        Assert.All(["miyabi.runs.ended", "miyabi.attempt.duration"], name => Assert.Contains(name, receiver.Received("metrics"), StringComparison.Ordinal));
        Assert.Contains("has taken its first step", receiver.Received("logs"), StringComparison.Ordinal);
        Assert.DoesNotContain("MARKER", receiver.Received(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NothingSet_NothingIsAdded()
    {
        using var app = Build([]);
        await app.StartAsync();

        Assert.Null(app.Services.GetService<TracerProvider>());
        await app.StopAsync();
    }

    [Theory]
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics")]
    [InlineData("System.Net.Http.HttpClient.Default.ClientHandler")]
    public void LogsOfAddresses_AreLeftOut(string category)
    {
        using var app = Build(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9" });

        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(category);

        Assert.False(logger.IsEnabled(LogLevel.Information));
        Assert.True(logger.IsEnabled(LogLevel.Warning));
    }

    [Fact]
    public void Settings_OfBoth_AreRead()
    {
        var (settings, problems) = Read(new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://localhost:4317",
            ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = "InstrumentationKey=00000000-0000-0000-0000-000000000000",
            ["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] = "Authorization=AAD;ClientId=11111111-2222-3333-4444-555555555555",
        });

        Assert.Empty(problems);
        Assert.Equal((true, true, true, "11111111-2222-3333-4444-555555555555"), (settings.Otlp, settings.ApplicationInsights is not null, settings.SignsIn, settings.ClientId));
        Assert.Equal("OTLP and Application Insights", settings.ToString());
    }

    [Fact]
    public void SdkDisabled_NothingIsSent()
    {
        var (settings, _) = Read(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://localhost:4317", ["OTEL_SDK_DISABLED"] = "true" });

        Assert.Equal("nowhere", settings.ToString());
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "MARKER:4317")]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING", "MARKER")]
    [InlineData("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "Authorization=MARKER")]
    [InlineData("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "Authorization=AAD;ClientId=MARKER")]
    [InlineData("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "ClientId=11111111-2222-3333-4444-555555555555")]
    public void Setting_ThatIsWrong_IsNamed_AndNotRepeated(string name, string value)
    {
        var (_, problems) = Read(new() { [name] = value });

        Assert.StartsWith(name, Assert.Single(problems), StringComparison.Ordinal);
        Assert.DoesNotContain("MARKER", problems[0], StringComparison.Ordinal);
    }

    private static IHost Build(Dictionary<string, string> settings)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(settings!);
        builder.Services.AddTelemetry(TelemetrySettings.Read(builder.Configuration, []), builder.Configuration);
        return builder.Build();
    }

    private static (TelemetrySettings Settings, List<string> Problems) Read(Dictionary<string, string> settings)
    {
        List<string> problems = [];
        return (TelemetrySettings.Read(new ConfigurationBuilder().AddInMemoryCollection(settings!).Build(), problems), problems);
    }
}
