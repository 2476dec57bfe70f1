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

    private AppSettings Read(params (string Key, string Value)[] values) =>
        AppSettings.Read(Of(values.ToDictionary(value => value.Key, value => (string?)value.Value)), Path.Combine(folder, "host.json"));

    private static IConfiguration Of(Dictionary<string, string?> values) => new ConfigurationBuilder().AddInMemoryCollection(values).Build();
}
