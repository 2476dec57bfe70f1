using System.Collections.Immutable;
using Miyabi.Agents.ClaudeApi;
using Miyabi.Agents.CodexApi;
using Miyabi.Agents.Models;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Testing.Agents;
using Miyabi.Wire;

namespace Miyabi.Agents.Tests.Models;

/// <summary>A provider of models with its real client, and the server that the client calls.</summary>
internal sealed class ModelBench : IAsyncDisposable
{
    /// <summary>The key of every call: nothing may show it.</summary>
    public const string Key = "sk-test-KEY-of-the-tests-0123456789";

    /// <summary>Both, for theories.</summary>
    public static readonly TheoryData<string> Providers = [ClaudeApiProvider.ProviderName, CodexApiProvider.ProviderName];

    /// <summary>What the two models of the tests cost.</summary>
    public static readonly ImmutableSortedDictionary<string, ModelPrice> Prices = new[] { "claude-test", "codex-test" }
        .ToImmutableSortedDictionary(model => model, _ => new ModelPrice(2, 1, 3, 10, new DateOnly(2026, 1, 31)), StringComparer.Ordinal);

    private ModelBench(WireServer server, IAgentProvider provider, OpenCalls calls) => (Server, Provider, Calls) = (server, provider, calls);

    public WireServer Server { get; }

    public IAgentProvider Provider { get; }

    public IAgent Agent => Provider.Agent;

    public OpenCalls Calls { get; }

    public AgentKind Kind => Provider.Kinds.Single();

    public static async Task<ModelBench> StartAsync(string provider, Func<ModelOptions, ModelOptions>? change = null, TimeProvider? time = null)
    {
        var isClaude = provider == ClaudeApiProvider.ProviderName;
        WireServer server = isClaude ? await AnthropicMessages.StartAsync() : await OpenAiResponses.StartAsync();
        var calls = new OpenCalls();
        var options = new ModelOptions
        {
            Model = isClaude ? "claude-test" : "codex-test",
            KeySetting = isClaude ? ModelSettings.ClaudeKey : ModelSettings.CodexKey,
            BaseUrl = new Uri(server.Url),
            Credential = ModelCredential.OfKey(Key),
            Prices = Prices,
            Limits = new ModelLimits { Concurrency = 50, MaxWait = TimeSpan.FromMilliseconds(1) },
            Transport = calls.NewHandler,
        };
        options = change is null ? options : change(options);
        return new ModelBench(
            server, isClaude ? new ClaudeApiProvider(options, time ?? TimeProvider.System) : new CodexApiProvider(options, time ?? TimeProvider.System), calls);
    }

    public AgentRequest Request(string taskId = "Task-1", Func<PlanTask, PlanTask>? change = null) => AgentRequests.Of(taskId, Kind, change);

    public Task<AgentResult> RunAsync(AgentRequest? request = null, IProgress<AgentProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Agent.RunAsync(request ?? Request(), progress ?? new RecordedProgress(), cancellationToken).WaitAsync(TimeSpan.FromSeconds(90), CancellationToken.None);

    /// <summary>All that a result would have written down of it.</summary>
    public static string TextOf(AgentResult result) => string.Join('\n', [
        result.Failure?.ToString() ?? "", result.Output.ToString(), .. result.Files.Select(file => $"{file.Path}\n{System.Text.Encoding.UTF8.GetString(file.Content.Span)}")]);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
