using Microsoft.DurableTask.Client;
using Miyabi.Core.Agents;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Testing;
using Miyabi.Testing.Orchestration;
using Orchestrator.Functions.Tests.Hosting;

namespace Orchestrator.Functions.Tests;

public sealed class HostedRunTests
{
    public static TheoryData<Schedule, int> Ways()
    {
        var ways = new TheoryData<Schedule, int>();
        foreach (var schedule in Enum.GetValues<Schedule>())
        {
            foreach (var deliveries in Enum.GetValues<Deliveries>())
                ways.Add(schedule, (int)deliveries);
        }

        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ReferencePlan_AnyDelivery_IsCarriedOutOnce(Schedule schedule, int deliveries)
    {
        var run = await HostedRun.AcceptAsync(Plans.Reference, schedule: schedule, host: made => new DurableHost(made.NewWorker, made.Clock) { Deliveries = (Deliveries)deliveries, Seed = 5 });

        HostedRun.Succeeded(await run.CarryOutAsync());

        await run.ProvenAsync(RunOutcome.Succeeded);
        Assert.Equal(15, run.Provider.Attempts.Distinct().Count());
        Assert.Equal(15, run.Provider.Requests.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task FailingAgents_CompletionsInAnyOrder_AreTriedAgain(int seed)
    {
        AgentScript script = (request, _, _) => request is { Attempt: 1, Task.Id: "Task-3" or "Task-8" or "Task-14" }
            ? Task.FromResult(AgentResult.Failed(FailureKind.Failed, "no"))
            : ScriptedProvider.SucceedAsync(request);
        var run = await HostedRun.AcceptAsync(Plans.Reference, script, host: made => new DurableHost(made.NewWorker, made.Clock) { Seed = seed, Deliveries = Deliveries.Twice });

        HostedRun.Succeeded(await run.CarryOutAsync());

        await run.ProvenAsync(RunOutcome.Succeeded);
        Assert.Equal(18, run.Provider.Requests.Count);
    }

    [Fact]
    public async Task TaskThatFailsForGood_RunEndsFailed_WithItsManifest()
    {
        AgentScript script = (request, _, _) => request.Task.Id == "Task-6"
            ? Task.FromResult(AgentResult.Failed(FailureKind.Refused, "never"))
            : ScriptedProvider.SucceedAsync(request);
        var run = await HostedRun.AcceptAsync(Plans.Reference, script);

        HostedRun.Succeeded(await run.CarryOutAsync());

        await run.ProvenAsync(RunOutcome.Failed);
    }

    [Fact]
    public async Task Waves_CostOneStepEach()
    {
        var run = await HostedRun.AcceptAsync(Plans.Reference, host: made => new DurableHost(made.NewWorker, made.Clock) { Seed = 1 });

        await run.CarryOutAsync();

        // One step for each of the 8 waves, and one that ends the run; an attempt for each of the 15 tasks.
        Assert.Equal(9, run.Host.Messages.Count(message => message.Name == ActivityNames.Advance));
        Assert.Equal(15, run.Host.Messages.Count(message => message.Name == ActivityNames.RunTask));
    }

    [Fact]
    public async Task Approval_GivenInMidRun_LetsTheRunGoOn()
    {
        var run = await HostedRun.AcceptAsync(Plans.Gated);
        run.Host.Idle = async instance =>
        {
            Assert.Contains("\"WaitingFor\":[\"gate\"]", run.Host[instance].Status);
            await run.DecideAsync(new Control(ControlKind.Approve, "gate", "Go."));
        };

        HostedRun.Succeeded(await run.CarryOutAsync());

        await run.ProvenAsync(RunOutcome.Succeeded);
    }

    [Fact]
    public async Task Suspend_InMidRun_StartsNothingUntilItIsTakenBack()
    {
        var run = await HostedRun.AcceptAsync(Plans.Gated);
        var suspended = false;
        run.Host.Turned = async (_, _) =>
        {
            if (suspended || run.Provider.Requests.Count == 0)
                return;
            suspended = true;
            await run.DecideAsync(new Control(ControlKind.Suspend, null, "Wait."));
        };
        var answered = 0;
        run.Host.Idle = instance => ++answered switch
        {
            1 => run.DecideAsync(new Control(ControlKind.Unsuspend, null, "Go on.")),
            _ => run.DecideAsync(new Control(ControlKind.Approve, "gate", "Go.")),
        };

        HostedRun.Succeeded(await run.CarryOutAsync());

        await run.ProvenAsync(RunOutcome.Succeeded);
        Assert.Equal(2, answered);
    }

    [Fact]
    public async Task Cancel_WhileAgentsWork_StopsThemAndEndsTheRun()
    {
        var begun = new TaskCompletionSource();
        AgentScript script = async (request, _, token) =>
        {
            if (request.Task.Id == "one")
                return ScriptedProvider.Success(request);
            begun.TrySetResult();
            return await ScriptedProvider.HangAsync(token);
        };
        var run = await HostedRun.AcceptAsync(Plans.Chain("one", "two", "three"), script);
        var carried = run.CarryOutAsync();
        await begun.Task;
        await run.DecideAsync(new Control(ControlKind.Cancel, null, "Enough."));

        HostedRun.Succeeded(await run.TimePassesAsync(carried)); // the watch looks every 2 s

        await run.ProvenAsync(RunOutcome.Cancelled);
        Assert.Equal(["one", "two"], run.Provider.Attempts.Select(attempt => attempt.Task));
    }

    [Fact]
    public async Task LostHistory_TheNextInstanceGoesOnFromTheLedger()
    {
        var run = await HostedRun.AcceptAsync(Plans.Gated);
        run.Host.Idle = instance => throw new LeftAloneException();
        await Assert.ThrowsAsync<LeftAloneException>(() => run.CarryOutAsync());
        var done = run.Provider.Requests.Count;
        run.Host.Forget($"{HostedRun.Id}~1");
        run.Host.Idle = _ => run.DecideAsync(new Control(ControlKind.Approve, "gate", "Go."));

        var instance = await run.CarryOutAsync();

        HostedRun.Succeeded(instance);
        Assert.Equal($"{HostedRun.Id}~2", instance.Id);
        await run.ProvenAsync(RunOutcome.Succeeded);
        Assert.True(done > 0);
        Assert.Equal(run.Provider.Attempts.Distinct().Count(), run.Provider.Requests.Count);
    }

    [Fact]
    public async Task UpgradeInMidRun_TheOldInstanceFails_AndTheNextGoesOnWhenAsked()
    {
        var run = await HostedRun.AcceptAsync(Plans.Gated);
        run.Host.Idle = async instance =>
        {
            run.Host.Version = "2";
            await run.DecideAsync(new Control(ControlKind.Approve, "gate", "Go."));
        };
        var old = await run.CarryOutAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Failed, old.State);
        Assert.Equal(RunStanding.Stalled, (await run.Starts().EnsureAsync(HostedRun.Id, resumes: false, null, default)).Standing);

        HostedRun.Succeeded(await run.CarryOutAsync(resumes: true));

        await run.ProvenAsync(RunOutcome.Succeeded);
        Assert.Equal(run.Provider.Attempts.Distinct().Count(), run.Provider.Requests.Count);
    }

    [Fact]
    public async Task EndedRun_IsNeverStartedAgain()
    {
        var run = await HostedRun.AcceptAsync(Plans.Chain("one"));
        await run.CarryOutAsync();

        Assert.Equal(RunStanding.Ended, (await run.Starts().EnsureAsync(HostedRun.Id, resumes: true, null, default)).Standing);
        Assert.Single(run.Provider.Requests);
    }

    [Fact]
    public async Task Retry_AfterTheEnd_IsCarriedOutByTheNextInstance()
    {
        var fails = true;
        AgentScript script = (request, _, _) => fails && request.Task.Id == "two"
            ? Task.FromResult(AgentResult.Failed(FailureKind.Refused, "never"))
            : ScriptedProvider.SucceedAsync(request);
        var run = await HostedRun.AcceptAsync(Plans.Chain("one", "two"), script);
        await run.CarryOutAsync();
        await run.ProvenAsync(RunOutcome.Failed);
        fails = false;
        await run.DecideAsync(new Control(ControlKind.Retry, null, "Once more."));

        HostedRun.Succeeded(await run.CarryOutAsync(resumes: true));

        await run.ProvenAsync(RunOutcome.Succeeded);
    }

    [Fact]
    public async Task StoreAway_ActivitiesAreTriedAgain_AndTheRunGoesOn()
    {
        var store = new FlakyStore();
        var run = await HostedRun.AcceptAsync(Plans.Chain("one", "two", "three"), store: store);
        store.Failures = 6;

        HostedRun.Succeeded(await run.TimePassesAsync(run.CarryOutAsync())); // claims of attempts that were cut short lapse

        Assert.Equal(0, store.Failures);
        await run.ProvenAsync(RunOutcome.Succeeded);
    }

    [Fact]
    public async Task PoisonedPlan_FailsTheInstance_AndNamesTheDocument()
    {
        var store = new InMemoryBlobStore();
        var run = await HostedRun.AcceptAsync(Plans.Chain("one"), store: store);
        var start = await run.Starts().EnsureAsync(HostedRun.Id, resumes: false, null, default);
        var plan = store.Blobs[$"runs/{HostedRun.Id}/plan.json"];
        plan[plan.Length / 2] ^= 1;

        var instance = await run.Host.RunAsync(start.Instance!);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, instance.State);
        Assert.IsType<RunFaultException>(instance.Error);
        Assert.Contains("plan.json", instance.Error.Message);
        Assert.Single(run.Host.Messages); // nothing that trying again could cure
    }

    [Fact]
    public async Task EveryMessageDeliveredAgainAfterwards_ChangesNothing()
    {
        var store = new InMemoryBlobStore();
        AgentScript script = (request, _, _) => request is { Attempt: 1, Task.Id: "Task-3" }
            ? Task.FromResult(AgentResult.Failed(FailureKind.Failed, "no"))
            : ScriptedProvider.SucceedAsync(request);
        var run = await HostedRun.AcceptAsync(Plans.Reference, script, store: store);
        HostedRun.Succeeded(await run.CarryOutAsync());
        var before = store.Blobs.ToDictionary(blob => blob.Key, blob => Convert.ToHexString(blob.Value));

        foreach (var (name, input) in run.Host.Messages.ToList())
            await run.NewWorker().RunAsync(name, input);

        Assert.Equal(before, store.Blobs.ToDictionary(blob => blob.Key, blob => Convert.ToHexString(blob.Value)));
        Assert.Equal(16, run.Provider.Requests.Count);
    }

    private sealed class LeftAloneException : Exception;

    private sealed class FlakyStore : InMemoryBlobStore
    {
        private int calls;

        /// <summary>How many more writes fail: every second one.</summary>
        internal int Failures { get; set; }

        public override Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            Failures > 0 && Interlocked.Increment(ref calls) % 2 == 0 && Failures-- > 0
                ? throw new StoreException(StoreFault.Unavailable, "The store is away.")
                : base.CreateAsync(name, content, cancellationToken);
    }
}
