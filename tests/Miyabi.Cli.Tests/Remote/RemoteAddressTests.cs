using Miyabi.Cli.Remote;

namespace Miyabi.Cli.Tests.Remote;

public sealed class RemoteAddressTests
{
    [Theory]
    [InlineData("https://app.example.net", "https://app.example.net", "https://app.example.net/api/")]
    [InlineData("https://app.example.net/", "https://app.example.net", "https://app.example.net/api/")]
    [InlineData("https://app.example.net/api", "https://app.example.net", "https://app.example.net/api/")]
    [InlineData("https://app.example.net/API/", "https://app.example.net", "https://app.example.net/api/")]
    [InlineData("https://app.example.net/below", "https://app.example.net/below", "https://app.example.net/below/api/")]
    [InlineData("http://127.0.0.1:7071", "http://127.0.0.1:7071", "http://127.0.0.1:7071/api/")]
    [InlineData("http://localhost:7071/api", "http://localhost:7071", "http://localhost:7071/api/")]
    [InlineData("http://[::1]:7071", "http://[::1]:7071", "http://[::1]:7071/api/")]
    public void Address_OfAnApp_IsTaken(string given, string text, string api)
    {
        var address = RemoteAddress.Parse("--url", given);
        Assert.Equal(text, address.Text);
        Assert.Equal(api, address.Api.AbsoluteUri);
    }

    [Theory]
    [InlineData("app.example.net", "give the address of a function app")]
    [InlineData("ftp://app.example.net", "give the address of a function app")]
    [InlineData("", "give the address of a function app")]
    [InlineData("http://app.example.net", "in the clear")]
    [InlineData("http://127.0.0.1.example.net", "in the clear")]
    [InlineData("https://app.example.net/api?code=s3cret", "without a key")]
    [InlineData("https://app.example.net/#s3cret", "without a key")]
    [InlineData("https://s3cret:s3cret@app.example.net", "without a key")]
    public void Address_ThatIsNone_IsRefusedAndRepeatsNoSecret(string given, string why)
    {
        var e = Assert.Throws<UsageException>(() => RemoteAddress.Parse("--url", given));
        Assert.Contains(why, e.Message);
        Assert.DoesNotContain("s3cret", e.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\r\nX-Other: b")]
    public void Key_ThatCannotBeOne_IsRefusedAndNotRepeated(string key)
    {
        var e = Assert.Throws<UsageException>(() => new FunctionKey("MIYABI_KEY", key));
        Assert.StartsWith("MIYABI_KEY: this is no key", e.Message);
        Assert.DoesNotContain("X-Other", e.Message);
    }
}
