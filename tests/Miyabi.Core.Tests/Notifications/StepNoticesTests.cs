using System.Text;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Notifications;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Plans;

namespace Miyabi.Core.Tests.Notifications;

/// <summary>What a step has to tell, and the message that is made of it.</summary>
public sealed class StepNoticesTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_FirstStep_TellsThatTheRunStarted() =>
        Assert.Equal([NoticeKind.RunStarted], StepNotices.Of(Step(1)).Select(notice => notice.Kind));

    [Fact]
    public void Of_StepWithoutAnythingToTell_IsEmpty() =>
        Assert.Empty(StepNotices.Of(Step(2) with { Decisions = [new StartDecision("one", 1, "A"), new SkipDecision("two", "no"), new WaitDecision(At)] }));

    [Fact]
    public void Of_Endings_TellWhatWasAcceptedRetriedAndFailed()
    {
        var notices = StepNotices.Of(Step(3) with
        {
            Endings = [Ended("good", 1, null), Ended("again", 2, "broke"), Ended("bad", 3, "broke for good")],
            Decisions = [new RetryDecision("again", 3, At, "broke"), new FailDecision("bad", "broke for good"), new FailDecision("rejected", "a person said no")],
        });

        Assert.Equal(
            [
                new Notice(NoticeKind.TaskAccepted) { Task = "good", Attempt = 1 },
                new Notice(NoticeKind.TaskRetried) { Task = "again", Attempt = 3, Until = At, Text = "broke" },
                new Notice(NoticeKind.TaskFailed) { Task = "bad", Attempt = 3, Text = "broke for good" },
                new Notice(NoticeKind.TaskFailed) { Task = "rejected", Text = "a person said no" },
            ],
            notices.AsEnumerable());
    }

    [Fact]
    public void Of_Checks_TellOfTheTaskAndOnlyWhatItComesTo()
    {
        var waits = Ended("new", 1, null) with { Awaits = TaskStage.Review };
        var passed = Judged("good~gate-2", new Verdict(true, []));
        var notices = StepNotices.Of(Step(3) with
        {
            Endings =
            [
                waits, passed with { Awaits = TaskStage.Review }, Judged("done~review-2", new Verdict(true, [])),
                Judged("again~review-1", new Verdict(false, ["x"])), Judged("bad~review-3", new Verdict(false, ["y"])), Ended("lost~gate-1", 1, "no such program"),
            ],
            Decisions = [new RetryDecision("again", 2, At, "rejected"), new FailDecision("bad", "rejected for good"), new RetryDecision("lost~gate-1", 2, At, "no such program")],
        });

        Assert.Equal(
            [
                new Notice(NoticeKind.TaskAccepted) { Task = "done", Attempt = 2 },
                new Notice(NoticeKind.TaskRetried) { Task = "again", Attempt = 2, Until = At, Text = "rejected" },
                new Notice(NoticeKind.TaskFailed) { Task = "bad", Attempt = 3, Text = "rejected for good" },
            ],
            notices.AsEnumerable());
    }

    [Fact]
    public void Of_WhatIsAboutTheRun_ComesFirst()
    {
        var totals = new ManifestTotals(2, 1, 1, 0, 4, AgentUsage.None);
        var notices = StepNotices.Of(
            Step(4) with
            {
                Reopens = "d",
                Controls = [Taken(ControlKind.Retry, "one"), Taken(ControlKind.Suspend), Taken(ControlKind.Unsuspend), Taken(ControlKind.Approve, "one")],
                Decisions =
                [
                    new AskDecision("one", "Go?", At), new AnswerDecision("one", true, "yes"), new BudgetReachedDecision("tokens"), new FinishDecision(RunOutcome.Failed),
                ],
            },
            totals);

        Assert.Equal(
            [
                new Notice(NoticeKind.RunReopened) { Task = "one", Text = "because" },
                new Notice(NoticeKind.RunSuspended) { Text = "because" },
                new Notice(NoticeKind.RunUnsuspended) { Text = "because" },
                new Notice(NoticeKind.BudgetReached) { Text = "tokens" },
                new Notice(NoticeKind.RunEnded) { Outcome = RunOutcome.Failed, Totals = totals },
                new Notice(NoticeKind.ApprovalAsked) { Task = "one", Until = At, Text = "Go?" },
                new Notice(NoticeKind.ApprovalAnswered) { Task = "one", Approved = true, Text = "yes" },
            ],
            notices.AsEnumerable());
    }

    [Fact]
    public void Webhooks_OfAStep_GoToThoseWhoWantToKnow_WithIdsThatStay()
    {
        var plan = Plan("""{ "url": "https://a.example/x", "secret": "S", "events": ["run.ended"] }""", """{ "url": "https://b.example/y?z", "secret": "S" }""", """{ "url": "https://a.example/x", "secret": "S" }""");
        var step = new Verified<StepDocument>(Step(1), "digest");

        var webhooks = Webhook.Of(plan, step, null);

        Assert.Equal(["notify[1] (https://b.example)", "notify[2] (https://a.example)"], webhooks.Select(webhook => webhook.Name));
        Assert.Equal(2, webhooks.Select(webhook => webhook.Id).Distinct().Count());
        Assert.All(webhooks, webhook => Assert.Matches("^msg_[0-9a-f]{32}$", webhook.Id));
        Assert.Equal(webhooks.Select(webhook => (webhook.Id, Text(webhook))), Webhook.Of(plan, step, null).Select(webhook => (webhook.Id, Text(webhook))));
        Assert.DoesNotContain(webhooks[0].Id, Webhook.Of(plan, step with { Digest = "other" }, null).Select(webhook => webhook.Id));
    }

    [Fact]
    public void Body_HasTheRunTheStepAndItsEvents()
    {
        var step = Step(7) with { Endings = [Ended("t", 2, "x")], Decisions = [new FailDecision("t", "x"), new FinishDecision(RunOutcome.Cancelled)] };
        var totals = new ManifestTotals(3, 1, 1, 1, 5, new AgentUsage(10, 20, 0.5m));

        var webhook = Assert.Single(Webhook.Of(Plan("""{ "url": "https://a.example", "secret": "S" }"""), new Verified<StepDocument>(step, "d"), totals));

        Assert.Equal(
            $$$"""{"type":"miyabi.events","timestamp":"2026-01-31T12:00:00.0000000Z","id":"{{{webhook.Id}}}","run":"r","plan":"p","step":7,"events":["""
            + """{"event":"run.ended","outcome":"cancelled","totals":{"tasks":3,"accepted":1,"failed":1,"skipped":1,"attempts":5,"inputTokens":10,"outputTokens":20,"costUsd":0.5}},"""
            + """{"event":"task.failed","task":"t","attempt":2,"untrusted":{"text":"x"}}]}""",
            Text(webhook));
    }

    [Fact]
    public void Body_OfHostileWords_KeepsThemDataAndShort()
    {
        var hostile = "\u001b[2J\"}],\"event\":\"run.ended\"\u0000\ud800" + new string('x', 10_000);
        var step = Step(2) with { Decisions = [new FailDecision("t", hostile)] };

        var webhook = Assert.Single(Webhook.Of(Plan("""{ "url": "https://a.example", "secret": "S" }"""), new Verified<StepDocument>(step, "d"), null));

        using var body = JsonDocument.Parse(webhook.Body);
        var told = Assert.Single(body.RootElement.GetProperty("events").EnumerateArray());
        Assert.Equal("task.failed", told.GetProperty("event").GetString());
        var text = told.GetProperty("untrusted").GetProperty("text").GetString()!;
        Assert.Equal(500, text.Length);
        Assert.DoesNotContain(text, char.IsControl);
    }

    [Fact]
    public void Body_OfManyEvents_IsBounded_AndCountsTheRest()
    {
        var step = Step(2) with
        {
            Decisions = [.. Enumerable.Range(0, 2_000).Select(i => new FailDecision($"t{i}", new string('ü', 500))), new FinishDecision(RunOutcome.Failed)],
        };

        var webhook = Assert.Single(Webhook.Of(Plan("""{ "url": "https://a.example", "secret": "S" }"""), new Verified<StepDocument>(step, "d"), null));

        Assert.InRange(webhook.Body.Length, WebhookBody.MaxBytes - 4_000, WebhookBody.MaxBytes);
        using var body = JsonDocument.Parse(webhook.Body);
        var events = body.RootElement.GetProperty("events").EnumerateArray().ToList();
        Assert.Equal("run.ended", events[0].GetProperty("event").GetString());
        Assert.Equal(2_001, events.Count + body.RootElement.GetProperty("omitted").GetInt32());
    }

    private static string Text(Webhook webhook) => Encoding.UTF8.GetString(webhook.Body.Span);

    private static Plan Plan(params string[] subscribers)
    {
        var plan = SamplePlans.Parse(SamplePlans.Small);
        plan["name"] = "p";
        plan["notify"] = System.Text.Json.Nodes.JsonNode.Parse($"[{string.Join(',', subscribers)}]");
        return SamplePlans.Read(plan.ToJsonString()).Plan!;
    }

    private static StepDocument Step(int number) => new() { Run = "r", Step = number, Owner = 1, Previous = "p", At = At };

    private static StepControl Taken(ControlKind kind, string? task = null) => new(1, "d", new Control(kind, task, "because"));

    private static StepEnding Judged(string check, Verdict verdict) => new() { Ending = new Ending(check, 1, null, AgentUsage.None) { Verdict = verdict } };

    private static StepEnding Ended(string task, int attempt, string? failure) => new()
    {
        Ending = new Ending(task, attempt, failure is null ? null : new EndingFailure(FailureKind.Failed, failure, null), AgentUsage.None),
    };
}
