using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;
using Miyabi.Agents.Models;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Testing.Agents;

namespace Miyabi.Agents.Tests.Models;

/// <summary>Whoever asks no model pays nothing for them: no client, no assembly of theirs, until the first call.</summary>
public sealed class StartTests
{
    [Theory]
    [InlineData("claude-api", "Anthropic")]
    [InlineData("codex-api", "OpenAI")]
    public async Task ClientsAssembly_IsLoadedWithTheFirstCall_NotBefore(string name, string assembly)
    {
        var context = new Watched(typeof(AgentProviders).Assembly.Location);
        var provider = context.Provider(name);
        var request = AgentRequests.Of("t", provider.Kinds[0]);
        provider.WhyNot(request.Agent, request.Task);
        provider.TermsOf(request.Agent, request.Task);
        provider.Reserve(request.Agent, request.Task, 1, 1);
        Assert.DoesNotContain(assembly, context.Asked);

        await provider.Agent.RunAsync(request, new RecordedProgress(), default);

        Assert.Contains(assembly, context.Asked);
        context.Unload();
    }

    /// <summary>Loads the assembly of providers anew, and hears which others it asks for.</summary>
    private sealed class Watched(string path) : AssemblyLoadContext("watched", isCollectible: true)
    {
        private readonly ConcurrentQueue<string> asked = new();

        public IEnumerable<string> Asked => asked;

        // Its port is the one of the tests; all else of it is its own, and is made by reflection.
        public IAgentProvider Provider(string name)
        {
            var agents = LoadFromAssemblyPath(path);
            Func<string, string?> find = setting => setting switch
            {
                ModelSettings.ClaudeKey or ModelSettings.CodexKey => "sk-1",
                "Claude:BaseUrl" or "Codex:BaseUrl" => "http://127.0.0.1:1",
                _ => null,
            };
            var source = Activator.CreateInstance(agents.GetType(typeof(ModelSettingsSource).FullName!)!, find, (Func<string, string>)(setting => setting));
            var settings = agents.GetType(typeof(ModelSettings).FullName!)!.GetMethod(nameof(ModelSettings.Read))!.Invoke(null, [source, new List<string>()]);
            var providers = agents.GetType(typeof(AgentProviders).FullName!)!;
            var all = providers.GetMethod(nameof(AgentProviders.Standard))!.Invoke(null, [TimeProvider.System, null, settings]);
            object?[] arguments = [name, null, null];
            providers.GetMethod(nameof(AgentProviders.TryFind))!.Invoke(all, arguments);
            return (IAgentProvider)arguments[1]!;
        }

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            asked.Enqueue(assemblyName.Name!);
            return null;
        }
    }
}
