using Miyabi.Agents.Models;
using Miyabi.Core.Agents;
using Miyabi.Testing;
using Miyabi.Testing.Agents;
using Miyabi.Wire;

namespace Miyabi.Agents.Tests.Models;

/// <summary>What being turned away does to attempts: it slows them down, and ends none before its time.</summary>
public sealed class RateLimitTests
{
    private static readonly ModelLimits Patient = new() { Concurrency = 8, MaxWait = TimeSpan.FromHours(1) };

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Attempt_ThatIsTurnedAway_WaitsAndSucceeds(string provider)
    {
        var time = new ManualTimeProvider();
        await using var bench = await ModelBench.StartAsync(provider, options => options with { Limits = Patient }, time);
        bench.Server.Next(WireScenario.RateLimitedFor7s, WireScenario.Overloaded, WireScenario.RateLimited);

        var result = await EndAsync(time, bench.RunAsync());

        Assert.Null(result.Failure);
        Assert.Equal(4, bench.Server.Received.Count);
        Assert.Equal(WireServer.OutputTokens, result.Usage.OutputTokens);
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Storm_FailsNoAttempt(string provider)
    {
        var time = new ManualTimeProvider();
        await using var bench = await ModelBench.StartAsync(provider, options => options with { Limits = Patient }, time);
        bench.Server.Next([.. Enumerable.Repeat(WireScenario.RateLimited, 15), .. Enumerable.Repeat(WireScenario.RateLimitedForAnHour, 1)]);

        var results = await EndAsync(time, Task.WhenAll(Enumerable.Range(0, 25).Select(number => bench.RunAsync(bench.Request($"Task-{number}")))));

        Assert.All(results, result => Assert.Null(result.Failure));
        Assert.Equal(25 + 16, bench.Server.Received.Count);
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Storm_WithoutEnd_FailsTheAttemptWhenItsWaitIsOver(string provider)
    {
        var time = new ManualTimeProvider();
        await using var bench = await ModelBench.StartAsync(provider, options => options with { Limits = Patient with { MaxWait = TimeSpan.FromMinutes(10) } }, time);
        bench.Server.Usual = WireScenario.Overloaded;

        var result = await EndAsync(time, bench.RunAsync());

        Assert.Equal(FailureKind.Overloaded, result.Failure!.Kind);
        Assert.Contains("waited for 600 s in vain", result.Failure.Message);
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task Cancel_WhileWaiting_EndsTheAttempt(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider, options => options with { Limits = Patient }, new ManualTimeProvider());
        bench.Server.Usual = WireScenario.RateLimited;
        using var cancel = new CancellationTokenSource();
        var progress = new RecordedProgress();
        var attempt = bench.RunAsync(progress: progress, cancellationToken: cancel.Token);
        await Until.TrueAsync(() => progress.Reports.Any(report => report.Message?.Contains("takes no more calls now") == true), "the attempt waits");

        await cancel.CancelAsync();

        Assert.Equal(AgentUsage.None, (await Assert.ThrowsAsync<AttemptCancelledException>(() => attempt)).Usage);
        Assert.Single(bench.Server.Received);
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task OtherFailures_AreNotTriedAgainHere(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider, options => options with { Limits = Patient }, new ManualTimeProvider());
        bench.Server.Usual = WireScenario.ServerError;

        await bench.RunAsync();

        Assert.Single(bench.Server.Received);
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task AnswerThatHadBegun_IsPaid_AndNotAskedForAgainInTheSameAttempt(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider, options => options with { Limits = Patient }, new ManualTimeProvider());
        bench.Server.Usual = WireScenario.OverloadedMidway;

        var result = await bench.RunAsync();

        Assert.True(result.Failure!.Kind.IsRetryable());
        Assert.Single(bench.Server.Received);
    }

    [Theory]
    [MemberData(nameof(ModelBench.Providers), MemberType = typeof(ModelBench))]
    public async Task OtherModel_IsNotHeldBack(string provider)
    {
        await using var bench = await ModelBench.StartAsync(provider, options => options with { Limits = Patient }, new ManualTimeProvider());
        bench.Server.Decide = request => request.Body.GetProperty("model").GetString() == "busy" ? WireScenario.RateLimited : WireScenario.Success;
        var progress = new RecordedProgress();
        using var cancel = new CancellationTokenSource();
        var waiting = bench.RunAsync(bench.Request("Task-1", task => task with { Model = "busy" }), progress, cancel.Token);
        await Until.TrueAsync(() => progress.Reports.Any(report => report.Message == "waits: busy takes no more calls now"), "the attempt waits");

        Assert.Null((await bench.RunAsync(bench.Request("Task-2", task => task with { Model = "free" }))).Failure);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private static async Task<T> EndAsync<T>(ManualTimeProvider time, Task<T> work)
    {
        await Until.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(5));
                return work.IsCompleted;
            },
            "it has ended");
        return await work;
    }
}
