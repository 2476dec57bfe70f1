using System.Text;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Testing;
using Miyabi.Testing.Orchestration;
using static Miyabi.Core.Tests.Checks.CheckPlans;

namespace Miyabi.Core.Tests.Checks;

/// <summary>Runs whose results are checked, from the plan to the proof.</summary>
public class CheckedRunTests
{
    [Fact]
    public async Task Review_AcceptsAtOnce_TheResultCounts()
    {
        var run = await CarryOutAsync(Reviewed, Script());
        Assert.Equal([("code", 1), ("code~review-1", 1), ("use", 1)], run.Provider.Attempts);
        await ProvenAsync(run, RunOutcome.Succeeded);
    }

    [Fact]
    public async Task Review_RejectsTwiceThenAccepts_EachTimeItsFindingsAreWorkedOn()
    {
        var run = await CarryOutAsync(Reviewed, Script(reviewRejects: 2));
        Assert.Equal([("code", 1), ("code~review-1", 1), ("code", 2), ("code~review-2", 1), ("code", 3), ("code~review-3", 1), ("use", 1)], run.Provider.Attempts);
        Assert.Equal(
            [[], ["code~review-1: finding of round 1", "code~review-1: and another"], ["code~review-2: finding of round 2", "code~review-2: and another"]],
            run.Of("code").Select(request => request.Told()));
        var record = await ProvenAsync(run, RunOutcome.Succeeded);
        Assert.Equal(3, record.Accepted[0].Attempt);
    }

    [Fact]
    public async Task Review_RejectsMaxRoundsTimes_TheTaskFailsWithTheFindings()
    {
        var run = await CarryOutAsync(Reviewed, Script(reviewRejects: 9));
        Assert.Equal(3, run.Of("code").Length);
        var record = await ProvenAsync(run, RunOutcome.Failed);
        Assert.Equal("Review 3 of 3 rejected it: finding of round 3; and another", record.Scheduler.Tasks[0].Reason);
        Assert.Empty(record.Accepted);
    }

    [Fact]
    public async Task Review_Asked_ReadsTheTaskAndItsResultAndNothingElseCounts()
    {
        var run = await CarryOutAsync(Reviewed, Script());
        var request = run.Of("code~review-1").Single();
        Assert.Equal("R", request.Agent.Id);
        Assert.Contains("Write it.", request.Task.Prompt, StringComparison.Ordinal);
        Assert.Contains("Mind the tests.", request.Task.Prompt, StringComparison.Ordinal);
        Assert.Equal(["code"], request.Inputs.Select(input => input.TaskId));
        Assert.Equal(["src/a", "src/b"], request.Inputs[0].Files.Select(file => file.Path));
        Assert.Equal("text", Encoding.UTF8.GetString((await request.ReadArtifactAsync(request.Inputs[0].Files[1].Sha256, default)).Span));
        Assert.Empty(request.Task.Writes);
    }

    [Fact]
    public async Task Review_AnswersAgainstTheSchema_IsAskedAgainAndTheWorkIsNot()
    {
        var run = await CarryOutAsync(Reviewed, (request, _, _) => Task.FromResult(
            request.Task.Id == "code~review-1" && request.Attempt == 1 ? Says("""{ "verdict": "fine", "findings": [] }""") : Answer(request, 0, 0)));
        Assert.Equal([("code", 1), ("code~review-1", 1), ("code~review-1", 2), ("use", 1)], run.Provider.Attempts);
        Assert.Contains("schema", run.Of("code~review-1")[1].Told().Single(), StringComparison.Ordinal);
        await ProvenAsync(run, RunOutcome.Succeeded);
    }

    [Theory]
    [InlineData("""{ "verdict": "reject", "findings": [ "\ud800" ] }""")]
    [InlineData("""{ "verdict": "reject", "findings": [ 7 ] }""")]
    [InlineData("""{ "verdict": "reject", "findings": null }""")]
    [InlineData("""{ "verdict": "reject", "verdict": "accept", "findings": [] }""")]
    [InlineData("\"accept\"")]
    public async Task Review_AnswersWithWhatIsNoVerdict_SaysNothingAboutTheResult(string output)
    {
        var run = await CarryOutAsync(Reviewed, (request, _, _) => Task.FromResult(request.Task.Id.Contains('~', StringComparison.Ordinal) ? Says(output) : Answer(request, 0, 0)));
        Assert.Equal([("code", 1), ("code~review-1", 1), ("code~review-1", 2), ("code~review-1", 3)], run.Provider.Attempts);
        Assert.Empty((await ProvenAsync(run, RunOutcome.Failed)).Accepted);
    }

