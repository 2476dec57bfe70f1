using System.Security.Cryptography;
using System.Text.Json;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Testing;
using Miyabi.Testing.Runs;

namespace Miyabi.Core.Tests.Runs;

/// <summary>A run of three tasks, one after the other, that a test carries on document by document while it is followed.</summary>
internal sealed class FollowedRun : IDisposable
{
    internal const string Id = "r";

    private const string PlanJson = """
        { "name": "three", "version": 1, "agents": [ { "id": "A-1", "kind": "codex", "provider": "simulated" } ],
          "tasks": [ { "id": "T-1", "agent": "A-1", "prompt": "go" }, { "id": "T-2", "agent": "A-1", "prompt": "go", "dependsOn": ["T-1"] },
                     { "id": "T-3", "agent": "A-1", "prompt": "go", "dependsOn": ["T-2"] } ] }
        """;

    private readonly TestSigner signer = new();
    private readonly OpenRuns runs;
    private RunRecord record = null!;

    private FollowedRun()
    {
        runs = new OpenRuns(Store, new Sealer(signer), new TrustList([signer.Trusted()]), Clock);
        Ledger = runs.LedgerOf(Id);
    }

    internal CountingStore Store { get; } = new();

    internal ManualClock Clock { get; } = new();

    internal RunLedger Ledger { get; }

    /// <summary>Processes that are dead.</summary>
    internal HashSet<string> Dead { get; } = [];

    /// <summary>The run, accepted.</summary>
    internal static async Task<FollowedRun> AcceptAsync()
    {
        var run = new FollowedRun();
        var plan = new PlanDocument
        {
            Run = Id,
            AcceptedAt = run.Clock.GetUtcNow(),
            PlanDigest = new string('0', 64),
            Options = new RunOptions(),
            Plan = JsonDocument.Parse(PlanJson).RootElement,
        };
        run.record = RunRecord.Start(OpenRuns.Compile(plan), (await run.Ledger.CreatePlanAsync(plan, default))!);
        return run;
    }

    /// <summary>Takes steps: the first starts a task, each other accepts one, the fourth ends the run.</summary>
    internal async Task StepAsync(int steps = 1)
    {
        for (var i = 0; i < steps; i++)
        {
            StepEnding[] endings = record.Step == 0
                ? []
                : [new StepEnding { Ending = new Ending($"T-{record.Step}", 1, null, AgentUsage.None), Result = Digest('1'), Instruction = Digest('2'), Payload = Digest('3') }];
            var turn = Scheduler.Advance(record.Plan, record.Scheduler, endings.Select(ending => ending.Ending), [], Clock.GetUtcNow());
            var document = new StepDocument
            {
                Run = Id,
                Step = record.Step + 1,
                Owner = 1,
                Previous = record.LastDigest,
                At = Clock.GetUtcNow(),
                Endings = [.. endings],
                Decisions = turn.Decisions,
            };
            record = record.With(new Verified<StepDocument>(document, (await Ledger.BeginCreateStepAsync(document, default))!.Value.Digest));
        }
    }

    internal Task ManifestAsync() => Ledger.CreateManifestAsync(Manifest.Of(record, [Digest('4')]), default);

    /// <summary>Becomes an owner, for a minute from now.</summary>
    internal Task OwnAsync(int number) => Ledger.CreateOwnerAsync(
        new OwnerDocument
        {
            Run = Id,
            Owner = number,
            Holder = new string((char)('0' + number), 32),
            At = Clock.GetUtcNow(),
            Until = Clock.GetUtcNow() + Ownership.Term,
            Host = $"host-{number}",
            Process = $"process-{number}",
        },
        default);

    internal Task LeaseAsync(int number, DateTimeOffset until) => Ledger.ReplaceLeaseAsync(
        LedgerPath.OwnerLease(number), new LeaseDocument { Run = Id, Holder = new string((char)('0' + number), 32), Until = until }, default);

    internal Task ProgressAsync(string writer, int part, double fraction, string task = "T-1") => Store.CreateAsync(
        LedgerPath.Run(Id) + LedgerPath.EventPart(writer, part),
        RunEventLine.Write(new RunEvent(Clock.GetUtcNow(), RunEventKind.Progress, task, 1) { Fraction = fraction }),
        default);

    /// <summary>Views of it as an app gives them.</summary>
    internal RecentRuns Recent() => new(runs, Store, Clock);

    internal Task<RunFollower> OpenAsync() => RunFollower.OpenAsync(runs, Store, Id, Dead.Contains, Clock, default);

    public void Dispose() => signer.Dispose();

    private static string Digest(char digit) => new(digit, 64);
}

/// <summary>Counts what is read, and can be away.</summary>
internal sealed class CountingStore : InMemoryBlobStore
{
    internal List<string> Reads { get; } = [];

    internal StoreException? Away { get; set; }

    /// <summary>What each read waits for.</summary>
    internal Task Held { get; set; } = Task.CompletedTask;

    /// <summary>What happens just before a blob is read, by its name: once.</summary>
    internal (string Name, Func<Task> Happens)? Before { get; set; }

    public override async Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
    {
        if (Away is not null)
            throw Away;
        Reads.Add(name);
        await Held;
        if (Before is var (awaited, happens) && name == awaited)
        {
            Before = null;
            await happens();
        }

        return await base.ReadAsync(name, maxBytes, cancellationToken);
    }
}
