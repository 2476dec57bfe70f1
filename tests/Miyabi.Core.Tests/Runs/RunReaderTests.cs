using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Testing;

namespace Miyabi.Core.Tests.Runs;

public sealed class RunReaderTests
{
    private const string PlanJson = """
        { "name": "two", "version": 1, "agents": [ { "id": "A-1", "kind": "codex", "provider": "simulated" } ],
          "tasks": [ { "id": "T-1", "title": "One", "agent": "A-1", "prompt": "go" },
              { "id": "T-2", "title": "Two", "agent": "A-1", "prompt": "go", "dependsOn": ["T-1"] } ] }
        """;

    private static readonly DateTimeOffset Begin = ScriptedRun.Begin;

    private readonly InMemoryBlobStore store = new();
    private readonly Key own = new();

    [Fact]
    public async Task Read_StepsAndEvents_GivesWhatIsAtWork()
    {
        var ledger = await RunAsync("r", steps: 1);
        await EventsAsync(
            "w-1",
            """
            {"at":"2026-01-31T12:00:05.0000000Z","kind":"Progress","task":"T-1","attempt":1,"fraction":0.25,"message":"quarter"}
            not json
            {"at":"yesterday","kind":"Progress","task":"T-1","attempt":1,"fraction":0.9}
            {"kind":"Progress","task":"T-1","attempt":1,"fraction":0.9}
            {"at":"2026-01-31T12:00:09.0000000Z","kind":"Progress","task":null,"attempt":1,"fraction":0.9}
            {"at":"2026-01-31T12:00:09.0000000Z","kind":"Dances","task":"T-1","attempt":1,"fraction":0.9}
            {"at":"2026-01-31T12:00:09.0000000Z","kind":"Progress","task":"T-9","attempt":1,"fraction":0.9}
            [1]
            """);
        await store.CreateAsync("runs/r/events/w-2.ndjson",
            new byte[] { (byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)':', (byte)'"', 0xc3, (byte)'"', (byte)'}' }, default);
        await store.CreateAsync("runs/r/events/readme", "hello"u8.ToArray(), default);

        var view = await Reader().ReadAsync("r", default);

        Assert.Equal((RunState.Running, "two", 1), (view.State, view.Plan, view.Counts.Running));
        Assert.Equal((0.25, "quarter"), (view.Tasks[0].Progress, view.Tasks[0].Message));
        Assert.NotNull(ledger);
    }

    [Fact]
    public async Task Read_WritesNothing()
    {
        await RunAsync("r", steps: 1);
        await store.CreateAsync("runs/r/steps/2.json", "garbage"u8.ToArray(), default);
        var before = store.Blobs.Keys.Order(StringComparer.Ordinal).ToList();

        var view = await Reader().ReadAsync("r", default);

        Assert.Equal(1, view.Step);
        Assert.Equal(before, store.Blobs.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Read_BadStepBelowAGoodOne_SaysWhich()
    {
        await RunAsync("r", steps: 3);
        await store.ReplaceAsync("runs/r/steps/2.json", "garbage"u8.ToArray(), default);
        var error = await Assert.ThrowsAsync<SealException>(() => Reader().ReadAsync("r", default));
        Assert.Contains("Step 2 of run 'r' does not hold", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("../x")]
    [InlineData("")]
    public async Task Read_UnknownRun_SaysSo(string run) =>
        await Assert.ThrowsAsync<RunNotFoundException>(() => Reader().ReadAsync(run, default));

    [Fact]
    public async Task List_GoodAndBadRuns_TellsEach()
    {
        await RunAsync("a-running", steps: 1);
        await RunAsync("b-ended", steps: 3);
        await RunAsync("c-foreign", steps: 1, key: new Key());
        await RunAsync("d-altered", steps: 1);
        var plan = store.Blobs["runs/d-altered/plan.json"];
        await store.ReplaceAsync("runs/d-altered/plan.json",
            Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(plan).Replace("two", "six", StringComparison.Ordinal)), default);
        await store.CreateAsync("runs/e-none/notes.txt", "hello"u8.ToArray(), default);
        await store.CreateAsync("runs/_f/plan.json", "hello"u8.ToArray(), default);

        var runs = new Dictionary<string, RunSummary>();
        await foreach (var run in Reader().ListAsync(default))
            runs.Add(run.Run, run);

        Assert.Equal(6, runs.Count);
        Assert.Equal((RunState.Running, "two", 1), (runs["a-running"].State, runs["a-running"].Plan, runs["a-running"].Counts!.Running));
        Assert.Equal((RunState.Succeeded, "two", 2), (runs["b-ended"].State, runs["b-ended"].Plan, runs["b-ended"].Counts!.Accepted));
        Assert.All(["c-foreign", "d-altered", "e-none", "_f"], run =>
            Assert.True(runs[run] is { State: RunState.Unreadable, Reason.Length: > 10, Counts: null }));
    }

    private RunReader Reader() => new(Runs(own), store);

    private OpenRuns Runs(Key key) => new(store, new Sealer(key), new TrustList([key.Trusted]), TimeProvider.System);

    private Task EventsAsync(string part, string lines) =>
        store.CreateAsync($"runs/r/events/{part}.ndjson", Encoding.UTF8.GetBytes(lines), default);

    private async Task<RunLedger> RunAsync(string run, int steps, Key? key = null)
    {
        var runs = Runs(key ?? own);
        var ledger = runs.LedgerOf(run);
        var plan = new PlanDocument
        {
            Run = run,
            AcceptedAt = Begin,
            PlanDigest = new string('0', 64),
            Options = new RunOptions(),
            Plan = JsonDocument.Parse(PlanJson).RootElement,
        };
        var record = RunRecord.Start(OpenRuns.Compile(plan), (await ledger.CreatePlanAsync(plan, default))!);
        for (var step = 1; step <= steps; step++)
        {
            StepEnding[] endings = step == 1
                ? []
                : [new StepEnding { Ending = new Ending($"T-{step - 1}", 1, null, AgentUsage.None), Result = new string('1', 64),
                Instruction = new string('2', 64), Payload = new string('3', 64) }];
            var turn = Scheduler.Advance(record.Plan, record.Scheduler, endings.Select(ending => ending.Ending), [],
                Begin.AddSeconds(step));
            var document = new StepDocument
            {
                Run = run,
                Step = step,
                Owner = 1,
                Previous = record.LastDigest,
                At = Begin.AddSeconds(step),
                Endings = [.. endings],
                Decisions = turn.Decisions,
            };
            record = record.With(new Verified<StepDocument>(document, (await ledger.BeginCreateStepAsync(document, default))!.Value.Digest));
        }

        if (record.Scheduler.Outcome is not null)
            await ledger.CreateManifestAsync(Manifest.Of(record, [new string('4', 64)]), default);
        return ledger;
    }

    private sealed class Key : ISigner
    {
        private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public string KeyId => PublicKey.KeyId(key.ExportSubjectPublicKeyInfo());

        public TrustedKey Trusted => new(KeyId, key.ExportSubjectPublicKeyInfo(), [.. Enum.GetValues<KeyRole>()], null, null, "");

        public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) =>
            new(key.SignData(message.Span, HashAlgorithmName.SHA256));
    }
}
