using Miyabi.Agents.Models;
using Miyabi.Testing;

namespace Miyabi.Agents.Tests.Models;

public sealed class ModelLimitersTests
{
    private readonly ManualTimeProvider time = new();

    [Fact]
    public void Model_HasOneLimiterForEverybody_AndNotAnothers()
    {
        var limiters = new ModelLimiters(new ModelLimits(), time);

        using var one = limiters.Rent("a");
        using var again = limiters.Rent("a");
        using var other = limiters.Rent("b");

        Assert.Same(one.Limiter, again.Limiter);
        Assert.NotSame(one.Limiter, other.Limiter);
    }

    [Fact]
    public void Model_IsRemembered_BetweenAttempts()
    {
        var limiters = new ModelLimiters(new ModelLimits(), time);
        ModelLimiter first;
        using (var one = limiters.Rent("a"))
            first = one.Limiter;

        using var again = limiters.Rent("a");

        Assert.Same(first, again.Limiter);
    }

    [Fact]
    public void ModelsWithoutEnd_AreForgotten_WhenNobodyUsesThem()
    {
        var limiters = new ModelLimiters(new ModelLimits(), time);

        for (var i = 0; i < 1_000; i++)
            limiters.Rent($"model-{i}").Dispose();

        Assert.InRange(limiters.Count, 1, ModelLimiters.Kept);
    }

    [Fact]
    public async Task Model_InUse_OrLeftAlone_IsNotForgotten()
    {
        var limiters = new ModelLimiters(new ModelLimits(), time);
        using var used = limiters.Rent("used");
        ModelLimiter cooling;
        using (var rented = limiters.Rent("cooling"))
        {
            cooling = rented.Limiter;
            using var slot = await cooling.EnterAsync(1, null, () => { }, default);
            slot!.TurnedAway(TimeSpan.FromSeconds(30));
        }

        for (var i = 0; i < 1_000; i++)
            limiters.Rent($"model-{i}").Dispose();

        using var usedAgain = limiters.Rent("used");
        using var coolingAgain = limiters.Rent("cooling");
        Assert.Same(used.Limiter, usedAgain.Limiter);
        Assert.Same(cooling, coolingAgain.Limiter);
    }

    [Fact]
    public void Use_GivenBackTwice_CountsOnce()
    {
        var limiters = new ModelLimiters(new ModelLimits(), time);
        using var one = limiters.Rent("a");
        var other = limiters.Rent("a");
        other.Dispose();
        other.Dispose();

        for (var i = 0; i < 1_000; i++)
            limiters.Rent($"model-{i}").Dispose();

        using var again = limiters.Rent("a");
        Assert.Same(one.Limiter, again.Limiter);
    }
}
