using System.Text;
using System.Text.Json;
using Miyabi.Agents.Models;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Tests.Models;

/// <summary>Which model is asked and with how much: as the plan and the settings say when the instruction is written, and from then on as the instruction says.</summary>
public sealed class ModelTermsTests
{
    private static readonly ModelTerms Instructed = new() { Name = "instructed", MaxOutputTokens = 77, Rule = PromptComposer.Rule, MaxPromptBytes = 9_000 };

    [Theory]
    [InlineData(null, null, "codex-test")]
    [InlineData("of-the-agent", null, "of-the-agent")]
    [InlineData("of-the-agent", "of-the-task", "of-the-task")]
    [InlineData(null, "of-the-task", "of-the-task")]
    public async Task Model_IsTheTasks_ElseTheAgents_ElseTheSettings(string? agent, string? task, string model)
    {
        await using var bench = await ModelBench.StartAsync("codex-api");
        var request = bench.Request(change: one => one with { Model = task });

        Assert.Equal(model, bench.Provider.TermsOf(request.Agent with { Model = agent }, request.Task)!.Name);
    }

    [Fact]
    public async Task Terms_HaveTheRoomThatTheSettingsLeave()
    {
        await using var bench = await ModelBench.StartAsync("claude-api", options => options with { ContextTokens = 10_000, MaxOutputTokens = 4_000 });
        var request = bench.Request();

        Assert.Equal(
            new ModelTerms { Name = "claude-test", MaxOutputTokens = 4_000, Rule = "equal-shares-1", MaxPromptBytes = 18_000 }, bench.Provider.TermsOf(request.Agent, request.Task));
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Instruction_SaysWhatIsAsked_WhateverTheSettingsAreNow(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider);
        var request = bench.Request() with
        {
            Model = Instructed,
            Inputs = [new AgentInput("before", JsonSerializer.SerializeToElement(new string('x', 50_000)), [])],
        };

        await bench.RunAsync(request);

        var call = Assert.Single(bench.Server.Received);
        Assert.Equal("instructed", call.Body.GetProperty("model").GetString());
        Assert.Equal(77, call.Body.GetProperty(provider == "claude-api" ? "max_tokens" : "max_output_tokens").GetInt32());
        Assert.Contains("# What did not fit\n- result of task before: the first ", call.Message);
        Assert.InRange(Encoding.UTF8.GetByteCount(call.Instructions) + Encoding.UTF8.GetByteCount(call.Message), 1, (int)Instructed.MaxPromptBytes);
    }

    [Fact]
    public async Task Prompt_FollowsFromTheInstructionAlone()
    {
        List<string> messages = [];
        foreach (var context in new[] { 50_000, 200_000 })
        {
            await using var bench = await ModelBench.StartAsync("codex-api", options => options with { ContextTokens = context });
            await bench.RunAsync(bench.Request() with { Model = Instructed, Inputs = [new AgentInput("before", JsonSerializer.SerializeToElement(new string('x', 50_000)), [])] });
            messages.Add(bench.Server.Received[0].Message);
        }

        Assert.Equal(messages[0], messages[1]);
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Instruction_ByARuleOfAnotherVersion_IsNotGuessedAt(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider);

        var result = await bench.RunAsync(bench.Request() with { Model = Instructed with { Rule = "equal-shares-99" } });

        Assert.Contains("'equal-shares-99', which this version does not have", result.Failure!.Message);
        Assert.Empty(bench.Server.Received);
    }

    [Fact]
    public async Task Price_IsOfTheModelThatWasAsked()
    {
        await using var bench = await ModelBench.StartAsync(
            "codex-api", options => options with { Prices = options.Prices.Add("dear", new ModelPrice(20, 10, 30, 100, new DateOnly(2026, 1, 31))) });

        Assert.Equal(0.0052m, (await bench.RunAsync()).Usage.CostUsd);
        Assert.Equal(0.052m, (await bench.RunAsync(bench.Request(change: task => task with { Model = "dear" }))).Usage.CostUsd);
        Assert.True((await bench.RunAsync(bench.Request(change: task => task with { Model = "unheard-of" }))).Usage.Unpriced);
    }
}
