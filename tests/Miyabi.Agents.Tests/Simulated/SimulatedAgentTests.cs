using System.Text;
using System.Text.Json;
using Miyabi.Agents.Simulated;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Testing.Agents;

namespace Miyabi.Agents.Tests.Simulated;

public sealed class SimulatedAgentTests
{
    private static readonly SimulatedSettings Settings = new()
    {
        Work = TimeSpan.FromSeconds(10),
        Files = ["core/a.txt", "core/b.txt"],
        Tokens = 7,
        CostUsd = 0.25m,
    };

    private readonly SteppedTime time = new(TimeSpan.FromMilliseconds(1));
    private readonly RecordedProgress progress = new();

    [Fact]
    public async Task Output_WithoutOneInThePlan_NamesTaskFilesAndInputs()
    {
        var result = await RunAsync(Of(Settings).WithInputs("Task-1"));

        Assert.Equal(
            """{"summary":"Task-2: Title of Task-2","files":["core/a.txt","core/b.txt"],"inputs":["Task-1"]}""",
            result.Output.GetRawText());
        Assert.Equal(["core/a.txt", "core/b.txt"], result.Files.Select(file => file.Path));
        Assert.Contains("Task-2", Encoding.UTF8.GetString(result.Files[0].Content.Span));
    }

    [Fact]
    public async Task Output_FromThePlan_IsTakenAsItIs()
    {
        var result = await RunAsync(Of(Settings with { Output = """{ "answer": 42 }""" }));

        Assert.Equal(42, result.Output.GetProperty("answer").GetInt32());
    }

    [Fact]
    public async Task Output_FromThePlanIsNoJson_IsAFailure()
    {
        var result = await RunAsync(Of(Settings with { Output = "{" }));

        Assert.Equal(FailureKind.InvalidOutput, result.Failure?.Kind);
    }

    [Fact]
    public async Task Content_OfOneTask_DependsOnNothingElse()
    {
        var one = await RunAsync(Of(Settings));
        var other = await new SimulatedAgent(new SteppedTime(TimeSpan.FromSeconds(5))).RunAsync(
            Of(Settings with { Work = TimeSpan.FromSeconds(1) }) with
            {
                RunId = "run-2",
                Attempt = 3,
                Speed = 100,
                Agent = new AgentSpec { Id = "agent-2", Kind = AgentKind.Claude },
            },
            progress,
            CancellationToken.None);

        Assert.Equal(one.Output.GetRawText(), other.Output.GetRawText());
        Assert.Equal(
            one.Files.Select(file => Convert.ToHexString(file.Content.Span)),
            other.Files.Select(file => Convert.ToHexString(file.Content.Span)));
    }

