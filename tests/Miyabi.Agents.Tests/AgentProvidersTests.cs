using Miyabi.Agents.Simulated;
using Miyabi.Core.Plans;
using Miyabi.Testing.Agents;

namespace Miyabi.Agents.Tests;

public sealed class AgentProvidersTests
{
    private readonly AgentProviders providers = AgentProviders.Standard(TimeProvider.System);

    [Theory]
    [InlineData("simulated")]
    [InlineData("command")]
    [InlineData("claude-api")]
    [InlineData("codex-api")]
    public void TryFind_KnownName_GivesTheProvider(string name)
    {
        Assert.True(providers.TryFind(name, out var provider, out var problem));
        Assert.Equal(name, provider.Name);
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("Simulated")]
    [InlineData("simulated\u001b[31m")]
    public void TryFind_UnknownName_NamesTheKnownOnes(string name)
    {
        Assert.False(providers.TryFind(name, out _, out var problem));
        Assert.Contains("command, simulated", problem);
        Assert.DoesNotContain(problem, char.IsControl);
    }

    [Fact]
    public void New_TwoOfOneName_Throws() => Assert.Throws<ArgumentException>(
        () => new AgentProviders([new SimulatedProvider(TimeProvider.System), new SimulatedProvider(TimeProvider.System)]));

    [Theory]
    [InlineData(AgentKind.Claude)]
    [InlineData(AgentKind.Codex)]
    [InlineData(AgentKind.Command)]
    public void Simulated_AnyKind_LacksNothing(AgentKind kind)
    {
        Assert.True(providers.TryFind("simulated", out var provider, out _));
        var request = AgentRequests.Of("Task-1", kind);
        Assert.Contains(kind, provider.Kinds);
        Assert.Null(provider.WhyNot(request.Agent, request.Task));
    }

    [Theory]
    [InlineData("claude-api", AgentKind.Claude, "set ANTHROPIC_API_KEY")]
    [InlineData("codex-api", AgentKind.Codex, "set OPENAI_API_KEY")]
    public void Model_WithoutAKey_SaysWhichOneToSet(string name, AgentKind kind, string cure)
    {
        Assert.True(providers.TryFind(name, out var provider, out _));
        var request = AgentRequests.Of("Task-1", kind);
        Assert.Equal(kind, Assert.Single(provider.Kinds));
        Assert.Contains(cure, provider.WhyNot(request.Agent, request.Task));
    }

    [Fact]
    public void Command_NoProgramNamed_SaysWhereToNameIt()
    {
        Assert.True(providers.TryFind("command", out var provider, out _));
        var request = AgentRequests.Of("Task-1", AgentKind.Command);
        Assert.Contains("\"run\": [\"PROGRAM\"]", provider.WhyNot(request.Agent, request.Task));
    }

    [Fact]
    public void Command_ProgramNamedByAgentOrTask_LacksNothing()
    {
        Assert.True(providers.TryFind("command", out var provider, out _));
        var request = AgentRequests.Of("Task-1", AgentKind.Command);
        var settings = new CommandSettings { Run = ["git"] };
        Assert.Null(provider.WhyNot(request.Agent with { Command = settings }, request.Task));
        Assert.Null(provider.WhyNot(request.Agent, request.Task with { Command = settings }));
    }

    [Fact]
    public void Command_AgentOfAnotherKind_SaysSo()
    {
        Assert.True(providers.TryFind("command", out var provider, out _));
        var request = AgentRequests.Of("Task-1", AgentKind.Codex);
        Assert.Equal(AgentKind.Command, Assert.Single(provider.Kinds));
        Assert.Contains("'codex'", provider.WhyNot(request.Agent, request.Task with { Command = new() { Run = ["git"] } }));
    }
}
