using Miyabi.Cli.Doctor;
using Miyabi.Cli.Tests.EndToEnd;
using Miyabi.Storage.Keys;
using Miyabi.Testing;

namespace Miyabi.Cli.Tests.Doctor;

public sealed class KeyChecksTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ManualTimeProvider clock = new();

    public void Dispose() => folder.Dispose();

    private string Home => folder["home"];

    [Fact]
    public async Task All_BeforeTheFirstRun_AreOkAndMakeNothing()
    {
        Assert.All(await AllAsync(), result => Assert.Equal(CheckState.Ok, result.State));
        Assert.All(await AllAsync(), result => Assert.Contains("will be made at first use", result.Found, StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task All_AfterTheFirstRun_AreOk()
    {
        var id = await MakeAsync();
        var results = await AllAsync();
        Assert.All(results, result => Assert.Equal((CheckState.Ok, null), (result.State, result.Cure)));
        Assert.Contains(id, results[1].Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Home_ThatIsAFile_IsMissing()
    {
        File.WriteAllText(Home, "");
        Assert.Equal(CheckState.Missing, (await AllAsync())[0].State);
    }

    [Fact]
    public async Task Home_BelowAFile_IsMissing()
    {
        File.WriteAllText(folder["file"], "");
        var result = Assert.Single(await new HomeCheck(folder["file/home"]).RunAsync(default));
        Assert.Equal(CheckState.Missing, result.State);
        Assert.Contains("is a file", result.Found, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task Home_ThatOthersMayWriteTo_IsMissing()
    {
        await MakeAsync();
        TemporaryFolder.SetMode(Home, "777");
        var home = (await AllAsync())[0];
        Assert.Equal((CheckState.Missing, $"chmod 700 '{Home}'"), (home.State, home.Cure));
    }

    [UnixFact]
    public async Task Home_ThatOthersMayLookInto_IsAWarning()
    {
        await MakeAsync();
        TemporaryFolder.SetMode(Home, "755");
        var home = (await AllAsync())[0];
        Assert.Equal((CheckState.Warning, $"chmod 700 '{Home}'"), (home.State, home.Cure));
    }

    [UnixFact]
    public async Task Key_ThatOthersMayRead_IsMissing()
    {
        await MakeAsync();
        var file = Path.Combine(Home, "signing-key.pem");
        TemporaryFolder.SetMode(file, "640");
        var key = (await AllAsync())[1];
        Assert.Equal((CheckState.Missing, $"chmod 600 '{file}'"), (key.State, key.Cure));
    }

    [Fact]
    public async Task Key_ThatIsNone_IsMissing()
    {
        await MakeAsync();
        await File.WriteAllTextAsync(Path.Combine(Home, "signing-key.pem"), "not a key");
        var key = (await AllAsync())[1];
        Assert.Equal(CheckState.Missing, key.State);
        Assert.Contains("is no private key", key.Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_ThatIsGone_IsAWarningAndNotMade()
    {
        await MakeAsync();
        File.Delete(Path.Combine(Home, "signing-key.pem"));
        Assert.Equal(CheckState.Warning, (await AllAsync())[1].State);
        Assert.False(File.Exists(Path.Combine(Home, "signing-key.pem")));
    }

    [Fact]
    public async Task Trust_ThatIsGone_IsMissingAndTheKeyIsNot()
    {
        await MakeAsync();
        File.Delete(Path.Combine(Home, "trust.json"));
        var results = await AllAsync();
        Assert.Equal((CheckState.Ok, CheckState.Missing, "miyabi keys trust --own"), (results[1].State, results[2].State, results[2].Cure));
    }

    [Fact]
    public async Task Trust_ThatIsNone_IsMissing()
    {
        await MakeAsync();
        await File.WriteAllTextAsync(Path.Combine(Home, "trust.json"), "{");
        var results = await AllAsync();
        Assert.Equal((CheckState.Ok, CheckState.Missing), (results[1].State, results[2].State));
        Assert.Contains("not JSON", results[2].Found, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task Trust_ThatOthersMayChange_IsMissing()
    {
        await MakeAsync();
        var file = Path.Combine(Home, "trust.json");
        TemporaryFolder.SetMode(file, "666");
        var trust = (await AllAsync())[2];
        Assert.Equal((CheckState.Missing, $"chmod 600 '{file}'"), (trust.State, trust.Cure));
    }

    [Fact]
    public async Task Trust_WithoutTheOwnKey_IsMissing()
    {
        var id = await MakeAsync();
        await TrustFile.RemoveAsync(Home, id, default);
        var trust = (await AllAsync())[2];
        Assert.Equal((CheckState.Missing, "miyabi keys trust --own"), (trust.State, trust.Cure));
    }

    [Theory]
    [InlineData("notAfter", -1, CheckState.Missing)]
    [InlineData("notBefore", 1, CheckState.Missing)]
    [InlineData("notAfter", 29, CheckState.Warning)]
    [InlineData("notAfter", 31, CheckState.Ok)]
    public async Task Trust_OfTheOwnKey_IsJudgedByItsValidity(string field, int days, object expected)
    {
        await MakeAsync();
        await BoundAsync(field, days);
        Assert.Equal(expected, (await AllAsync())[2].State);
    }

    [Theory]
    [InlineData("notAfter", -1, CheckState.Warning)]
    [InlineData("notBefore", 1, CheckState.Warning)]
    [InlineData("notAfter", 29, CheckState.Warning)]
    [InlineData("notAfter", 31, null)]
    public async Task Trust_OfAnotherKey_IsJudgedByItsValidity(string field, int days, object? expected)
    {
        using (var other = await InstallationKeys.OpenOrCreateAsync(folder["other"], default))
            await TrustFile.AddAsync(Home, other.PublicKeyPem, "other\u001b[2J", [Core.Ledger.KeyRole.Agent], default);
        await BoundAsync(field, days);
        await MakeAsync();
        var results = await AllAsync();
        Assert.Equal(CheckState.Ok, results[2].State);
        Assert.Equal(expected, results.ElementAtOrDefault(3)?.State);
        if (expected is not null)
            Assert.Contains("miyabi keys remove ", results[3].Cure, StringComparison.Ordinal);
    }

    private async Task<string> MakeAsync()
    {
        using var keys = await InstallationKeys.OpenOrCreateAsync(Home, default);
        return keys.Signer.KeyId;
    }

    private async Task BoundAsync(string field, int days)
    {
        var file = Path.Combine(Home, "trust.json");
        var time = clock.GetUtcNow().AddDays(days).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var text = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, text.Replace("\"roles\"", $"\"{field}\": \"{time}\", \"roles\"", StringComparison.Ordinal));
    }

    private async Task<List<CheckResult>> AllAsync() =>
        [.. await new HomeCheck(Home).RunAsync(default), .. await new KeyCheck(Home).RunAsync(default), .. await new TrustCheck(Home, clock).RunAsync(default)];
}
