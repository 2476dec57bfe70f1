using System.Text.Json;
using Miyabi.Testing.Telemetry;

namespace Miyabi.Cli.Tests.EndToEnd;

public sealed class TelemetryTests : IDisposable
{
    private const string TraceId = "c0ffee00c0ffee00c0ffee00c0ffee01";

    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [UnixFact]
    public async Task Endpoint_TakesTheRun_FromWhoStartedItToTheCommand_AndNobodysWords()
    {
        using var receiver = new OtlpReceiver();
        WritePlan();
        foreach (var (name, value) in receiver.Settings)
            sandbox.Variables[name] = value;
        sandbox.Variables["TRACEPARENT"] = $"00-{TraceId}-b7ad6b7169203331-01";

        await sandbox.SucceedAsync("run", "plan.json", "--run-id", "told-1");

        using var results = JsonDocument.Parse(await sandbox.SucceedAsync("results", "told-1", "one", "--json"));
        Assert.Contains($"00-{TraceId}-", results.RootElement.ToString(), StringComparison.Ordinal);
        var spans = receiver.Received("traces");
        Assert.All(["run", "advance", "run_task", "invoke_agent Shell", "told-1", "service.name", OtlpReceiver.BytesOf(TraceId)], text => Assert.Contains(text, spans, StringComparison.Ordinal));
        Assert.All(["miyabi.runs.started", "miyabi.attempts"], name => Assert.Contains(name, receiver.Received("metrics"), StringComparison.Ordinal));
        Assert.All(["MARKER", sandbox.Folder, "rehearsal"], text => Assert.DoesNotContain(text, receiver.Received(), StringComparison.Ordinal));
    }

    [UnixFact]
    public async Task Collector_ThatIsAway_ChangesNothing()
    {
        WritePlan();
        using (var receiver = new OtlpReceiver())
        {
            foreach (var (name, value) in receiver.Settings)
                sandbox.Variables[name] = value;
        }

        await sandbox.SucceedAsync("run", "plan.json", "--run-id", "told-1");

        await sandbox.SucceedAsync("verify", "told-1");
    }

    private void WritePlan()
    {
        const string Script = """mkdir -p MARKER-folder; echo MARKER-content > MARKER-folder/f; echo MARKER-error >&2; printf '{"parent":"%s","word":"MARKER-output"}' "$TRACEPARENT" """;
        sandbox.Write("plan.json", $$"""
            { "name": "told", "version": 1,
              "agents": [ { "id": "Shell", "kind": "command", "provider": "command",
                "command": { "run": [ "sh", "-c", {{JsonSerializer.Serialize(Script)}} ], "environment": { "SECRET": "MARKER-secret" } } } ],
              "tasks": [ { "id": "one", "agent": "Shell", "title": "MARKER-title", "prompt": "MARKER-prompt", "writes": [ "MARKER-folder/**" ] } ] }
            """);
    }
}
