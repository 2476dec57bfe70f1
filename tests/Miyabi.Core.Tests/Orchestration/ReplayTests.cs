using Miyabi.Core.Orchestration;
using Miyabi.Core.Scheduling;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Orchestration;

public class ReplayTests
{
    private static readonly RunInput Input = new("r", 1, 1);

    [Fact]
    public async Task RecordedHistory_RunAgain_MakesTheSameCalls()
    {
        var run = await TestRun.AcceptAsync(TestPlans.Random(7));
        var engine = run.Engine();
        await using var ownership = await run.OwnAsync();
        await engine.RunAsync(await run.InputAsync(ownership.Number));
        var recorded = Assert.Single(engine.Histories);
        var calls = recorded.Calls.ToList();

        var again = ReplayExecution.Run(RunOrchestration.RunAsync, recorded);

        Assert.Equal(RunOutcome.Succeeded, again.End!.Outcome);
        Assert.Equal(calls, recorded.Calls);
    }

    [Fact]
    public async Task RecordedHistory_WithOneCallChanged_IsFoundToDiffer()
    {
        var run = await TestRun.AcceptAsync(TestPlans.Random(7));
        var engine = run.Engine();
        await using var ownership = await run.OwnAsync();
        await engine.RunAsync(await run.InputAsync(ownership.Number));
        var recorded = engine.Histories[0];

        for (var i = 0; i < recorded.Calls.Count; i++)
        {
            var changed = new ReplayHistory(recorded.Input) { Answers = recorded.Answers, Calls = [.. recorded.Calls] };
            changed.Calls[i] = changed.Calls[i] with { Json = changed.Calls[i].Json + " " };
            var error = Assert.Throws<ReplayException>(() => ReplayExecution.Run(RunOrchestration.RunAsync, changed));
            Assert.Contains("Recorded", error.Message);
            Assert.Contains("Now", error.Message);
        }
    }

    [Fact]
    public Task Guid_InAnInput_IsCaught() => CaughtAsync("Recorded", async (context, input) =>
    {
        await context.CallActivityAsync<int>("echo", Guid.NewGuid().ToString());
        return new RunEnd(null);
    });

    [Fact]
    public Task Clock_InATimer_IsCaught() => CaughtAsync("Recorded", async (context, input) =>
    {
        await context.CreateTimer(new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(System.Diagnostics.Stopwatch.GetTimestamp() % 1_000_000_000), default);
        return new RunEnd(null);
    });

    [Fact]
    public async Task Order_ThatDiffersBetweenRuns_IsCaught()
    {
        var turn = 0;
        await CaughtAsync("Recorded", async (context, input) =>
        {
            string[] names = turn++ % 2 == 0 ? ["a", "b"] : ["b", "a"];
            await Task.WhenAll(names.Select(name => context.CallActivityAsync<int>("echo", name)));
            return new RunEnd(null);
        });
    }

    [Fact]
    public async Task Call_ThatIsNotMadeAgain_IsCaught()
    {
        var turn = 0;
        await CaughtAsync("nothing was called there", async (context, input) =>
        {
            var first = context.CallActivityAsync<int>("echo", "a");
            if (turn++ == 0)
                context.SetStatus(new RunStatus(1, 1, 1, 1, 0, 0, 0, 0, 0, false, false, false));
            await first;
            return new RunEnd(null);
        });
    }

    [Fact]
    public Task Delay_AloneAwaited_IsCaught() => CaughtAsync("did not make", async (context, input) =>
    {
        await Task.Delay(TimeSpan.FromHours(1));
        return new RunEnd(null);
    });

    [Fact]
    public Task Delay_AwaitedBesideAnOpenWait_IsCaught() => CaughtAsync("did not make", async (context, input) =>
    {
        _ = context.WaitForEventAsync<ControlSignal>(ActivityNames.ControlEvent);
        await context.CallActivityAsync<int>("echo", "a");
        await Task.Delay(TimeSpan.FromHours(1));
        return new RunEnd(null);
    });

    [Fact]
    public async Task ATaskFromElsewhere_AwaitedBesideAnOpenWait_IsCaught()
    {
        var elsewhere = new TaskCompletionSource();
        var engine = new ReplayEngine(
            async (context, input) =>
            {
                var work = context.CallActivityAsync<int>("echo", "a");
                await Task.WhenAny(work, elsewhere.Task);
                context.SetStatus(new RunStatus(1, 1, 1, 1, 0, 0, 0, 0, 0, false, false, false));
                await work;
                return new RunEnd(null);
            },
            () => new ReplayWorker().With<string, int>("echo", (_, _) => Task.FromResult(elsewhere.TrySetResult() ? 1 : 2)),
            new ManualClock());

        var error = await Assert.ThrowsAsync<ReplayException>(() => engine.RunAsync(Input));

        Assert.Contains("Recorded: nothing", error.Message);
    }

    [Fact]
    public void AnotherThread_ThatCarriesItOn_IsCaught()
    {
        var error = Assert.Throws<ReplayException>(() => ReplayExecution.Run(
            async (context, input) =>
            {
                var elsewhere = new TaskCompletionSource();
                _ = context.WaitForEventAsync<ControlSignal>(ActivityNames.ControlEvent).ContinueWith(_ => { }, TaskScheduler.Default);
                var thread = new Thread(() => elsewhere.SetResult());
                var going = GoOnAsync(elsewhere.Task);
                thread.Start();
                thread.Join();
                await going;
                return new RunEnd(null);
            },
            new ReplayHistory(ReplayJson.Write(Input))));

        Assert.Contains("another thread", error.Message);

        static async Task GoOnAsync(Task task) => await task;
    }

    [Fact]
    public Task ContinueAsNew_WithAnActivityPending_IsCaught() => CaughtAsync("pending", (context, input) =>
    {
        _ = context.CallActivityAsync<int>("echo", "a");
        context.ContinueAsNew(input);
        return Task.FromResult(new RunEnd(null));
    });

    [Fact]
    public Task ContinueAsNew_WithATimerPending_IsCaught() => CaughtAsync("pending", (context, input) =>
    {
        _ = context.CreateTimer(DateTimeOffset.UnixEpoch, default);
        context.ContinueAsNew(input);
        return Task.FromResult(new RunEnd(null));
    });

    [Fact]
    public Task Message_TooLarge_IsCaught() => CaughtAsync("bytes", async (context, input) =>
    {
        await context.CallActivityAsync<int>("echo", new string('x', 45 * 1024));
        return new RunEnd(null);
    });

    private static ReplayWorker Echo() => new ReplayWorker().With<string, int>("echo", (_, _) => Task.FromResult(1));

    private static async Task CaughtAsync(string message, Func<IOrchestrationContext, RunInput, Task<RunEnd>> impure)
    {
        var error = await Assert.ThrowsAsync<ReplayException>(() => new ReplayEngine(impure, Echo, new ManualClock()).RunAsync(Input));
        Assert.Contains(message, error.Message);
    }
}
