using Miyabi.Core.Verification;
using Miyabi.Storage;
using Miyabi.Testing.Azurite;
using Miyabi.Web.Tests.Hosting;

namespace Miyabi.Web.Tests;

public sealed class AzuriteTests(AzuriteFixture fixture) : IClassFixture<AzuriteFixture>
{
    [Fact]
    public async Task ARun_OverAzurite_IsStartedListedAndProven()
    {
        var store = StoreAddress.Parse(fixture.Azurite.Address(AzuriteProcess.NewContainer()), _ => null).Open();
        await using var api = await Api.StartAsync(new ApiOptions { Store = store });

        await api.CarryOutAsync("run", Plans.Two);

        Assert.Equal("run", (await api.GetAsync("runs?state=succeeded")).Json.GetProperty("runs")[0].GetProperty("run").GetString());
        Assert.Equal(200, (await api.GetAsync("runs/run/manifest")).Status);
        Assert.Equal("ok", (await api.GetAsync("health")).Json.GetProperty("status").GetString());
        Assert.True((await new RunVerifier(store, Api.Trust).VerifyAsync("run", null, default)).IsProven);
    }
}
