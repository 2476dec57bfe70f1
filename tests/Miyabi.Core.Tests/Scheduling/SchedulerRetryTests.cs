using FsCheck;
using FsCheck.Fluent;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

/// <summary>What follows a failed attempt, in whatever run.</summary>
public class SchedulerRetryTests
{
    private const int Cases = 400;

    [Fact]
    public void Attempts_AnyRun_AreNumberedFromOneUpToMaxAttempts() => RunCases.CheckRuns(Cases, trace =>
        Assert.All(trace.AtEnd.Tasks, task =>
        {
            Assert.Equal(Enumerable.Range(1, task.Starts.Count), task.Starts.Select(start => start.Attempt));
            Assert.InRange(task.Starts.Count, 0, task.Task.Retry.MaxAttempts);
        }));

    [Fact]
    public void Retry_FailureThatNoRetryHelps_NeverComes() => RunCases.CheckRuns(Cases, trace =>
        Assert.All(trace.AtEnd.Tasks, task => Assert.DoesNotContain(
            task.Endings,
            ending => ending.Failure is { } failure && !failure.Kind.IsRetryable() && ending.Attempt < task.Starts.Count)));

    [Fact]
    public void Retry_CancelledOrStopped_IsNotDecided() => RunCases.CheckRuns(Cases, trace =>
    {
        var wasOver = false;
        trace.AfterEachStep((facts, step) =>
        {
            if (wasOver)
                Assert.DoesNotContain(step.Decisions, decision => decision is RetryDecision);
            wasOver = facts.IsCancelled || facts.IsStopped;
        });
    });

    [Fact]
    public void Retry_AnyRun_StartsNotBeforeItsTime() => RunCases.CheckRuns(Cases, trace =>
        trace.BeforeEachStart((facts, start, step) =>
        {
            if (start.Attempt > 1)
                Assert.True(facts[start.Task].Retries.Single(retry => retry.Attempt == start.Attempt).NotBefore <= step.Now);
        }));

    [Fact]
    public void Start_Retry_TellsWhatEarlierAttemptsFailedFor() => RunCases.CheckRuns(Cases, trace =>
        trace.BeforeEachStart((facts, start, _) =>
            Assert.Equal(facts[start.Task].Endings.Select(ending => ending.Failure!.Message), start.Findings.Select(finding => finding.Text))));

    [Fact]
    public void Retry_AnyRun_WaitsTheBackoffOrWhatTheProviderAsksFor() => RunCases.CheckRuns(Cases, trace =>
    {
        foreach (var step in trace.Steps)
        {
            foreach (var retry in step.Decisions.OfType<RetryDecision>())
            {
                var policy = trace.Run.Plan.Tasks.Single(task => task.Id == retry.Task).Retry;
                var ending = step.Endings.First(ending => ending.Task == retry.Task && ending.Attempt == retry.Attempt - 1);
                AssertWait(policy, ending.Attempt, ending.Failure!.RetryAfter, retry.NotBefore - step.Now);
            }
        }
    });

    [Fact]
    public void Backoff_AnyPolicyWithinTheLimits_IsWithinTwentyPercentOrWhatTheProviderAsksFor()
    {
        var any = Gen.Choose(0, int.MaxValue - 1).ToArbitrary();
        Prop.ForAll(any, seed =>
        {
            var random = new Random(seed);
            var policy = new RetryPolicy
            {
                Backoff = TimeSpan.FromHours(random.NextDouble()),
                Factor = 1 + (9 * random.NextDouble()),
                MaxBackoff = TimeSpan.FromHours(24 * random.NextDouble()),
            };
            var attempt = random.Next(1, 21);
            TimeSpan? retryAfter = random.Next(2) == 0 ? TimeSpan.FromHours(3 * random.NextDouble()) : null;
            AssertWait(policy, attempt, retryAfter, Scheduler.Backoff(policy, "run", $"task-{seed}", attempt, retryAfter));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithReplay(20261, 7));
    }

    [Fact]
    public void Backoff_OtherRunTaskOrAttempt_HasOtherJitter()
    {
        var policy = new RetryPolicy { Factor = 1 };
        TimeSpan[] waits =
        [
            Scheduler.Backoff(policy, "run-1", "task", 1, null),
            Scheduler.Backoff(policy, "run-2", "task", 1, null),
            Scheduler.Backoff(policy, "run-1", "task-2", 1, null),
            Scheduler.Backoff(policy, "run-1", "task", 2, null),
        ];
        Assert.Distinct(waits);
    }

    private static void AssertWait(RetryPolicy policy, int failedAttempt, TimeSpan? retryAfter, TimeSpan wait)
    {
        var ideal = policy.Backoff;
        for (var attempt = 1; attempt < failedAttempt && ideal < policy.MaxBackoff; attempt++)
            ideal *= policy.Factor;
        if (ideal > policy.MaxBackoff)
            ideal = policy.MaxBackoff;
        var asked = retryAfter ?? TimeSpan.Zero;
        if (asked > TimeSpan.FromHours(1))
            asked = TimeSpan.FromHours(1);
        var rounding = TimeSpan.FromMicroseconds(100);
        Assert.True(wait >= asked, $"{wait} is less than the {asked} that the provider asks for.");
        if (wait != asked)
            Assert.InRange(wait, (0.8 * ideal) - rounding, ideal + rounding);
    }
}
