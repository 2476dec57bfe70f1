using System.Text.Json;
using Miyabi.Core.Agents;

namespace Miyabi.Testing.Agents;

/// <summary>What every provider's agent keeps to.</summary>
/// <remarks>A provider's test class derives from it and says how its agent is brought to each case.</remarks>
public abstract class AgentConformance
{
    // Far more than any of this takes: only a hanging agent meets it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>The agent under test.</summary>
    protected abstract IAgent Agent { get; }

    /// <summary>An attempt that succeeds and names its task's id in its output.</summary>
    protected abstract AgentRequest Succeeding(string taskId);

    /// <summary>An attempt that does its work and fails.</summary>
    protected abstract AgentRequest Failing(string taskId);

    /// <summary>An attempt that would take an hour.</summary>
    protected abstract AgentRequest Slow(string taskId);

    /// <summary>An attempt whose output names the tasks of its inputs.</summary>
    protected abstract AgentRequest NamingItsInputs(string taskId);

    /// <summary>What is at work for the agent's attempts now, as the test sees it from outside: processes, calls, timers.</summary>
    protected abstract IReadOnlyCollection<string> AtWork();

    [Fact]
    public async Task Success_IsAnOutputWithoutFailure()
    {
        var result = await RunAsync(Succeeding("Task-1"));

        Assert.Null(result.Failure);
        Assert.Contains("Task-1", result.Output.GetRawText());
        Assert.Empty(AtWork());
    }

    [Fact]
    public async Task Failure_IsDataWithAMessage()
    {
        var result = await RunAsync(Failing("Task-1"));

        Assert.NotNull(result.Failure);
        Assert.True(Enum.IsDefined(result.Failure.Kind));
        Assert.InRange(result.Failure.Message.Length, 1, AgentLimits.MaxMessageCharacters);
        Assert.Empty(result.Files);
        Assert.True(result.Output.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null);
        Assert.Empty(AtWork());
    }

    [Fact]
    public async Task Usage_IsNeverNegative()
    {
        AgentResult[] results = [await RunAsync(Succeeding("Task-1")), await RunAsync(Failing("Task-2"))];

        Assert.All(results, result =>
        {
            Assert.True(result.Usage.InputTokens >= 0);
            Assert.True(result.Usage.OutputTokens >= 0);
            Assert.True(result.Usage.CostUsd >= 0);
        });
    }

    [Fact]
    public async Task Progress_IsBetweenNoneAndAll_AndNeverFallsBack()
    {
        var progress = new RecordedProgress();

        await RunAsync(Succeeding("Task-1"), progress);

        var fractions = progress.Reports.Select(report => report.Fraction).ToArray();
        Assert.All(fractions, fraction => Assert.InRange(fraction, 0, 1));
        Assert.Equal(fractions.Order(), fractions);
    }

    [Fact]
    public async Task Cancel_BeforeTheStart_StartsNothing()
    {
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(Slow("Task-1"), cancellationToken: cancel.Token));

        Assert.Empty(AtWork());
    }

    [Fact]
    public async Task Cancel_InMidWork_ThrowsAndLeavesNothingAtWork()
    {
        using var cancel = new CancellationTokenSource();
        var attempt = RunAsync(Slow("Task-1"), cancellationToken: cancel.Token);
        await Until.TrueAsync(() => AtWork().Count > 0, "the attempt is at work");

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attempt);

        Assert.Empty(AtWork());
    }

    [Fact]
    public async Task Cancel_OfOneAttempt_LeavesAnotherAtWork()
    {
        using var cancel = new CancellationTokenSource();
        using var cancelOther = new CancellationTokenSource();
        var other = RunAsync(Slow("Task-2"), cancellationToken: cancelOther.Token);
        await Until.TrueAsync(() => AtWork().Count > 0, "the other attempt is at work");
        var attempt = RunAsync(Slow("Task-1"), cancellationToken: cancel.Token);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attempt);

        Assert.False(other.IsCompleted);
        Assert.NotEmpty(AtWork());
        await cancelOther.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
    }

    [Fact]
    public async Task ManyAttemptsAtOnce_DoNotMix()
    {
        var ids = Enumerable.Range(10, 20).Select(number => $"Many-{number}").ToArray();

        var results = await Task.WhenAll(ids.Select(id => RunAsync(Succeeding(id))));

        Assert.All(ids.Zip(results), attempt =>
        {
            var output = attempt.Second.Output.GetRawText();
            Assert.Contains(attempt.First, output);
            Assert.DoesNotContain(ids, id => id != attempt.First && output.Contains(id));
        });
    }

    [Fact]
    public async Task Inputs_ReachTheAgent()
    {
        var result = await RunAsync(NamingItsInputs("Task-3").WithInputs("Task-1", "Task-2"));

        Assert.Null(result.Failure);
        Assert.Contains("Task-1", result.Output.GetRawText());
        Assert.Contains("Task-2", result.Output.GetRawText());
    }

    private Task<AgentResult> RunAsync(
        AgentRequest request, IProgress<AgentProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Agent.RunAsync(request, progress ?? new RecordedProgress(), cancellationToken).WaitAsync(Patience, CancellationToken.None);
}
