using System.Collections.Concurrent;
using System.Text.Json;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Core.Verification;
using Miyabi.Testing;
using Miyabi.Testing.Runs;

namespace Miyabi.Core.Tests.Activities;

/// <summary>What is published is flushed before anything is published that speaks of it.</summary>
public sealed class FlushOrderTests
{
    [Fact]
    public async Task Run_FlushesLate_PublishesNothingThatSpeaksOfWhatIsNotFlushed()
    {
        var store = new LateFlushStore();
        var runs = new FinishedRuns(store, new TestSigner(), TimeProvider.System);
        await runs.MakeAsync("r");
        Assert.Empty(store.Violations);
        Assert.True(store.Begun >= 15, $"Only {store.Begun} documents were begun: the test tests nothing.");
        Assert.True((await new RunVerifier(store, runs.Trust).VerifyAsync("r", null, default)).IsProven);
    }

    [Fact]
    public async Task Step_AnotherTasksResultIsNotFlushed_DoesNotWaitForIt()
    {
        var store = new HeldFlushStore();
        var (run, runs) = await TwoEndedAsync(store, "t1_result");

        await run.Advance(runs).RunAsync(Step(2, "t0"), default).WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Contains(store.Blobs.Keys, IsStep(2));
    }

    [Fact]
    public async Task Step_ItsOwnResultIsNotFlushed_WaitsForIt()
    {
        var store = new HeldFlushStore();
        var (run, runs) = await TwoEndedAsync(store, "t1_result");

        var step = run.Advance(runs).RunAsync(Step(2, "t0", "t1"), default);

        // Turns enough for a step that does not wait: those it takes itself are a few dozen.
        for (var turn = 0; turn < 10_000 && !step.IsCompleted; turn++)
            await Task.Yield();
        Assert.False(step.IsCompleted);
        Assert.DoesNotContain(store.Blobs.Keys, IsStep(2));
        store.Held.SetResult();
        await step;
        Assert.Contains(store.Blobs.Keys, IsStep(2));
    }

    [Fact]
    public async Task Call_ThatIsPaidFor_IsMadeWhenItsInstructionIsFlushed()
    {
        var store = new HeldFlushStore();
        var run = await TestRun.AcceptAsync(TestPlans.Wide(1), store: store, most: new AgentUsage(1, 1, 0));
        store.HeldName = "tasks/t0/1/instruction.json";
        var runs = run.Open();
        await run.Advance(runs).RunAsync(new AdvanceRequest(TestRun.Id, 1, 1, [], true, true), default);

        var work = run.RunTask(runs).RunAsync(new RunTaskRequest(TestRun.Id, 1, 1, "t0", 1), default);

        for (var turn = 0; turn < 10_000 && run.Provider.Requests.Count == 0; turn++)
            await Task.Yield();
        Assert.Empty(run.Provider.Requests);
        store.Held.SetResult();
        await work;
        Assert.Single(run.Provider.Requests);
    }

    [Theory]
    [InlineData("t1_result")]
    [InlineData("steps/1.json")]
    [InlineData("tasks/t1/1/instruction.json")]
    public async Task FlushThatFails_NothingIsPublishedOnTopOfIt_HoweverOftenItIsTried(string failing)
    {
        var store = new HeldFlushStore();
        store.Held.SetException(new StoreException(StoreFault.Unavailable, "The disk is gone."));
        if (failing.EndsWith("_result", StringComparison.Ordinal))
        {
            var (run, runs) = await TwoEndedAsync(store, failing);
            var advance = run.Advance(runs);
            await Assert.ThrowsAsync<StoreException>(() => advance.RunAsync(Step(2, "t0", "t1"), default));
            await Assert.ThrowsAsync<StoreException>(() => advance.RunAsync(Step(2, "t0", "t1"), default));
        }
        else
        {
            await Assert.ThrowsAsync<StoreException>(() => TwoEndedAsync(store, failing));
            Assert.DoesNotContain(store.Blobs.Keys, name => name.Contains("/t1_result", StringComparison.Ordinal));
        }

        Assert.DoesNotContain(store.Blobs.Keys, IsStep(2));
    }

