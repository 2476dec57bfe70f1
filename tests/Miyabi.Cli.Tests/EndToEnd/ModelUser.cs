using System.Text.Json.Nodes;
using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Verification;
using Miyabi.Storage.Directories;
using Miyabi.Storage.Keys;
using Miyabi.Testing.Agents;
using Miyabi.Wire;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>A user with a key of each provider of models, and the servers that stand for these.</summary>
internal sealed class ModelUser : IAsyncDisposable
{
    private ModelUser(AnthropicMessages claude, OpenAiResponses codex) => (Claude, Codex) = (claude, codex);

    public CliSandbox Sandbox { get; } = new();

    public AnthropicMessages Claude { get; }

    public OpenAiResponses Codex { get; }

    /// <summary>All calls that came in.</summary>
    public IReadOnlyList<WireRequest> Received => [.. Claude.Received, .. Codex.Received];

    /// <summary>All calls that are paid.</summary>
    public IReadOnlyList<WireRequest> Answered => [.. Claude.Answered, .. Codex.Answered];

    /// <summary>What calls of either server come to.</summary>
    public Func<WireRequest, WireScenario> Decide
    {
        set => Claude.Decide = Codex.Decide = value;
    }

    public static async Task<ModelUser> StartAsync()
    {
        var user = new ModelUser(await AnthropicMessages.StartAsync(), await OpenAiResponses.StartAsync());
        var variables = user.Sandbox.Variables;
        variables["ANTHROPIC_API_KEY"] = "sk-ant-KEY-of-the-tests-0123456789";
        variables["OPENAI_API_KEY"] = "sk-proj-KEY-of-the-tests-0123456789";
        variables["MIYABI_CLAUDE_BASE_URL"] = user.Claude.Url;
        variables["MIYABI_CODEX_BASE_URL"] = user.Codex.Url;
        variables["MIYABI_CLAUDE_RETRY_AFTER_CAP"] = variables["MIYABI_CODEX_RETRY_AFTER_CAP"] = "PT0.1S";
        return user;
    }

    /// <summary>The reference plan, its agents without a provider of their own and its retries without a wait.</summary>
    public static JsonObject ReferencePlan()
    {
        var plan = JsonNode.Parse(File.ReadAllText(Repository.Sample("webapp-framework")))!.AsObject();
        foreach (var agent in plan["agents"]!.AsArray())
            agent!.AsObject().Remove("provider");
        plan["defaults"]!["retry"]!["backoff"] = "PT0S";
        return plan;
    }

    /// <summary>What <c>verify</c> would find of the run: nothing wrong, and this outcome. Without a process of its own.</summary>
    public async Task ProvenAsync(RunOutcome outcome)
    {
        var trust = new TrustList(await TrustFile.ReadAsync(Sandbox[Sandbox.Home], default));
        var report = await new RunVerifier(new DirectoryBlobStore(Sandbox[".miyabi"]), trust).VerifyAsync("r", null, default);
        Assert.Empty(report.Findings);
        Assert.True(report.IsProven);
        Assert.Equal(outcome, report.Outcome);
    }

    /// <summary>Waits until no call is being answered any more.</summary>
    public Task QuietAsync() => Until.TrueAsync(() => Claude.Open + Codex.Open == 0, "no call is being answered");

    /// <summary>How often each task is among calls.</summary>
    public static Dictionary<string, int> ByTask(IEnumerable<WireRequest> calls) =>
        calls.CountBy(ModelAnswers.TaskOf).ToDictionary(StringComparer.Ordinal);

    public async ValueTask DisposeAsync()
    {
        Sandbox.Dispose();
        await Claude.DisposeAsync();
        await Codex.DisposeAsync();
    }
}
