using Miyabi.Testing.Orchestration;
using Miyabi.Web.Handlers;
using Miyabi.Web.Tests.Hosting;

namespace Miyabi.Web.Tests;

public sealed class HealthTests
{
    [Fact]
    public async Task Health_WhenAllIsThere_IsWellAndCountsWhoWaits()
    {
        var clock = new ManualClock();
        await using var api = await Api.StartAsync(new ApiOptions { Clock = clock });
        api.Engine.Holds = true;
        await api.StartAsync("goes-on", Plans.Two);
        await api.StartAsync("waits", Plans.Two);
        api.Engine.Forget("waits~1");
        clock.Advance(TimeSpan.FromMinutes(2));

        var health = await api.GetAsync("health");

        Assert.Equal((200, "ok", 1), (health.Status, health.Json.GetProperty("status").GetString(), health.Json.GetProperty("waitingRuns").GetInt32()));
        Assert.Equal(2, api.Engine.Starts.Count);
        Assert.DoesNotContain("waits~1", health.Text);
    }

    [Theory]
    [InlineData(true, "unavailable", "ok")]
    [InlineData(false, "ok", "unavailable")]
    public async Task Health_WhenSomethingIsAway_SaysWhich_AndNothingOfTheInside(bool isStore, string store, string engine)
    {
        await using var api = await Api.StartAsync();
        (api.Store.IsAway, api.Engine.IsAway) = (isStore, !isStore);

        var health = await api.GetAsync("health");

        Assert.Equal((503, store, engine), (health.Status, health.Json.GetProperty("store").GetString(), health.Json.GetProperty("engine").GetString()));
        Assert.NotNull(health.Headers.RetryAfter);
        Assert.DoesNotContain("secret", health.Text);
    }

    [Fact]
    public async Task Health_AskedOften_IsLookedAtNowAndThen()
    {
        var clock = new ManualClock();
        await using var api = await Api.StartAsync(new ApiOptions { Clock = clock });

        Assert.Equal(200, (await api.GetAsync("health")).Status);
        api.Store.IsAway = true;
        Assert.Equal(200, (await api.GetAsync("health")).Status);
        clock.Advance(HealthHandlers.Freshness + TimeSpan.FromSeconds(1));
        Assert.Equal(503, (await api.GetAsync("health")).Status);
    }
}
