using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Tests.Scheduling;

public class SchedulerModelTests
{
    [Fact]
    public void Advance_AnyRun_DecidesWhatTheReferenceModelDecides() => RunCases.CheckRuns(2000, Compare);

    [Fact]
    public void Advance_AnyRunTakenUpAgain_DecidesWhatTheReferenceModelDecides() => RunCases.CheckRetriedRuns(800, Compare);

    [Fact]
    public void Advance_AnyRunWithGatesAndReviews_DecidesWhatTheReferenceModelDecides() => RunCases.CheckReviewedRuns(100, Compare);

    [Fact]
    public void Advance_AnyRunWithGatesAndReviewsTakenUpAgain_DecidesWhatTheReferenceModelDecides() => RunCases.CheckReviewedRuns(50, Compare, retries: 3);

    [Fact]
    public void Advance_AnyRunWhoseWorkersEnd_DecidesWhatTheReferenceModelDecides() => RunCases.CheckInterruptedRuns(100, Compare, retries: 1);

    private static void Compare(RunTrace trace)
    {
        var model = new ReferenceScheduler(trace.Run);
        foreach (var step in trace.Steps)
        {
            var expected = model.Decide(step);
            Assert.Equal(Normal(expected), Normal(step.Decisions));
        }
    }

    // Starts in their order; the order of the rest within a step is no promise, nor are the words of reasons.
    private static string Normal(IReadOnlyList<Decision> decisions)
    {
        var starts = decisions.OfType<StartDecision>().Select(start => $"start {start.Task} {start.Attempt} {start.Agent} {string.Join('|', start.Findings)}");
        var others = decisions.Select(Line).Where(line => line.Length > 0).Order(StringComparer.Ordinal);
        return string.Join('\n', [.. others, .. starts]);
    }

    private static string Line(Decision decision) => decision switch
    {
        StartDecision => "",
        RetryDecision retry => $"retry {retry.Task} {retry.Attempt} {retry.NotBefore:O}",
        FailDecision fail => $"fail {fail.Task}",
        SkipDecision skip => $"skip {skip.Task} {Kind(skip.Reason)}",
        AskDecision ask => $"ask {ask.Task} {ask.Message} {ask.Until:O}",
        AnswerDecision answer => $"answer {answer.Task} {answer.Approved} {answer.Reason}",
        BudgetReachedDecision => "budget",
        WaitDecision wait => $"wait {wait.Until:O}",
        FinishDecision finish => $"finish {finish.Outcome}",
        _ => throw new ArgumentOutOfRangeException(nameof(decision)),
    };

    private static string Kind(string reason) =>
        new[] { "depends", "cancelled", "stops" }.Single(word => reason.Contains(word, StringComparison.Ordinal));
}