    [Fact]
    public async Task Gate_FailsThenPasses_WhatItSaidIsWorkedOnBeforeAnyReview()
    {
        var run = await CarryOutAsync($"{Gated}, {Reviewed}", Script(gateRejects: 1));
        Assert.Equal([("code", 1), ("code~gate-1", 1), ("code", 2), ("code~gate-2", 1), ("code~review-2", 1), ("use", 1)], run.Provider.Attempts);
        Assert.Equal(["code~gate-1: check exited with 1.", "code~gate-1: test 1 is red"], run.Of("code")[1].Told());
        await ProvenAsync(run, RunOutcome.Succeeded);
    }

    [Fact]
    public async Task Gate_TimesOut_DoesNotPass()
    {
        TestRun? run = null;
        run = await TestRun.AcceptAsync(Plan(Gated.Replace("\"gate\": {", "\"gate\": { \"timeout\": \"PT5S\",", StringComparison.Ordinal)), (request, _, token) =>
        {
            if (request.Task.Id != "code~gate-1")
                return Task.FromResult(Answer(request, 0, 0));
            run!.Clock.Advance(TimeSpan.FromSeconds(5));
            return ScriptedProvider.HangAsync(token);
        });
        await run.CarryOutAsync();
        Assert.Equal(["code~gate-1: The attempt did not end within PT5S."], run.Of("code")[1].Told());
        await ProvenAsync(run, RunOutcome.Succeeded);
    }

    [Fact]
    public async Task Gate_CannotBeCarriedOut_TheTaskFailsAndTheWorkIsNotDoneAgain()
    {
        var run = await CarryOutAsync(Gated, (request, _, _) => Task.FromResult(
            request.Task.Id.Contains("~gate", StringComparison.Ordinal) ? AgentResult.Failed(FailureKind.Unavailable, "There is no such program.") : Answer(request, 0, 0)));
        Assert.Single(run.Of("code"));
        Assert.Equal(3, run.Of("code~gate-1").Length);
        var record = await ProvenAsync(run, RunOutcome.Failed);
        Assert.Equal("Gate not carried out: There is no such program. (attempt 3 of 3)", record.Scheduler.Tasks[0].Reason);
    }

    [Fact]
    public async Task Dependents_ResultWasRejected_ReadTheOneThatWasAccepted()
    {
        var run = await CarryOutAsync(Reviewed, Script(reviewRejects: 1));
        Assert.Equal("attempt 2", run.Of("use").Single().Inputs.Single().Output.GetString());
    }

    [Theory]
    [InlineData(Schedule.Waves)]
    [InlineData(Schedule.Ready)]
    public async Task Schedules_BothChecks_ComeOutTheSame(Schedule schedule)
    {
        var run = await TestRun.AcceptAsync(Plan($"{Gated}, {Reviewed}"), Script(1, 1), schedule);
        await run.CarryOutAsync();
        Assert.Equal(3, (await ProvenAsync(run, RunOutcome.Succeeded)).Accepted[0].Attempt);
    }

    [Fact]
    public async Task Store_ThatTellsVersions_ComesOutTheSame()
    {
        var run = await TestRun.AcceptAsync(Plan($"{Gated}, {Reviewed}"), Script(1, 1), store: new VersionedBlobStore());
        await run.CarryOutAsync();
        Assert.Equal(3, (await ProvenAsync(run, RunOutcome.Succeeded)).Accepted[0].Attempt);
    }

    [Fact]
    public async Task View_ResultIsReviewed_ShowsTheStageTheRoundAndTheReviewer()
    {
        TaskView? seen = null;
        TestRun? run = null;
        run = await TestRun.AcceptAsync(Plan(Reviewed), async (request, _, _) =>
        {
            if (request.Task.Id == "code~review-2")
                seen = (await new RunReader(run!.Open(), run.Store).ReadAsync(run.RunId, default)).Tasks[0];
            return Answer(request, 0, 1);
        });
        await run.CarryOutAsync();
        Assert.Equal((TaskPhase.Running, TaskStage.Review, 2, 2, "R"), (seen!.Phase, seen.Stage, seen.Round, seen.Attempt, seen.Agent));
    }