    [Fact]
    public async Task LastStep_ItsFlushFails_NoManifestIsPublished()
    {
        var store = new HeldFlushStore();
        store.Held.SetException(new StoreException(StoreFault.Unavailable, "The disk is gone."));
        var (run, runs) = await TwoEndedAsync(store, "steps/2.json");

        await Assert.ThrowsAsync<StoreException>(() => run.Advance(runs).RunAsync(Step(2, "t0", "t1"), default));

        Assert.Contains(store.Blobs.Keys, IsStep(2));
        Assert.DoesNotContain(store.Blobs.Keys, name => name.Contains("/manifest-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Step_ManyEndings_StandInTheOrderTheyWereToldIn()
    {
        var run = await TestRun.AcceptAsync(TestPlans.Wide(40), store: new UnevenReadStore());
        var runs = run.Open();
        await using var owner = await run.OwnAsync();
        var begun = await run.Advance(runs).RunAsync(new AdvanceRequest(TestRun.Id, 1, 1, [], true, true), default);
        string[] told = [.. begun.Starts.Select(start => start.Task).Reverse()];
        Assert.True(told.Length > 20, $"Only {told.Length} tasks started.");
        foreach (var task in told)
            await run.RunTask(runs).RunAsync(new RunTaskRequest(TestRun.Id, 1, 1, task, 1), default);

        await run.Advance(runs).RunAsync(Step(2, told), default);

        Assert.Equal(told, (await run.Ledger.ReadStepAsync(2, default))!.Value.Endings.Select(ending => ending.Ending.Task));
    }

    private static AdvanceRequest Step(int number, params string[] ended) =>
        new(TestRun.Id, 1, number, [.. ended.Select(task => new TaskEnding(task, 1))], false, false);

    private static Predicate<string> IsStep(int number) => name => name.EndsWith($"/steps/{number}.json", StringComparison.Ordinal);

    // Both tasks of a run have ended, and no step has taken that in.
    private static async Task<(TestRun Run, OpenRuns Runs)> TwoEndedAsync(HeldFlushStore store, string held)
    {
        var run = await TestRun.AcceptAsync(TestPlans.Wide(2), store: store);
        store.HeldName = held;
        var runs = run.Open();
        await using var owner = await run.OwnAsync();
        await run.Advance(runs).RunAsync(new AdvanceRequest(TestRun.Id, 1, 1, [], true, true), default);
        foreach (var task in (string[])["t0", "t1"])
            await run.RunTask(runs).RunAsync(new RunTaskRequest(TestRun.Id, 1, 1, task, 1), default);
        return (run, runs);
    }

    /// <summary>The flush of a chosen document ends when a test says so, and as it says.</summary>
    private sealed class HeldFlushStore : InMemoryBlobStore, IBlobStore
    {
        public string? HeldName { get; set; }

        public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<Task?> BeginCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            !await CreateAsync(name, content, cancellationToken) ? null
            : HeldName is not null && name.Contains(HeldName, StringComparison.Ordinal) ? Held.Task
            : Task.CompletedTask;
    }

    /// <summary>What is asked for first is answered last.</summary>
    private sealed class UnevenReadStore : InMemoryBlobStore
    {
        private int reads;

        public override async Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
        {
            for (var turn = 50 - (Interlocked.Increment(ref reads) % 50); turn > 0; turn--)
                await Task.Yield();
            return await base.ReadAsync(name, maxBytes, cancellationToken);
        }
    }

    /// <summary>Flushes only after everybody else had many turns.</summary>
    private sealed class LateFlushStore : InMemoryBlobStore, IBlobStore
    {
        private readonly ConcurrentDictionary<string, bool> unflushed = new(StringComparer.Ordinal);
        private int begun;

        public int Begun => begun;

        public ConcurrentQueue<string> Violations { get; } = [];

        public override Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            Publish(name, content);
            return base.CreateAsync(name, content, cancellationToken);
        }

        public async Task<Task?> BeginCreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            Publish(name, content);
            if (!await base.CreateAsync(name, content, cancellationToken))
                return null;
            Interlocked.Increment(ref begun);
            unflushed[name] = true;
            return Task.Run(() => FlushAsync(name), CancellationToken.None);
        }

        private async Task FlushAsync(string name)
        {
            for (var turn = 0; turn < 200; turn++)
                await Task.Yield();
            unflushed.TryRemove(name, out _);
        }

        private void Publish(string name, ReadOnlyMemory<byte> content)
        {
            var spokenOf = SpokenOf(name, content);
            foreach (var other in unflushed.Keys)
            {
                if (spokenOf.Exists(part => other.Contains(part, StringComparison.Ordinal)))
                    Violations.Enqueue($"{name} was published before {other} was flushed.");
            }
        }

        // A step speaks of all steps before it and of the attempts in it; a result of the steps, and of its own instruction; a manifest of the steps.
        private static List<string> SpokenOf(string name, ReadOnlyMemory<byte> content)
        {
            List<string> parts = [];
            var isStep = name.Contains("/steps/", StringComparison.Ordinal);
            var isResult = name.Contains("/results/", StringComparison.Ordinal);
            if (isStep || isResult || name.Contains("/manifest-", StringComparison.Ordinal))
                parts.Add("/steps/");
            if (isResult)
                parts.Add($"/tasks/{Path.GetFileName(name).Split('_')[0]}/");
            if (isStep)
                parts.AddRange(Ended(content).SelectMany(task => (string[])[$"/tasks/{task}/", $"/results/{task}_"]));
            return parts;
        }

        private static IEnumerable<string> Ended(ReadOnlyMemory<byte> step)
        {
            using var document = JsonDocument.Parse(step);
            return [.. document.RootElement.GetProperty("document").GetProperty("endings").EnumerateArray()
                .Select(ending => ending.GetProperty("ending").GetProperty("task").GetString()!)];
        }
    }
}
