using Miyabi.Core.Ledger;
using Miyabi.Testing;
using Miyabi.Testing.Agents;
using Miyabi.Testing.Runs;

namespace Miyabi.Core.Tests.Ledger;

public sealed class OwnershipTests : IDisposable
{
    private readonly TestSigner signer = new();
    private readonly ManualTimeProvider clock = new();
    private readonly MoodyStore store = new();
    private readonly RunLedger ledger;

    public OwnershipTests() => ledger = new RunLedger("r", store, new Sealer(signer), new TrustList([signer.Trusted()]));

    [Fact]
    public async Task Acquire_First_IsOwnerOne()
    {
        await using var owner = await AcquireAsync("a");

        Assert.Equal(1, owner.Number);
        Assert.False(owner.Lost.IsCancellationRequested);
        Assert.Equal("a", (await ledger.ReadOwnerAsync(1, default))!.Value.Holder);
    }

    [Fact]
    public async Task Acquire_WhileALeaseHolds_IsRefused()
    {
        await using var owner = await AcquireAsync("a");
        clock.Advance(Ownership.Term - TimeSpan.FromTicks(1) - Ownership.Renewal);

        var e = await Assert.ThrowsAsync<RunOwnedException>(() => AcquireAsync("b"));

        Assert.Equal("a", e.Owner.Holder);
        Assert.Null(await ledger.ReadOwnerAsync(2, default));
    }

