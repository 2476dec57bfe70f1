using Miyabi.Cli.Tests.EndToEnd;

namespace Miyabi.Cli.Tests.Remote;

/// <summary>Whose documents are believed is decided here, by a person who was told the key's id.</summary>
public sealed class RemoteTrustTests(FunctionApp app) : IClassFixture<FunctionApp>
{
    [Fact]
    public async Task Key_OfAnApp_IsTrustedByItsIdAlone()
    {
        await app.SucceedAsync("run", Repository.Sample("hello"), "--speed", "1000", "--run-id", "r");

        var unproven = await app.RunAsync("verify", "r");
        Assert.Equal(1, unproven.Code);
        Assert.Contains("unknown key", unproven.Output);
        Assert.Contains($"miyabi keys trust --url {app.Url}", unproven.Error);
        var unread = await app.RunAsync("results", "r");
        Assert.Equal(1, unread.Code);
        Assert.Contains($"miyabi keys trust --url {app.Url}", unread.Error);

        var shown = await app.RunAsync("keys", "trust");
        Assert.Equal(2, shown.Code);
        Assert.Contains($"miyabi keys trust --url {app.Url} --id {app.KeyId}", shown.Error);
        var other = await app.RunAsync("keys", "trust", "--id", new string('0', 32));
        Assert.Equal(2, other.Code);
        Assert.Contains("Nothing was changed", other.Error);
        Assert.False(Directory.Exists(app.Sandbox["home"]));

        await app.TrustAsync();
        Assert.Contains("proven", await app.SucceedAsync("verify", "r"));
    }

    [Theory]
    [InlineData("application/json", """{ "keyId": "0f3c5a7e9b1d2c4e6f8091a2b3c4d5e6", "pem": "no key" }""", "what it gives as its key is none")]
    [InlineData("application/json", """{ "keyId": null, "pem": null }""", "what it gives as its key is none")]
    public async Task Key_ThatIsNone_IsNotTrusted(string type, string content, string why)
    {
        await using var server = await WireServer.StartAsync(200, type, content);
        using var remote = Apps.Of(server.Url);
        Assert.Contains(why, (await Assert.ThrowsAsync<Miyabi.Core.Ledger.StoreException>(() => Cli.Remote.RemoteKey.ReadAsync(remote, default))).Message);
    }
}
