using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Orchestrator.Functions.Tests;

public sealed class AppSettingsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("miyabi-settings-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Sample_IsRight()
    {
        var sample = new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "local.settings.sample.json")).Build().GetSection("Values").GetChildren()
            .ToDictionary(entry => entry.Key.Replace("__", ":", StringComparison.Ordinal), entry => entry.Value);

        var settings = AppSettings.Read(Of(sample), Path.Combine(AppContext.BaseDirectory, "host.json"));

        Assert.Equal("azurite", settings.Store.Text);
        Assert.Equal(AppSettings.LocalKey, settings.SigningKey);
        Assert.Equal("simulated", settings.Providers[AgentKind.Claude]);
        Assert.Equal(TimeSpan.FromMinutes(30), settings.FunctionTimeout);
    }

    [Fact]
    public void EverythingWrong_IsSaidAtOnce()
    {
        var error = Assert.Throws<AppSettingsException>(() => Read(("Miyabi:Store", "ftp://x/y"), ("Miyabi:Providers:robot", "simulated"), ("Miyabi:EasyAuth", "perhaps"), ("AzureFunctionsJobHost:functionTimeout", "soon")));

        Assert.Contains(error.Problems, problem => problem.StartsWith("Miyabi__Store: ", StringComparison.Ordinal));
        Assert.Contains(error.Problems, problem => problem.StartsWith("Miyabi__SigningKey is missing", StringComparison.Ordinal));
    }

    [Fact]
    public void EverythingWrongButTheStore_IsSaidAtOnce()
    {
        var error = Assert.Throws<AppSettingsException>(() => Read(("Miyabi:Store", "azurite"), ("Miyabi:Providers:robot", "simulated"), ("Miyabi:EasyAuth", "perhaps"), ("AzureFunctionsJobHost:functionTimeout", "soon")));

        Assert.Equal(4, error.Problems.Count);
        Assert.All(error.Problems, problem => Assert.Contains(problem, error.Message));
    }

    [Theory]
    [InlineData("@Microsoft.KeyVault(VaultName=v;SecretName=s)", "was not resolved")]
    [InlineData("", "is missing")]
    public void SigningKey_ThatIsNone_IsRefused(string key, string why) =>
        Assert.Contains(why, Assert.Throws<AppSettingsException>(() => Read(("Miyabi:Store", "azurite"), ("Miyabi:SigningKey", key))).Message);

    [Fact]
    public void LocalKey_InAzure_IsRefused() => Assert.Contains(
        "cannot be",
        Assert.Throws<AppSettingsException>(() => Read(("Miyabi:Store", "azurite"), ("Miyabi:SigningKey", "local"), ("WEBSITE_INSTANCE_ID", "1"))).Message);

    [Theory]
    [InlineData("-1", null)]
    [InlineData("01:00:00", 60)]
    public void FunctionTimeout_OfTheSetting_GoesBeforeHostJson(string text, int? minutes) => Assert.Equal(
        minutes is { } given ? TimeSpan.FromMinutes(given) : (TimeSpan?)null,
        Read(("Miyabi:Store", "azurite"), ("Miyabi:SigningKey", "local"), ("AzureFunctionsJobHost:functionTimeout", text)).FunctionTimeout);

    [Theory]
    [InlineData("\n")]
    [InlineData(" ")]
    [InlineData("\\n")]
    public async Task SigningKey_AsPem_SealsAndIsTrusted_HoweverItsLinesAreBroken(string between)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = key.ExportPkcs8PrivateKeyPem().Replace("\n", between, StringComparison.Ordinal);
        var settings = Read(("Miyabi:Store", "azurite"), ("Miyabi:SigningKey", pem));

        using var keys = await AppKeys.OpenAsync(settings, default);

        Assert.Equal(keys.Signer.KeyId, Assert.Single(keys.Trust.Keys).KeyId);
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----", keys.PublicKeyPem);
    }

    [Fact]
    public async Task SigningKey_ThatIsNoKey_IsRefused_AndNotRepeated()
    {
        var error = await Assert.ThrowsAsync<AppSettingsException>(() => AppKeys.OpenAsync(Read(("Miyabi:Store", "azurite"), ("Miyabi:SigningKey", "topsecret")), default));

        Assert.Contains("openssl genpkey", error.Message);
        Assert.DoesNotContain("topsecret", error.ToString());
    }

    [Fact]
    public void Settings_AsText_ShowNoKey() =>
        Assert.DoesNotContain("topsecret", Read(("Miyabi:Store", "azurite"), ("Miyabi:SigningKey", "topsecret")).ToString());

    [Fact]
    public void ModelKeys_MakeProvidersTheDefaults_AndWhatIsSaidGoesBefore()
    {
        (string, string)[] app = [("Miyabi:Store", "azurite"), ("Miyabi:SigningKey", "local"), ("ANTHROPIC_API_KEY", "sk-1"), ("OPENAI_API_KEY", "sk-2")];

        Assert.Empty(Read(app[..2]).Providers);
        var byKey = Read(app).Providers;
        Assert.Equal(("claude-api", "codex-api"), (byKey[AgentKind.Claude], byKey[AgentKind.Codex]));
        var said = Read([.. app, ("Miyabi:Providers:codex", "simulated")]).Providers;
        Assert.Equal(("claude-api", "simulated"), (said[AgentKind.Claude], said[AgentKind.Codex]));
    }

    [Fact]
    public void Models_AreReadFromTheAppsSettings()
    {
        var models = Read(
            ("Miyabi:Store", "azurite"), ("Miyabi:SigningKey", "local"), ("Miyabi:Claude:Model", "claude-x"), ("Miyabi:Codex:BaseUrl", "https://models.example/v1"),
            ("Miyabi:Codex:Entra", "https://cognitiveservices.azure.com"), ("Miyabi:ModelPrices", """{ "claude-x": { "asOf": "2026-11-25", "input": 3, "output": 15 } }""")).Models;

        Assert.Equal("claude-x", models.Claude.Model);
        Assert.Equal(15, models.Claude.Prices["claude-x"].Output);
        Assert.Equal("models.example", models.Codex.BaseUrl!.Host);
        Assert.Equal("codex-api", Assert.Single(models.DefaultProviders).Value);
    }

    [Fact]
    public void WrongModelSettings_AreToldByTheirNamesHere_WithoutTheKey()
    {
        var error = Assert.Throws<AppSettingsException>(() => Read(
            ("Miyabi:Store", "azurite"), ("Miyabi:SigningKey", "local"), ("Miyabi:Claude:MaxOutputTokens", "many"), ("OPENAI_API_KEY", "two words of a secret"),
            ("ANTHROPIC_API_KEY", "@Microsoft.KeyVault(VaultName=v;SecretName=s)")));

        Assert.Equal(3, error.Problems.Count);
        Assert.Contains("Miyabi__Claude__MaxOutputTokens is 'many'", error.Message);
        Assert.Contains("ANTHROPIC_API_KEY is a Key Vault reference that was not resolved", error.Message);
        Assert.DoesNotContain("two words", error.ToString());
    }

    [Fact]
    public void Settings_AsText_ShowNoKeyOfModels() =>
        Assert.DoesNotContain("topsecret", Read(("Miyabi:Store", "azurite"), ("Miyabi:SigningKey", "local"), ("OPENAI_API_KEY", "topsecret")).ToString());

    private AppSettings Read(params (string Key, string Value)[] values) =>
        AppSettings.Read(Of(values.ToDictionary(value => value.Key, value => (string?)value.Value)), Path.Combine(folder, "host.json"));

    private static IConfiguration Of(Dictionary<string, string?> values) => new ConfigurationBuilder().AddInMemoryCollection(values).Build();
}