    [Theory]
    [InlineData(1, 10_000)]
    [InlineData(10, 1_000)]
    [InlineData(0.5, 20_000)]
    public async Task Work_AtASpeed_TakesItsTimeAndNoMoreThanOneTimersOvershoot(double speed, int milliseconds)
    {
        await RunAsync(Of(Settings) with { Speed = speed });

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds + 1), time.Elapsed);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(99, 1)]
    [InlineData(350, 3)]
    [InlineData(1_000, 10)]
    [InlineData(3_600_000, 10)]
    public async Task Progress_IsToldInEvenSteps(int milliseconds, int steps)
    {
        await RunAsync(Of(Settings with { Work = TimeSpan.FromMilliseconds(milliseconds) }));

        Assert.Equal(Enumerable.Range(1, steps).Select(step => (double)step / steps), progress.Reports.Select(report => report.Fraction));
    }

    [Fact]
    public async Task Work_OfPartsOfAMillisecond_IsNeverCutShort()
    {
        var exact = new SteppedTime(TimeSpan.Zero);
        var settings = Settings with { Work = TimeSpan.FromMicroseconds(1_500) };

        await new SimulatedAgent(exact).RunAsync(Of(settings), progress, CancellationToken.None);

        Assert.Equal(TimeSpan.FromMilliseconds(2), exact.Elapsed);
    }

    [Fact]
    public async Task Work_SlowedDownToMonths_IsWaitedForInParts()
    {
        await RunAsync(Of(Settings with { Work = TimeSpan.FromHours(24) }) with { Speed = 0.01 });

        Assert.InRange(time.Elapsed, TimeSpan.FromDays(100), TimeSpan.FromDays(100) + TimeSpan.FromMilliseconds(1));
        Assert.All(time.Delays, delay => Assert.True(delay <= TimeSpan.FromHours(1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public async Task Speed_NotMoreThanZero_Throws(double speed) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => RunAsync(Of(Settings) with { Speed = speed }));

    [Fact]
    public async Task Usage_OfAnAttemptThatWorked_IsThePlans()
    {
        AgentResult[] results = [await RunAsync(Of(Settings)), await RunAsync(Of(Faulty(SimulatedFault.Fail)))];

        Assert.All(results, result => Assert.Equal(new AgentUsage(7, 7, 0.25m), result.Usage));
    }

    [Theory]
    [InlineData(SimulatedFault.Refuse, FailureKind.Refused)]
    [InlineData(SimulatedFault.RateLimit, FailureKind.RateLimited)]
    public async Task Fault_BeforeTheWork_TakesNoTimeAndUsesNothing(SimulatedFault fault, FailureKind kind)
    {
        var result = await RunAsync(Of(Faulty(fault)));

        Assert.Equal(kind, result.Failure?.Kind);
        Assert.Equal(AgentUsage.None, result.Usage);
        Assert.Equal(TimeSpan.Zero, time.Elapsed);
    }

    [Fact]
    public async Task RateLimit_AtASpeed_AsksForASecondOfIt()
    {
        var result = await RunAsync(Of(Faulty(SimulatedFault.RateLimit)) with { Speed = 10 });

        Assert.Equal(TimeSpan.FromMilliseconds(100), result.Failure?.RetryAfter);
    }

    [Fact]
    public async Task Fail_ComesAfterTheWork_AndIsRetryable()
    {
        var result = await RunAsync(Of(Faulty(SimulatedFault.Fail)));

        Assert.True(result.Failure?.Kind.IsRetryable());
        Assert.True(time.Elapsed >= Settings.Work);
    }

    [Fact]
    public async Task Garbage_IsAnAnswerWithAFileThatNoTaskMayWrite()
    {
        var result = await RunAsync(Of(Faulty(SimulatedFault.Garbage)));

        Assert.Null(result.Failure);
        Assert.Equal(JsonValueKind.String, result.Output.ValueKind);
        Assert.NotNull(ArtifactPath.WhyUnsafe(Assert.Single(result.Files).Path));
    }

    [Fact]
    public async Task Crash_Throws() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(Of(Faulty(SimulatedFault.Crash))));

    [Fact]
    public async Task Hang_EndsWithTheCancelOnly()
    {
        var counting = new CountingTime();
        using var cancel = new CancellationTokenSource();
        var attempt = new SimulatedAgent(counting).RunAsync(Of(Faulty(SimulatedFault.Hang)), progress, cancel.Token);
        Assert.False(attempt.IsCompleted);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attempt);
        Assert.Empty(counting.Running);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public async Task Faults_AreTakenByAttempt_AndThenItSucceeds(int attempt, bool succeeds)
    {
        var settings = Settings with { Faults = [SimulatedFault.Fail, SimulatedFault.None, SimulatedFault.Fail] };

        var result = await RunAsync(Of(settings) with { Attempt = attempt });

        Assert.Equal(succeeds, result.Failure is null);
    }

    [Fact]
    public async Task Task_WithoutSettings_WorksASecondAndSucceeds()
    {
        var result = await RunAsync(AgentRequests.Of("Task-2", AgentKind.Codex));

        Assert.Null(result.Failure);
        Assert.Equal(TimeSpan.FromMilliseconds(1_001), time.Elapsed);
    }

    private static SimulatedSettings Faulty(SimulatedFault fault) => Settings with { Faults = [fault] };

    private static AgentRequest Of(SimulatedSettings settings) =>
        AgentRequests.Of("Task-2", AgentKind.Claude, task => task with { Simulated = settings });

    private Task<AgentResult> RunAsync(AgentRequest request) =>
        new SimulatedAgent(time).RunAsync(request, progress, CancellationToken.None);
}
