using System.Collections.Immutable;
using System.Text;
using Miyabi.Agents.ClaudeApi;
using Miyabi.Agents.CodexApi;
using Miyabi.Agents.Models;
using Miyabi.Cli.Doctor;
using Miyabi.Core.Plans;
using Miyabi.Testing;
using Miyabi.Wire;

namespace Miyabi.Cli.Tests.Doctor;

/// <summary>What doctor finds of models, by the real clients.</summary>
public sealed class ModelsCheckTests : IAsyncLifetime
{
    private const string Key = "sk-test-KEY-0123456789";

    private readonly ManualTimeProvider clock = new();
    private AnthropicMessages claude = null!;
    private OpenAiResponses codex = null!;

    public async Task InitializeAsync() => (claude, codex) = (await AnthropicMessages.StartAsync(), await OpenAiResponses.StartAsync());

    public async Task DisposeAsync()
    {
        await claude.DisposeAsync();
        await codex.DisposeAsync();
    }

    [Fact]
    public async Task Models_AreThere_AndHavePrices_IsWell()
    {
        claude.Models.Add("claude-test");
        codex.Models.Add("codex-test");

        var found = await LookAsync(null, Price(clock.GetUtcNow()));

        Assert.Equal(["model", "price", "model", "price"], found.Select(result => result.Name));
        Assert.All(found, result => Assert.Equal(CheckState.Ok, result.State));
        Assert.Empty(claude.Received); // nothing that costs anything
    }

    [Fact]
    public async Task ModelOfAPlan_IsAskedForToo_AndOneThatIsNotThereIsMissing()
    {
        claude.Models.Add("claude-test");
        codex.Models.Add("codex-test");
        var plan = Plan("""{ "id": "A", "kind": "claude", "model": "claude-other" }""");

        var found = await LookAsync(plan, null);

        var missing = Assert.Single(found, result => result.State == CheckState.Missing);
        Assert.Contains("claude-other", missing.Found);
        Assert.Contains("The model is not there", missing.Found);
    }

    [Fact]
    public async Task WrongKey_IsMissing_AndNotShown()
    {
        claude.Usual = codex.Usual = WireScenario.Unauthorized;

        var found = (await LookAsync(null, null)).Where(result => result.Name == "model").ToList();

        Assert.Equal(2, found.Count);
        Assert.All(found, result => Assert.Equal(CheckState.Missing, result.State));
        Assert.All(found, result => Assert.DoesNotContain(Key, result.Found));
    }

    [Fact]
    public async Task NobodyAtTheAddress_IsMissing()
    {
        await claude.DisposeAsync();

        Assert.Contains("cannot be reached", (await LookAsync(null, null))[0].Found);
    }

    [Fact]
    public async Task Price_UnknownOrOld_IsAWarning()
    {
        claude.Models.Add("claude-test");
        codex.Models.Add("codex-test");

        Assert.All((await LookAsync(null, null)).Where(result => result.Name == "price"), result => Assert.Contains("not known", result.Found));
        Assert.All((await LookAsync(null, Price(clock.GetUtcNow().AddDays(-92)))).Where(result => result.Name == "price"), result => Assert.Contains("more than 90 days", result.Cure));
    }

    [Theory]
    [InlineData("simulated", false)]
    [InlineData("claude-api", true)]
    public async Task NoKey_IsMissingOnlyForAPlanThatNeedsIt(string provider, bool isMissing)
    {
        var plan = Plan($$"""{ "id": "A", "kind": "claude", "provider": "{{provider}}" }""");
        var check = new ModelsCheck([new ClaudeApiProvider(new ModelOptions { Model = "m", KeySetting = ModelSettings.ClaudeKey }, clock)], plan, clock);

        Assert.Equal(isMissing ? CheckState.Missing : CheckState.Ok, Assert.Single(await check.RunAsync(default)).State);
    }

    private async Task<IReadOnlyList<CheckResult>> LookAsync(Plan? plan, ImmutableSortedDictionary<string, ModelPrice>? prices)
    {
        ModelOptions Options(string model, string url, string key) => new()
        {
            Model = model, KeySetting = key, BaseUrl = new Uri(url), Credential = ModelCredential.OfKey(Key),
            Prices = prices ?? ImmutableSortedDictionary.Create<string, ModelPrice>(StringComparer.Ordinal),
        };
        var check = new ModelsCheck(
            [
                new ClaudeApiProvider(Options("claude-test", claude.Url, ModelSettings.ClaudeKey), TimeProvider.System),
                new CodexApiProvider(Options("codex-test", codex.Url, ModelSettings.CodexKey), TimeProvider.System),
            ],
            plan,
            clock);
        return await check.RunAsync(default).WaitAsync(TimeSpan.FromSeconds(60));
    }

    private static ImmutableSortedDictionary<string, ModelPrice> Price(DateTimeOffset asOf) => new[] { "claude-test", "codex-test" }
        .ToImmutableSortedDictionary(model => model, _ => new ModelPrice(2, 1, 3, 10, DateOnly.FromDateTime(asOf.UtcDateTime)), StringComparer.Ordinal);

    private static Plan Plan(string agent) => PlanReader.Read(Encoding.UTF8.GetBytes(
        $$"""{ "name": "p", "version": 1, "agents": [ {{agent}} ], "tasks": [ { "id": "a", "agent": "A", "prompt": "Do it." } ] }""")).Plan!;
}
