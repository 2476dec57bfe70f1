using Miyabi.Agents.Models;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Tests.Models;

public sealed class ModelSettingsTests
{
    private readonly List<string> problems = [];

    [Fact]
    public void Nothing_Set_HasDefaultsAndNoProviders()
    {
        var settings = Read();

        Assert.Empty(problems);
        Assert.Empty(settings.DefaultProviders);
        Assert.Null(settings.Claude.Credential);
        Assert.Empty(settings.Claude.Prices);
        Assert.Empty(settings.Codex.Prices);
    }

    [Fact]
    public void Key_MakesItsProviderTheDefaultOfItsKind()
    {
        Assert.Equal("claude-api", Assert.Single(Read(("ANTHROPIC_API_KEY", "sk-1")).DefaultProviders).Value);
        var providers = Read(("ANTHROPIC_API_KEY", "sk-1"), ("OPENAI_API_KEY", "sk-2")).DefaultProviders;
        Assert.Equal(("claude-api", "codex-api"), (providers[AgentKind.Claude], providers[AgentKind.Codex]));
    }

    [Fact]
    public void Everything_IsRead()
    {
        var claude = Read(
            ("Claude:Model", "claude-x"), ("Claude:BaseUrl", "https://models.example"), ("Claude:MaxOutputTokens", "1000"), ("Claude:ContextTokens", "5000"),
            ("Claude:Concurrency", "3"), ("Claude:RequestsPerMinute", "50"), ("Claude:TokensPerMinute", "40000"), ("Claude:MaxWait", "PT1H"), ("Claude:RetryAfterCap", "PT30S"),
            ("ModelPrices", """{ "claude-x": { "asOf": "2026-11-25", "input": 1.5, "output": 6 } }""")).Claude;

        Assert.Empty(problems);
        Assert.Equal(("claude-x", "models.example", 1_000, 5_000), (claude.Model, claude.BaseUrl!.Host, claude.MaxOutputTokens, claude.ContextTokens));
        Assert.Equal(
            new ModelLimits { Concurrency = 3, RequestsPerMinute = 50, TokensPerMinute = 40_000, MaxWait = TimeSpan.FromHours(1), RetryAfterCap = TimeSpan.FromSeconds(30) }, claude.Limits);
        Assert.Equal(new ModelPrice(1.5m, 1.5m, 1.5m, 6, new DateOnly(2026, 11, 25)), claude.Prices["claude-x"]);
    }

    [Theory]
    [InlineData("Claude:BaseUrl", "http://models.example")]
    [InlineData("Claude:BaseUrl", "https://user:pass@models.example")]
    [InlineData("Claude:BaseUrl", "elsewhere")]
    [InlineData("Claude:MaxOutputTokens", "0")]
    [InlineData("Claude:MaxOutputTokens", "many")]
    [InlineData("Claude:ContextTokens", "100")]
    [InlineData("Claude:Concurrency", "1001")]
    [InlineData("Claude:MaxWait", "10 minutes")]
    [InlineData("Claude:MaxWait", "PT0S")]
    [InlineData("Claude:Model", "a model")]
    [InlineData("Claude:Entra", "https://cognitiveservices.azure.com")]
    [InlineData("ModelPrices", "{")]
    [InlineData("ModelPrices", """{ "m": { "input": 1, "output": 1 } }""")]
    [InlineData("ModelPrices", """{ "m": { "asOf": "2026-01-31", "input": -1, "output": 1 } }""")]
    [InlineData("ModelPrices", """{ "m": { "asOf": "2026-01-31", "input": 1, "output": 1, "outptu": 1 } }""")]
    [InlineData("ModelPrices", """{ "\ud800": { "asOf": "2026-01-31", "input": 1, "output": 1 } }""")]
    [InlineData("ModelPrices", "/there/is/no/such/file.json")]
    public void Wrong_Setting_IsToldByItsName(string path, string value)
    {
        Read((path, value));

        Assert.Contains($"setting {path}", Assert.Single(problems));
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/k)")]
    public void Key_ThatIsNone_IsToldWithoutShowingIt(string key)
    {
        Assert.Null(Read(("ANTHROPIC_API_KEY", key)).Claude.Credential);

        Assert.Contains("ANTHROPIC_API_KEY", Assert.Single(problems));
        Assert.DoesNotContain(key, problems[0]);
    }

    [Fact]
    public void Options_AsText_ShowNoKey() => Assert.DoesNotContain("sk-secret", Read(("ANTHROPIC_API_KEY", "sk-secret")).ToString());

    [Fact]
    public async Task Entra_WithAnAddress_AuthorizesByToken()
    {
        await using var server = await Wire.OpenAiResponses.StartAsync();
        var source = new ModelSettingsSource(
            path => path switch
            {
                "Codex:Entra" => "https://cognitiveservices.azure.com",
                "Codex:BaseUrl" => server.Url,
                _ => null,
            },
            path => path)
        { Entra = resource => _ => ValueTask.FromResult($"token-for-{resource}") };
        var provider = new Agents.CodexApi.CodexApiProvider(ModelSettings.Read(source, problems).Codex, TimeProvider.System);

        await provider.Agent.RunAsync(Testing.Agents.AgentRequests.Of("t", AgentKind.Codex), new Testing.Agents.RecordedProgress(), default);

        Assert.Equal("token-for-https://cognitiveservices.azure.com", Assert.Single(server.Received).Key);
    }

    private ModelSettings Read(params (string Path, string Value)[] settings)
    {
        var all = settings.ToDictionary(setting => setting.Path, setting => setting.Value);
        return ModelSettings.Read(new ModelSettingsSource(all.GetValueOrDefault, path => $"setting {path}"), problems);
    }
}
