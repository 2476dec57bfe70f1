using System.Text.Json.Nodes;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Notifications;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Core.Tests.Plans;
using Miyabi.Testing;
using Miyabi.Testing.Notifications;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Activities;

/// <summary>Runs whose plan notifies somebody: who is told what, and what deliveries that happen again, or come to nothing, do to it.</summary>
public sealed class NotifyTests
{
    private const string All = """
        [ { "url": "https://a.example/x", "secret": "S", "events": ["run.started", "run.ended", "task.accepted", "task.failed", "task.retried"] } ]
        """;

    private static readonly string Plan = With(All, TestPlans.Tasks("""{ "id": "one", "agent": "A" }""", """{ "id": "two", "agent": "A", "dependsOn": ["one"] }"""));

    [Fact]
    public async Task Run_WithASubscriber_TellsItFromStartToEnd()
    {
        var run = await TestRun.AcceptAsync(Plan);

        await run.CarryOutAsync();

        Assert.Equal(["run.started", "task.accepted one", "run.ended", "task.accepted two"], run.Webhooks.Tried.SelectMany(ScriptedWebhooks.EventsOf));
        await run.ProvenAsync(RunOutcome.Succeeded);
    }

    [Fact]
    public async Task Run_WithoutSubscriber_CallsNothingMore()
    {
        var run = await TestRun.AcceptAsync(TestPlans.Tasks("""{ "id": "one", "agent": "A" }"""));
        ReplayEngine? engine = null;

        await run.CarryOutAsync(made => engine = made);

        Assert.DoesNotContain(engine!.Histories[0].Calls, call => call.Name == ActivityNames.Notify);
    }

    [Fact]
    public async Task StepWithNothingToTell_CallsNothing()
    {
        var run = await TestRun.AcceptAsync(With("""[ { "url": "https://a.example/x", "secret": "S", "events": ["run.ended"] } ]""", TestPlans.Tasks("""{ "id": "one", "agent": "A" }""", """{ "id": "two", "agent": "A", "dependsOn": ["one"] }""")));
        ReplayEngine? engine = null;

        await run.CarryOutAsync(made => engine = made);

        Assert.Single(engine!.Histories[0].Calls, call => call.Name == ActivityNames.Notify);
        Assert.Equal(["run.ended"], run.Webhooks.Tried.SelectMany(ScriptedWebhooks.EventsOf));
    }

    [Theory]
    [InlineData(Delivery.TwiceInTurn)]
    [InlineData(Delivery.TwiceAtOnce)]
    [InlineData(Delivery.WorkerDies)]
    public async Task Run_DeliveredTwice_TellsTheSameUnderTheSameIds(Delivery delivery)
    {
        var once = await TestRun.AcceptAsync(Plan);
        await once.CarryOutAsync();
        var run = await TestRun.AcceptAsync(Plan);

        await run.CarryOutAsync(engine => new ReplayEngine(RunOrchestration.RunAsync, run.Worker, run.Clock) { Delivery = delivery });

        var messages = run.Webhooks.Tried.GroupBy(webhook => webhook.Id).ToList();
        Assert.Equal(once.Webhooks.Tried.Count, messages.Count);
        Assert.All(messages, same => Assert.Single(same.Select(webhook => Convert.ToHexString(webhook.Body.Span)).Distinct()));
        Assert.Contains(messages, same => same.Count() > 1);
        await run.ProvenAsync(RunOutcome.Succeeded);
    }

    [Fact]
    public async Task Run_WhoseReceiverIsGone_IsNotHeldUp_AndSaysSo()
    {
        var run = await TestRun.AcceptAsync(Plan);
        run.Webhooks = new ScriptedWebhooks((_, _) => Task.FromResult(WebhookAnswer.OfStatus(404, null)));

        await run.CarryOutAsync();

        await run.ProvenAsync(RunOutcome.Succeeded);
        var told = run.Events.Where(happening => happening.Kind == RunEventKind.Undelivered).ToList();
        Assert.Equal(3, told.Count);
        Assert.All(told, happening => Assert.Equal(("", 0, "notify[0] (https://a.example) answered 404"), (happening.Task, happening.Attempt, happening.Message)));
    }