    [Fact]
    public async Task Acquire_AfterTheLeaseWasRenewed_IsRefusedStill()
    {
        await using var owner = await AcquireAsync("a");
        for (var i = 1; i <= 8; i++)
            await RenewedAsync(i);

        await Assert.ThrowsAsync<RunOwnedException>(() => AcquireAsync("b"));
        Assert.False(owner.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task Acquire_AfterTheLeaseHasLapsed_TakesOver()
    {
        store.Fails = true;
        await using var first = await AcquireAsync("a");
        clock.Advance(Ownership.Term);

        await using var second = await WatchedAsync(AcquireAsync("b"));

        Assert.Equal(2, second.Number);
        Assert.True(first.Lost.IsCancellationRequested);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Acquire_ByAClockThatIsAnHourOff_IsRefusedWhileTheOwnerRenews(int hours)
    {
        await using var owner = await AcquireAsync("a");
        await RenewedAsync(1);

        var other = AcquireAsync("b", clock: new SkewedTime(clock, TimeSpan.FromHours(hours)));

        for (var renewal = 2; !other.IsCompleted && renewal < 100; renewal++)
            await RenewedAsync(renewal);
        await Assert.ThrowsAsync<RunOwnedException>(() => other);
        Assert.Null(await ledger.ReadOwnerAsync(2, default));
        Assert.False(owner.Lost.IsCancellationRequested);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Acquire_ByAClockThatIsAnHourOff_TakesOverWhatNobodyRenews(int hours)
    {
        store.Fails = true;
        await using var owner = await AcquireAsync("a");
        clock.Advance(Ownership.Term);

        await using var second = await WatchedAsync(AcquireAsync("b", clock: new SkewedTime(clock, TimeSpan.FromHours(hours))));

        Assert.Equal(2, second.Number);
    }

    [Fact]
    public async Task Dispose_StoreHangs_EndsSoon()
    {
        var owner = await AcquireAsync("a");
        store.Hangs = true;

        var ending = owner.DisposeAsync().AsTask();
        await Until.TrueAsync(() => store.Waiting > 0, "it tries to give the run up");
        clock.Advance(TimeSpan.FromSeconds(5));

        await ending.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Acquire_WhenTheHolderIsDead_TakesOver()
    {
        await using var first = await AcquireAsync("a");
        await using var second = await AcquireAsync("b", process => process == "process of a");

        Assert.Equal(2, second.Number);
    }

    [Fact]
    public async Task Acquire_WhenItWasGivenUp_TakesOver()
    {
        await (await AcquireAsync("a")).DisposeAsync();

        await using var second = await AcquireAsync("b");

        Assert.Equal(2, second.Number);
    }

    [Fact]
    public async Task Acquire_LeaseOfAnotherHolder_CountsForNothing()
    {
        await (await AcquireAsync("a")).DisposeAsync();
        await ledger.ReplaceLeaseAsync(
            LedgerPath.OwnerLease(1), new LeaseDocument { Run = "r", Holder = "x", Until = clock.GetUtcNow().AddYears(1) }, default);

        Assert.Equal(clock.GetUtcNow() + Ownership.Term, (await Assert.ThrowsAsync<RunOwnedException>(() => AcquireAsync("b"))).Until);
    }

    [Fact]
    public async Task Acquire_GarbageInTheOwnersPlace_IsPutAside()
    {
        await store.CreateAsync("runs/r/owner-1.json", "garbage"u8.ToArray(), default);

        await using var owner = await AcquireAsync("a");

        Assert.Equal(1, owner.Number);
        Assert.Contains(store.Blobs.Keys, name => name.Contains("/quarantine/"));
    }

    [Fact]
    public async Task Acquire_GarbageInAnEarlierOwnersPlace_ComesAfterTheLast()
    {
        await (await AcquireAsync("a")).DisposeAsync();
        await (await AcquireAsync("b")).DisposeAsync();
        await store.DeleteAsync("runs/r/owner-1.json", default);
        await store.CreateAsync("runs/r/owner-1.json", "garbage"u8.ToArray(), default);

        await using var owner = await AcquireAsync("c");

        Assert.Equal(3, owner.Number);
        Assert.NotNull(await ledger.ReadOwnerAsync(1, default)); // no gap is left: the manifest names every owner
    }

    [Fact]
    public async Task Lost_NewerOwner_IsSetAtTheNextRenewal()
    {
        await using var first = await AcquireAsync("a");
        await using var second = await AcquireAsync("b", _ => true);

        clock.Advance(Ownership.Renewal);

        await Until.TrueAsync(() => first.Lost.IsCancellationRequested, "the first owner has lost the run");
        Assert.False(second.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task Lost_RenewalsFail_IsSetWhenTheTermIsOver()
    {
        store.Fails = true;
        await using var owner = await AcquireAsync("a");

        clock.Advance(Ownership.Term - TimeSpan.FromTicks(1));
        Assert.False(owner.Lost.IsCancellationRequested);
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.True(owner.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task Lost_StoreHangs_IsSetWhenTheTermIsOver()
    {
        store.Hangs = true;
        await using var owner = await AcquireAsync("a");

        clock.Advance(Ownership.Term);

        Assert.True(owner.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task Lost_RenewalsFailForAWhile_IsNotSet()
    {
        await using var owner = await AcquireAsync("a");
        store.Fails = true;
        clock.Advance(Ownership.Renewal);
        await Until.TrueAsync(() => store.Failures > 0, "a renewal has failed");
        store.Fails = false;
        for (var i = 1; i <= 4; i++)
            await RenewedAsync(i); // beyond the term that the failed renewal left

        Assert.False(owner.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task Acquire_Racing_OneWins()
    {
        for (var round = 0; round < 20; round++)
        {
            var run = new RunLedger($"r{round}", store, new Sealer(signer), new TrustList([signer.Trusted()]));
            var racers = Enumerable.Range(0, 4).Select(i => Task.Run(() => Ownership.AcquireAsync(run, new RunnerIdentity($"{i}", "", ""), _ => false, clock, default))).ToList();
            await Record.ExceptionAsync(() => Task.WhenAll(racers));

            var winner = Assert.Single(racers, racer => racer.IsCompletedSuccessfully);
            Assert.All(racers.Where(racer => racer != winner), racer => Assert.IsType<RunOwnedException>(racer.Exception!.InnerException));
            await (await winner).DisposeAsync();
        }
    }

    public void Dispose() => signer.Dispose();

    private Task<Ownership> AcquireAsync(string holder, Func<string, bool>? isDead = null, TimeProvider? clock = null) =>
        Ownership.AcquireAsync(ledger, new RunnerIdentity(holder, "host", $"process of {holder}"), isDead ?? (_ => false), clock ?? this.clock, default);

    // Time goes on while a lease is watched.
    private async Task<Ownership> WatchedAsync(Task<Ownership> acquiring)
    {
        await Until.TrueAsync(() => Tick(acquiring), "it has watched long enough");
        return await acquiring;
    }

    private bool Tick(Task acquiring)
    {
        if (!acquiring.IsCompleted)
            clock.Advance(TimeSpan.FromSeconds(1));
        return acquiring.IsCompleted;
    }

    private async Task RenewedAsync(int renewals)
    {
        clock.Advance(Ownership.Renewal);
        await Until.TrueAsync(() => store.Replaced >= renewals, $"renewal {renewals} was written");
    }

    /// <summary>The same time's flow, by a clock that is set otherwise.</summary>
    private sealed class SkewedTime(TimeProvider clock, TimeSpan by) : TimeProvider
    {
        public override long TimestampFrequency => clock.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow() + by;

        public override long GetTimestamp() => clock.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => clock.CreateTimer(callback, state, dueTime, period);
    }

    /// <summary>A store whose replacing fails or hangs on demand.</summary>
    private sealed class MoodyStore : InMemoryBlobStore
    {
        private int replaced;
        private int failures;
        private int waiting;

        internal bool Fails { get; set; }

        internal bool Hangs { get; set; }

        internal int Replaced => Volatile.Read(ref replaced);

        internal int Waiting => Volatile.Read(ref waiting);

        internal int Failures => Volatile.Read(ref failures);

        public override async Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            if (Fails)
            {
                Interlocked.Increment(ref failures);
                throw new StoreException(StoreFault.Unavailable, "The store is away.");
            }

            if (Hangs)
            {
                Interlocked.Increment(ref waiting);
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            await base.ReplaceAsync(name, content, cancellationToken);
            Interlocked.Increment(ref replaced);
        }
    }
}
