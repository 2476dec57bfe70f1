using Miyabi.Testing.Telemetry;
using Miyabi.Wire;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>Runs whose agents are models: the command, its ledger and the providers' real clients against wire servers.</summary>
public sealed class ModelTests : IDisposable
{
    private const string ClaudeKey = "sk-ant-KEY-of-the-tests-0123456789";
    private const string CodexKey = "sk-proj-KEY-of-the-tests-0123456789";

    private const string Plan =
        """
        { "name": "models", "version": 1,
          "agents": [ { "id": "CCG-1", "kind": "claude" }, { "id": "CG-1", "kind": "codex" } ],
          "defaults": { "retry": { "maxAttempts": 2, "backoff": "PT0S" } },
          "tasks": [
            { "id": "plan", "agent": "CCG-1", "prompt": "Plan the change.",
              "outputSchema": { "type": "object", "properties": { "steps": { "type": "array", "items": { "type": "string" } } }, "required": ["steps"] } },
            { "id": "code", "agent": "CG-1", "dependsOn": [ "plan" ], "prompt": "Implement it.", "writes": [ "src/**" ] } ] }
        """;

    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    // An answer of another form is among it: why it was not accepted goes into the next attempt.
    [Fact]
    public async Task Run_WithKeys_AsksTheModelsAndIsProven()
    {
        await using var claude = await AnthropicMessages.StartAsync();
        await using var codex = await OpenAiResponses.StartAsync();
        Set(claude, codex);
        claude.Next(WireScenario.SchemaNotMet);

        await sandbox.SucceedAsync("run", "plan.json", "--run-id", "r");

        Assert.Equal(["plan", "plan"], claude.Received.Select(ModelAnswers.TaskOf));
        Assert.DoesNotContain("was not accepted\n", claude.Received[0].Message);
        Assert.Contains("why answer 1 to this task was not accepted\n", claude.Received[1].Message);
        Assert.Contains("which nobody asked for", claude.Received[1].Message);
        Assert.Equal(["plan"], ModelAnswers.DataOf(Assert.Single(codex.Received)));
        Assert.Contains("used 3,600 tokens in, 900 out, 0.00 US dollars, and what has no known price", await sandbox.SucceedAsync("status", "r"));
        var instruction = await File.ReadAllTextAsync(sandbox[".miyabi/runs/r/tasks/plan/1/instruction.json"]);
        Assert.Contains("\"name\": \"claude-sonnet-4-6\"", instruction);
        Assert.Contains("\"rule\": \"equal-shares-1\"", instruction);
        Assert.Contains(Directory.EnumerateFiles(sandbox[".miyabi/runs/r/artifacts"]).Select(File.ReadAllText), text => text == "Made for src/**\n");
        Assert.Contains("proven", await sandbox.SucceedAsync("verify", "r"));
    }

    [Fact]
    public async Task Run_InWhichEverythingGoesWrong_KeepsNoKey()
    {
        await using var claude = await AnthropicMessages.StartAsync();
        await using var codex = await OpenAiResponses.StartAsync();
        using var telemetry = new OtlpReceiver();
        Set(claude, codex);
        foreach (var (name, value) in telemetry.Settings)
            sandbox.Variables[name] = value;
        claude.Next(WireScenario.RateLimited, WireScenario.ServerError);
        codex.Usual = WireScenario.Unauthorized;

        var result = await sandbox.RunAsync("run", "plan.json", "--run-id", "r");

        Assert.True(result.Code == 1, result.ToString());
        Assert.Equal((3, 1), (claude.Received.Count, codex.Received.Count));
        Assert.Equal((ClaudeKey, CodexKey), (claude.Received[0].Key, codex.Received[0].Key));
        var files = Directory.EnumerateFiles(sandbox.Folder, "*", SearchOption.AllDirectories).ToList();
        Assert.Contains(files, file => file.EndsWith("manifest-1.json", StringComparison.Ordinal));
        Assert.Contains(files, file => file.EndsWith(".ndjson", StringComparison.Ordinal));
        Assert.Contains("claude-api", telemetry.Received("traces"));
        foreach (var text in files.Select(File.ReadAllText).Append(result.ToString()).Append(telemetry.Received()))
        {
            Assert.DoesNotContain(ClaudeKey, text);
            Assert.DoesNotContain(CodexKey, text);
        }
    }

    // What goes to this machine goes in plain text: through a proxy the key would leave it.
    [Fact]
    public async Task Run_WhereThereIsAProxy_AsksModelsOnThisMachineWithoutIt()
    {
        await using var claude = await AnthropicMessages.StartAsync();
        await using var codex = await OpenAiResponses.StartAsync();
        await using var proxy = await OpenAiResponses.StartAsync();
        Set(claude, codex);
        foreach (var name in new[] { "HTTP_PROXY", "http_proxy", "ALL_PROXY" })
            sandbox.Variables[name] = proxy.Url;
        foreach (var name in new[] { "NO_PROXY", "no_proxy" })
            sandbox.Variables[name] = "elsewhere.example";

        await sandbox.SucceedAsync("run", "plan.json", "--run-id", "r");

        Assert.Equal((1, 1), (claude.Received.Count, codex.Received.Count));
        Assert.Empty(proxy.Received);
    }

    [Fact]
    public async Task Run_WithoutAKey_SaysWhichOneIsMissing_AndWritesNothing()
    {
        sandbox.Write("plan.json", Plan);

        var result = await sandbox.RunAsync("run", "plan.json", "--agent", "claude=claude-api", "--agent", "codex=codex-api");

        Assert.True(result.Code == 2, result.ToString());
        Assert.Contains("set ANTHROPIC_API_KEY", result.Error);
        Assert.Contains("set OPENAI_API_KEY", result.Error);
        Assert.False(Directory.Exists(sandbox[".miyabi"]));
    }

    [Fact]
    public void Settings_AreVariables_AndWhatIsWrongIsSaidAtOnce()
    {
        var right = EnvironmentModels.Read(name => name == "MIYABI_CODEX_TOKENS_PER_MINUTE" ? "500" : name == "OPENAI_API_KEY" ? CodexKey : null);
        var wrong = Assert.Throws<UsageException>(() => EnvironmentModels.Read(name => name switch
        {
            "MIYABI_CLAUDE_MAX_OUTPUT_TOKENS" => "many",
            "MIYABI_CODEX_BASE_URL" => "http://models.example",
            "MIYABI_MODEL_PRICES" => "{",
            _ => null,
        })).Message.Split('\n');

        Assert.Equal(500, right.Codex.Limits.TokensPerMinute);
        Assert.Equal("codex-api", Assert.Single(right.DefaultProviders).Value);
        Assert.Equal(["MIYABI_MODEL_PRICES is", "MIYABI_CLAUDE_MAX_OUTPUT_TOKENS is", "MIYABI_CODEX_BASE_URL is"], wrong.Select(line => string.Join(' ', line.Split(' ')[..2])));
    }

    private void Set(WireServer claude, WireServer codex)
    {
        sandbox.Write("plan.json", Plan);
        sandbox.Variables["ANTHROPIC_API_KEY"] = ClaudeKey;
        sandbox.Variables["OPENAI_API_KEY"] = CodexKey;
        sandbox.Variables["MIYABI_CLAUDE_BASE_URL"] = claude.Url;
        sandbox.Variables["MIYABI_CODEX_BASE_URL"] = codex.Url;
    }
}
