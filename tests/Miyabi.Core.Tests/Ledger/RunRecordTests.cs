using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;
using Miyabi.Testing;
using Miyabi.Testing.Runs;

namespace Miyabi.Core.Tests.Ledger;

public sealed class RunRecordTests : IAsyncLifetime, IDisposable
{
    private readonly TestSigner signer = new();
    private readonly List<Verified<StepDocument>> steps = [];
    private RunRecord start = null!;

    public async Task InitializeAsync()
    {
        var ledger = await new FinishedRuns(new InMemoryBlobStore(), signer, TimeProvider.System).MakeAsync("r");
        var plan = (await ledger.ReadPlanAsync(default))!;
        start = RunRecord.Start(OpenRuns.Compile(plan.Value), plan.Digest);
        while (await ledger.ReadStepAsync(steps.Count + 1, default) is { } step)
            steps.Add(step);
    }

    [Fact]
    public void With_AllSteps_TellsTheRun()
    {
        var record = steps.Aggregate(start, (record, step) => record.With(step));

        Assert.Equal(RunOutcome.Failed, record.Scheduler.Outcome);
        Assert.Equal((4, 1, 1), (record.Scheduler.Accepted, record.Scheduler.Failed, record.Scheduler.Skipped));
        Assert.Equal(steps.Count, record.Step);
        Assert.Equal(steps.Select(step => step.Digest), record.Steps);
        Assert.Equal(steps[^1].Digest, record.LastDigest);
        Assert.Equal((steps[0].Value.At, steps[^1].Value.At), (record.StartedAt, record.LastAt));
        Assert.Equal((2, "control/1-approve.json"), (record.Owner, Assert.Single(record.TakenControls)));
        Assert.Equal(6, record.Endings.Count);
        Assert.Equal(4, record.Accepted.Count);
        Assert.Empty(record.AtWork);
    }

    [Fact]
    public void With_AnotherNumber_IsRefused()
    {
        Refused(start, steps[1]);
        Refused(start, steps[0] with { Value = steps[0].Value with { Step = 0 } });
        Refused(start.With(steps[0]), steps[0]);
    }

    [Fact]
    public void With_BrokenChain_IsRefused() => Refused(start.With(steps[0] with { Digest = "another" }), steps[1]);

    [Fact]
    public void With_OwnerGoingBack_IsRefused() =>
        Refused(start.With(steps[0]).With(steps[1]), steps[2] with { Value = steps[2].Value with { Owner = 1 } });

    [Fact]
    public void With_StepAfterTheEnd_IsRefused()
    {
        var ended = steps.Aggregate(start, (record, step) => record.With(step));

        Refused(ended, new(steps[^1].Value with { Step = ended.Step + 1, Previous = ended.LastDigest, Decisions = [] }, "d"));
    }

    [Fact]
    public void With_UnknownTaskOrAgent_IsRefused()
    {
        Decision[] decisions =
        [
            new StartDecision("ghost", 1, "C-1"), new StartDecision("plan", 1, "ghost"), new SkipDecision("ghost", ""), new FailDecision("ghost", ""),
            new RetryDecision("ghost", 1, default, ""), new AskDecision("ghost", "", null), new AnswerDecision("ghost", true, ""),
        ];
        foreach (var decision in decisions)
            Refused(start, steps[0] with { Value = steps[0].Value with { Decisions = [decision] } });
        Refused(start, steps[0] with { Value = steps[0].Value with { Endings = [new StepEnding { Ending = new Ending("ghost", 1, null, AgentUsage.None) }] } });
    }

    [Fact]
    public void With_UsageBeyondAllBounds_IsRefused()
    {
        var huge = new AgentUsage(1, 1, decimal.MaxValue);
        var record = start.With(steps[0]);
        var endings = record.AtWork.Values.Select(work => new StepEnding { Ending = new Ending(work.Start.Task, 1, null, huge), Result = "r", Payload = "p" });

        Refused(record, steps[1] with { Value = steps[1].Value with { Endings = [.. endings] } });
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => signer.Dispose();

    private static void Refused(RunRecord record, Verified<StepDocument> step) => Assert.Throws<SealException>(() => record.With(step));
}
