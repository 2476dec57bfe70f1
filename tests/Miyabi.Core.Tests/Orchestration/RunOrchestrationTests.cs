using System.Text;
using Miyabi.Core.Agents;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Plans;
using Miyabi.Testing.Orchestration;
using Xunit.Abstractions;

namespace Miyabi.Core.Tests.Orchestration;

public class RunOrchestrationTests(ITestOutputHelper output)
{
    private static readonly string Reference =
        Encoding.UTF8.GetString(PlanReader.Read(Encoding.UTF8.GetBytes(SamplePlans.ReferenceQueue)).Json.Span);

    public static TheoryData<Schedule, Delivery> Ways()
    {
        var ways = new TheoryData<Schedule, Delivery>();
        foreach (var schedule in Enum.GetValues<Schedule>())
        {
            foreach (var delivery in Enum.GetValues<Delivery>())
                ways.Add(schedule, delivery);
        }

        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ReferencePlan_IsCarriedOutOnce(Schedule schedule, Delivery delivery)
    {
        var run = await TestRun.AcceptAsync(Reference, schedule: schedule);

        var end = await run.CarryOutAsync(engine => new ReplayEngine(RunOrchestration.RunAsync, run.Worker, run.Clock) { Delivery = delivery });

        Assert.Equal(RunOutcome.Succeeded, end.Outcome);
        await run.ProvenAsync(RunOutcome.Succeeded);
        Assert.Equal(Enumerable.Range(1, 15).Select(i => ($"Task-{i}", 1)).Order(), run.Provider.Attempts.Order());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task RandomPlans_WithFailures_AreCarriedOutOnceAnAttempt(Schedule schedule, Delivery delivery)
    {
        for (var seed = 0; seed < 12; seed++)
        {
            var run = await TestRun.AcceptAsync(TestPlans.Random(seed), Failing(seed), schedule);

            var end = await run.CarryOutAsync(_ =>
                new ReplayEngine(RunOrchestration.RunAsync, run.Worker, run.Clock) { Delivery = delivery, Seed = seed });

            await run.ProvenAsync(end.Outcome!.Value);
            Assert.Equal(run.Provider.Attempts.Distinct().Order(), run.Provider.Attempts.Order());
        }
    }

    [Fact]
    public async Task ThousandTasks_TheHistoryIsCut_AndStaysSmall()
    {
        var run = await TestRun.AcceptAsync(TestPlans.Wide(1_000), schedule: Schedule.Ready);
        ReplayEngine? engine = null;

        var end = await run.CarryOutAsync(made => engine = made);

        Assert.Equal(RunOutcome.Succeeded, end.Outcome);
        await run.ProvenAsync(RunOutcome.Succeeded);
        Assert.InRange(engine!.Histories.Count, 3, 4);
        var (calls, bytes) = (engine.Histories.Sum(history => history.Calls.Count + history.Answers.Count), engine.Histories.Sum(history => history.Bytes));
        var kept = engine.Histories.Sum(history => history.Events - (2 * history.Turns));
        output.WriteLine($"1,000 tasks: {kept / 1000.0:F2} history events and {bytes / 1000.0:F0} bytes a task; {calls} calls and answers.");
        Assert.True(kept <= 6_000, $"{kept} events");
        Assert.True(bytes <= 3 * 1024 * 1_000, $"{bytes} bytes");
    }

    [Fact]
    public async Task LargestMessages_FitTheirLimit()
    {
        // 200 at work, all ids at their longest, and all of them end together: what the fullest messages hold.
        var tasks = Enumerable.Range(0, 400).Select(i => ($"{i:D64}", Array.Empty<string>()));
        var run = await TestRun.AcceptAsync(TestPlans.Plan(tasks, 200), schedule: Schedule.Ready);

        var end = await run.CarryOutAsync(_ => new ReplayEngine(RunOrchestration.RunAsync, run.Worker, run.Clock) { Seed = 1 });

        Assert.Equal(RunOutcome.Succeeded, end.Outcome);
    }

    [Fact]
    public async Task NewerOwner_TakesTheRunOver_TheOlderOrchestrationStops()
    {
        var run = await TestRun.AcceptAsync(TestPlans.Plan([("a", []), ("b", ["a"]), ("c", ["b"])], 5));
        var older = await run.OwnAsync("1");
        var input = await run.InputAsync(older.Number);
        var newer = await run.OwnAsync("2");
        Assert.Equal(RunOutcome.Succeeded, (await run.Engine().RunAsync(await run.InputAsync(newer.Number))).Outcome);

        var end = await run.Engine().RunAsync(input);

        Assert.Null(end.Outcome);
        await run.ProvenAsync(RunOutcome.Succeeded);
        Assert.Equal(3, run.Provider.Requests.Count);
        await older.DisposeAsync();
        await newer.DisposeAsync();
    }

    private static AgentScript Failing(int seed) => (request, _, _) =>
        Number(request, seed) switch
        {
            0 => Task.FromResult(AgentResult.Failed(FailureKind.Failed, "no")),
            1 => Task.FromResult(AgentResult.Failed(FailureKind.Refused, "never")),
            2 => throw new InvalidOperationException("a bug"),
            3 => Task.FromResult(new AgentResult()),
            4 => Task.FromResult(AgentResult.Failed(FailureKind.RateLimited, "later", TimeSpan.FromSeconds(30))),
            5 => Task.FromResult(ScriptedProvider.Success(request) with { Files = [new AgentFile("../x", new byte[] { 1 })] }),
            6 => Task.FromResult(ScriptedProvider.Success(request) with { Files = [new AgentFile($"{request.Task.Id}/x", new byte[] { 1 })] }),
            _ => ScriptedProvider.SucceedAsync(request),
        };

    // The same for the same attempt, whoever asks and when.
    private static int Number(AgentRequest request, int seed) =>
        new Random((seed * 1_000_003) + (int.Parse(request.Task.Id[1..]) * 31) + request.Attempt).Next(20);
}
