using System.Security.Cryptography;
using Miyabi.Agents;
using Miyabi.Cli;
using Miyabi.Cli.Embedded;
using Miyabi.Core.Activities;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Scheduling;
using Miyabi.Storage.Keys;
using Miyabi.Testing;
using Miyabi.Testing.Runs;

namespace Miyabi.Faults.Tests;

/// <summary>A store that stays away for longer than anything waits for it. At the store's port: at the network, that would be minutes.</summary>
public sealed class AbsentStoreTests : IDisposable
{
    private readonly FileSigner signer = new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    public void Dispose() => signer.Dispose();

    [Fact]
    public async Task Run_StoreStaysAway_StopsWithTheStoresReasonAndIsResumedOnceItIsBack()
    {
        var store = new LeavingStore();
        var key = new TrustedKey(signer.KeyId, signer.SubjectPublicKeyInfo, [KeyRole.Run, KeyRole.Agent, KeyRole.Control], null, null, "test");
        OpenRuns Runs() => new(store, new Sealer(signer), new TrustList([key]), TimeProvider.System);
        await RunAcceptance.AcceptAsync(Runs().LedgerOf("r"), PlanReader.Read(Plan.ToArray()), new RunOptions(), TimeProvider.System.GetUtcNow(), default);
        store.LeavesAt = "/results/two_result.json";

        var failure = await Assert.ThrowsAsync<StoreException>(() => CarryOutAsync(Runs()));

        Assert.Equal((ExitCode.Environment, "The store is away."), Failures.Describe(failure, "", "r"));
        store.LeavesAt = null;
        store.IsAway = false;
        Assert.Equal((RunnerExit.Ended, RunOutcome.Succeeded), await CarryOutAsync(Runs()));
        Assert.True((await new Core.Verification.RunVerifier(store, new TrustList([key])).VerifyAsync("r", expectedRoot: null, default)).IsProven);
    }

    private static ReadOnlySpan<byte> Plan =>
        """
        { "name": "away", "version": 1, "agents": [ { "id": "a", "kind": "claude", "provider": "simulated" } ],
          "tasks": [ { "id": "one", "agent": "a", "simulated": { "work": "PT0.01S" } },
                     { "id": "two", "agent": "a", "dependsOn": [ "one" ], "simulated": { "work": "PT0.01S" } } ] }
        """u8;

    // A new runner each time, as a new process would be; this one's identity is dead to it.
    private static Task<(RunnerExit, RunOutcome?)> CarryOutAsync(OpenRuns runs)
    {
        var providers = AgentProviders.Standard(TimeProvider.System);
        var runner = new EmbeddedRunner(
            runs, name => providers.TryFind(name, out var provider, out var problem) ? provider : throw new InvalidOperationException(problem),
            TimeProvider.System, new SilentObserver(), new RunnerIdentity(Guid.NewGuid().ToString("N"), "here", DeadProcess()));
        return runner.RunAsync("r", _ => { }, default);
    }

    // This very process, had it begun at another time.
    private static string DeadProcess()
    {
        var parts = ProcessIdentity.Current().Process.Split(' ');
        return $"{parts[0]} {parts[1]} 1";
    }

    /// <summary>Goes away when a certain blob is to be made, and stays away.</summary>
    private sealed class LeavingStore : InMemoryBlobStore
    {
        public string? LeavesAt { get; set; }

        public bool IsAway { get; set; }

        public override Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            IsAway |= LeavesAt is not null && name.EndsWith(LeavesAt, StringComparison.Ordinal);
            Check();
            return base.CreateAsync(name, content, cancellationToken);
        }

        public override Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            Check();
            return base.ReplaceAsync(name, content, cancellationToken);
        }

        public override Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
        {
            Check();
            return base.ReadAsync(name, maxBytes, cancellationToken);
        }

        private void Check()
        {
            if (IsAway)
                throw new StoreException(StoreFault.Unavailable, "The store is away.");
        }
    }
}
