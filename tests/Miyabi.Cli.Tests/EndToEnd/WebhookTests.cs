using System.Text.Json;
using Miyabi.Testing.Notifications;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>A run that tells a real receiver what happens, and what receivers and secrets that are not there do to it.</summary>
public sealed class WebhookTests : IDisposable
{
    private const string Secret = "whsec_ZW5kLXRvLWVuZC1zZWNyZXQtb2YtMzItYnl0ZXMhISE=";

    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public async Task Run_WithASubscriber_TellsItEachStepSigned_AndKeepsTheSecretNowhere()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        WritePlan(receiver.Url);
        Allow();
        sandbox.Variables["MIYABI_SECRET_CHAT_HOOK"] = Secret;

        var result = await sandbox.RunAsync("run", "plan.json", "--speed", "1000", "--run-id", "r");

        Assert.True(result.Code == 1, result.ToString());
        Assert.All(receiver.Received, received => Assert.True(received.IsSignedWith(Secret)));
        Assert.Equal(
            ["run.ended", "run.started", "task.failed", "task.retried"],
            receiver.Received.SelectMany(EventsOf).Order(StringComparer.Ordinal));
        Assert.True(PublishedSchema.Check("verify", await sandbox.SucceedAsync("verify", "r", "--json")).GetProperty("proven").GetBoolean());
        Assert.DoesNotContain(Secret, result.ToString());
        var files = Directory.EnumerateFiles(sandbox.Folder, "*", SearchOption.AllDirectories).ToList();
        Assert.Contains(files, file => file.EndsWith("manifest-1.json", StringComparison.Ordinal));
        Assert.All(files, file => Assert.DoesNotContain(Secret["whsec_".Length..], File.ReadAllText(file)));
    }

    [Fact]
    public async Task Run_WhoseReceiverRefuses_IsNotAffected_AndSaysSo()
    {
        await using var receiver = await WebhookReceiver.StartAsync((_, context) =>
        {
            context.Response.StatusCode = 404;
            return Task.CompletedTask;
        });
        WritePlan($"{receiver.Url}/path-of-ours");
        Allow();
        sandbox.Variables["MIYABI_SECRET_CHAT_HOOK"] = Secret;

        var result = await sandbox.RunAsync("run", "plan.json", "--speed", "1000", "--run-id", "r");

        Assert.Contains("3 webhooks were not delivered; the run itself is not affected:", result.Error);
        Assert.Contains($"notify[0] ({receiver.Url}) answered 404", result.Error);
        Assert.DoesNotContain("path-of-ours", result.ToString());
        Assert.True(PublishedSchema.Check("verify", await sandbox.SucceedAsync("verify", "r", "--json")).GetProperty("proven").GetBoolean());
    }

    [Fact]
    public async Task Run_WithoutTheSecret_IsRefusedBeforeAnythingIsWritten()
    {
        WritePlan("https://example.com/hook");

        var result = await sandbox.RunAsync("run", "plan.json", "--run-id", "r");

        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains("MIYABI_SECRET_CHAT_HOOK is not set", result.Error);
        Assert.False(Directory.Exists(sandbox[".miyabi"]));
    }

    [Fact]
    public async Task Run_ToThisMachine_IsRefusedUnlessAllowed()
    {
        WritePlan("http://127.0.0.1:1/");
        sandbox.Variables["MIYABI_SECRET_CHAT_HOOK"] = Secret;

        var result = await sandbox.RunAsync("run", "plan.json", "--run-id", "r");

        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains("refused unless MIYABI_WEBHOOKS_ALLOW_PRIVATE_ADDRESSES is true", result.Error);
    }

    [Fact]
    public async Task Run_ThatStopsToWaitForAPerson_HasToldSo()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        WritePlan(receiver.Url, """ "approval": { "message": "Sure?" } """);
        Allow();
        sandbox.Variables["MIYABI_SECRET_CHAT_HOOK"] = Secret;

        var waiting = await sandbox.RunAsync("run", "plan.json", "--no-wait", "--run-id", "r");

        Assert.True(waiting.Code == 1, waiting.ToString());
        Assert.Equal(["run.started", "approval.asked"], receiver.Received.SelectMany(EventsOf));
        await sandbox.SucceedAsync("cancel", "r");
        Assert.Contains("run.ended", EventsOf(receiver.Received[^1]).Concat(EventsOf(receiver.Received[^2])));
    }

    private void Allow() => sandbox.Variables["MIYABI_WEBHOOKS_ALLOW_PRIVATE_ADDRESSES"] = "true";

    private void WritePlan(string url, string? task = null) => sandbox.Write("plan.json", $$"""
        { "name": "told", "version": 1, "agents": [ { "id": "A", "kind": "claude", "provider": "simulated" } ],
          "notify": [ { "url": "{{url}}", "secret": "CHAT_HOOK" } ],
          "tasks": [ { "id": "one", "agent": "A", {{task ?? """ "retry": { "maxAttempts": 2, "backoff": "PT0.1S" }, "simulated": { "work": "PT1S", "faults": [ "fail", "fail" ] } """}} } ] }
        """);

    private static IEnumerable<string> EventsOf(ReceivedWebhook received)
    {
        using var body = JsonDocument.Parse(received.Body);
        return [.. body.RootElement.GetProperty("events").EnumerateArray().Select(told => told.GetProperty("event").GetString()!)];
    }
}