    [Fact]
    public async Task Run_ThatFails_TellsRetriesFailureAndTotals()
    {
        var run = await TestRun.AcceptAsync(
            With(All, TestPlans.One(""" "retry": { "maxAttempts": 2, "backoff": "PT1S" } """)),
            (_, _, _) => Task.FromResult(AgentResult.Failed(FailureKind.Failed, "it broke")));

        await run.CarryOutAsync();

        Assert.Equal(["run.started", "task.retried one", "run.ended", "task.failed one"], run.Webhooks.Tried.SelectMany(ScriptedWebhooks.EventsOf));
        var end = JsonNode.Parse(run.Webhooks.Tried[^1].Body.Span)!["events"]![0]!;
        Assert.Equal(("failed", 1, 2), ((string)end["outcome"]!, (int)end["totals"]!["failed"]!, (int)end["totals"]!["attempts"]!));
    }

    [Fact]
    public async Task FirstStepOfANewOwner_TellsAlsoWhatTheOneBeforeHadToTell()
    {
        var run = await TestRun.AcceptAsync(Plan);
        await using (var first = await run.OwnAsync("a"))
            await run.Advance().RunAsync(new AdvanceRequest(run.RunId, first.Number, 1, [], Opening: true, Controls: false), default);
        await using var second = await run.OwnAsync("b");
        await run.RunTask().RunAsync(new RunTaskRequest(run.RunId, second.Number, 1, "one", 1), default);

        var answer = await run.Advance().RunAsync(new AdvanceRequest(run.RunId, second.Number, 2, [new TaskEnding("one", 1)], Opening: true, Controls: false), default);

        Assert.True(answer.Tells);
        Assert.Equal(new NotifyAnswer(2, 0), await run.Notify().RunAsync(new NotifyRequest(run.RunId, answer.Step), default));
        Assert.Equal(["run.started", "task.accepted one"], run.Webhooks.Tried.SelectMany(ScriptedWebhooks.EventsOf));
    }

    [Fact]
    public async Task RunWhoseEndNobodyWasToldOf_TellsItWhenItsManifestIsWritten()
    {
        var run = await TestRun.AcceptAsync(Plan);
        await run.CarryOutAsync();
        var store = (InMemoryBlobStore)run.Store;
        await store.DeleteAsync(LedgerPath.Run(run.RunId) + LedgerPath.Manifest(1), default);
        var sent = run.Webhooks.Tried;
        run.Webhooks = new ScriptedWebhooks();

        var again = await run.CarryOutAsync();

        Assert.Equal(RunOutcome.Succeeded, again.Outcome);
        Assert.Equal(sent[^1].Id, Assert.Single(run.Webhooks.Tried).Id);
    }

    [Fact]
    public async Task StepThatDoesNotHold_IsToldToNobody()
    {
        var run = await TestRun.AcceptAsync(Plan);
        await run.CarryOutAsync();
        var sent = run.Webhooks.Tried.Count;
        var store = (InMemoryBlobStore)run.Store;
        var name = LedgerPath.Run(run.RunId) + LedgerPath.Step(2);
        var bytes = (await store.ReadAsync(name, 1_000_000, default))!.ToArray();
        bytes[bytes.Length / 2] ^= 1;
        await store.DeleteAsync(name, default);
        await store.CreateAsync(name, bytes, default);

        Assert.Equal(new NotifyAnswer(0, 0), await run.Notify().RunAsync(new NotifyRequest(run.RunId, 2), default));

        Assert.Equal(sent, run.Webhooks.Tried.Count);
        Assert.Contains(run.Events, happening => happening.Kind == RunEventKind.Undelivered && happening.Message!.StartsWith("Nobody was told of step 2", StringComparison.Ordinal));
    }

    private static string With(string notify, string plan)
    {
        var json = SamplePlans.Parse(plan);
        json["notify"] = JsonNode.Parse(notify);
        return json.ToJsonString();
    }
}