    [Fact]
    public async Task View_ResultWasAccepted_TookTheWorkAndItsChecks()
    {
        TestRun? run = null;
        run = await TestRun.AcceptAsync(Plan(Reviewed), (request, _, _) =>
        {
            run!.Clock.Advance(TimeSpan.FromSeconds(5));
            return Task.FromResult(Answer(request, 0, 0));
        });
        await run.CarryOutAsync();
        var code = (await new RunReader(run.Open(), run.Store).ReadAsync(run.RunId, default)).Tasks[0];
        Assert.Equal(("X", TimeSpan.FromSeconds(10)), (code.Agent, code.EndedAt - code.StartedAt));
    }

    [Fact]
    public async Task Results_ResultWasRejectedForGood_CanBeReadAndDoesNotCount()
    {
        var run = await CarryOutAsync(Reviewed, Script(reviewRejects: 3));
        var results = new RunResults(await run.Open().GetAsync(run.RunId, default));
        Assert.Equal(["code"], (await results.ReadAsync(null, default)).Select(result => result.Task));
        Assert.Empty(await results.CountingAsync(default));
        var standing = Assert.Single(await results.CheckedAsync(default));
        Assert.Equal(("code", false), (standing.Task, standing.Counts));
        Assert.Equal([new CheckOutcome("code~review-1", false), new("code~review-2", false), new("code~review-3", false)], standing.Checks.AsEnumerable());
        Assert.Equal("code~review-2", (await results.ReadAsync("code~review-2", default)).Single().Task);
        await Assert.ThrowsAsync<NoResultException>(() => results.ReadAsync("code~gate-1", default));
    }

    [Fact]
    public async Task Results_ResultPassed_CountsWithThoseOfTasksWithoutChecks()
    {
        var run = await CarryOutAsync(Reviewed, Script(reviewRejects: 1));
        var results = new RunResults(await run.Open().GetAsync(run.RunId, default));
        Assert.Equal([("code", 2), ("use", 1)], (await results.CountingAsync(default)).Select(result => (result.Task, result.Attempt)));
    }

    [Fact]
    public async Task Results_ResultIsReviewed_DoesNotCountYet()
    {
        IReadOnlyList<ResultDocument>? counting = null;
        TestRun? run = null;
        run = await TestRun.AcceptAsync(Plan(Reviewed), async (request, _, _) =>
        {
            if (request.Task.Id == "code~review-1")
                counting = await new RunResults(await run!.Open().GetAsync(run.RunId, default)).CountingAsync(default);
            return Answer(request, 0, 0);
        });
        await run.CarryOutAsync();
        Assert.Empty(counting!);
    }

    [Fact]
    public async Task Documents_OfChecks_LieApartFromThoseOfTasks()
    {
        var run = await CarryOutAsync(Reviewed, Script());
        var names = ((InMemoryBlobStore)run.Store).Blobs.Keys;
        Assert.Contains("runs/run-1/checks/code/1/review/1/instruction.json", names);
        Assert.Contains("runs/run-1/checks/code/1/review/1/result.json", names);
    }

    [Fact]
    public async Task Steps_OfAResultThatIsChecked_SayWhatItAwaits()
    {
        var run = await CarryOutAsync($"{Gated}, {Reviewed}", Script());
        var record = await ProvenAsync(run, RunOutcome.Succeeded);
        Assert.Equal([TaskStage.Gate, TaskStage.Review, null, null], record.Endings.Select(ended => ended.Awaits));
        Assert.Equal([null, null, ("code", 1), ("use", 1)], record.Endings.Select(ended => ended.Accepts));
    }

    internal static async Task<RunRecord> ProvenAsync(TestRun run, RunOutcome outcome)
    {
        var report = await run.VerifyAsync();
        Assert.Empty(report.Findings);
        Assert.True(report.IsProven);
        Assert.Equal(outcome, report.Outcome);
        return await (await run.Open().GetAsync(run.RunId, default)).LatestAsync(default);
    }

    private static async Task<TestRun> CarryOutAsync(string checks, AgentScript script)
    {
        var run = await TestRun.AcceptAsync(Plan(checks), script);
        await run.CarryOutAsync();
        return run;
    }
}
