using System.Text;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;
using Miyabi.Testing;
using Miyabi.Testing.Runs;

namespace Miyabi.Core.Tests.Ledger;

public sealed class RunLedgerTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private readonly TestSigner signer = new();
    private readonly InMemoryBlobStore store = new();
    private readonly RunLedger ledger;

    public RunLedgerTests() => ledger = new RunLedger("r", store, new Sealer(signer), new TrustList([signer.Trusted()]));

    [Fact]
    public async Task Read_DocumentAtAnotherPath_IsRefused()
    {
        await ledger.CreateOwnerAsync(Owner("r", 1), default);
        await store.CreateAsync("runs/r/owner-2.json", store.Blobs["runs/r/owner-1.json"], default);
        await store.CreateAsync("runs/r/steps/1.json", store.Blobs["runs/r/owner-1.json"], default);

        Assert.NotNull(await ledger.ReadOwnerAsync(1, default));
        await Assert.ThrowsAsync<SealException>(() => ledger.ReadOwnerAsync(2, default));
        await Assert.ThrowsAsync<SealException>(() => ledger.ReadStepAsync(1, default));
    }

    [Fact]
    public async Task Read_DocumentOfAnotherRun_IsRefused()
    {
        await ledger.CreateOwnerAsync(Owner("other", 1), default);

        await Assert.ThrowsAsync<SealException>(() => ledger.ReadOwnerAsync(1, default));
    }

    [Fact]
    public async Task Create_WhereThereIsOne_LeavesItAlone()
    {
        Assert.NotNull(await ledger.CreateOwnerAsync(Owner("r", 1), default));
        var first = store.Blobs["runs/r/owner-1.json"];

        Assert.Null(await ledger.CreateOwnerAsync(Owner("r", 1) with { Holder = "x" }, default));
        Assert.Equal(first, store.Blobs["runs/r/owner-1.json"]);
    }

    [Fact]
    public async Task Quarantine_KeepsTheBytesAndTakesTheFileAway()
    {
        await store.CreateAsync("runs/r/steps/1.json", new byte[] { 1, 2, 3 }, default);

        await ledger.QuarantineAsync("steps/1.json", default);
        await ledger.QuarantineAsync("steps/1.json", default);

        var (name, content) = Assert.Single(store.Blobs);
        Assert.StartsWith("runs/r/quarantine/steps.1.json.", name, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], content);
    }

    [Fact]
    public async Task Quarantine_OfWhatIsTooLarge_StillTakesItAway()
    {
        var large = new BloatedStore();
        var run = new RunLedger("r", large, new Sealer(signer), new TrustList([signer.Trusted()]));
        await large.CreateAsync("runs/r/steps/1.json", new byte[] { 1 }, default);

        await Assert.ThrowsAsync<SealException>(() => run.ReadStepAsync(1, default));
        await run.QuarantineAsync("steps/1.json", default);

        Assert.StartsWith("Not kept", Encoding.UTF8.GetString(Assert.Single(large.Blobs).Value), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadControls_AllThatWereNotTaken()
    {
        foreach (var number in new[] { 1, 2, 4 })
            await ControlAsync(number, ControlKind.Suspend);

        Assert.Equal([1, 2, 4], await NumbersAsync());
        Assert.Equal([1, 4], await NumbersAsync("control/2-suspend.json"));
        Assert.Empty(await NumbersAsync("control/1-suspend.json", "control/2-suspend.json", "control/4-suspend.json"));
    }

    [Fact]
    public async Task ReadControls_TwoFrontDoorsTookOneNumber_BothGetThrough()
    {
        await ControlAsync(1, ControlKind.Suspend);
        await ControlAsync(1, ControlKind.Cancel);

        Assert.Equal(
            [ControlKind.Cancel, ControlKind.Suspend],
            (await ledger.ReadControlsAsync(new HashSet<string>(), default)).Select(control => control.Value.Control.Kind));
        Assert.Equal([1], await NumbersAsync("control/1-suspend.json")); // the reader was past it already
    }

    [Fact]
    public async Task ReadControls_InNumberNotInNameOrder()
    {
        for (var number = 1; number <= 12; number++)
            await ControlAsync(number, ControlKind.Suspend);

        Assert.Equal(Enumerable.Range(1, 12), await NumbersAsync());
    }

    [Theory]
    [InlineData("control/1-approve.json")]
    [InlineData("control/01-cancel.json")]
    [InlineData("control/1-zzz.json")]
    public async Task ReadControls_GarbageWithTheSameNumber_NeitherBelievedNorBlocking(string path)
    {
        await ControlAsync(1, ControlKind.Cancel);
        await ControlAsync(2, ControlKind.Suspend);
        await store.CreateAsync("runs/r/" + path, "garbage"u8.ToArray(), default);

        Assert.Equal([ControlKind.Cancel, ControlKind.Suspend], (await ledger.ReadControlsAsync(new HashSet<string>(), default)).Select(control => control.Value.Control.Kind));
    }

    [Fact]
    public async Task ReadArtifact_ContentChecked()
    {
        var file = await ledger.CreateArtifactAsync(new AgentFile("a", "content"u8.ToArray()), default);
        Assert.Equal("content"u8.ToArray(), (await ledger.ReadArtifactAsync(file.Sha256, default)).ToArray());

        await store.ReplaceAsync("runs/r/artifacts/" + file.Sha256, "Content"u8.ToArray(), default);
        foreach (var name in new[] { file.Sha256, new string('0', 64), file.Sha256.ToUpperInvariant(), "../plan.json", "" })
            await Assert.ThrowsAsync<SealException>(() => ledger.ReadArtifactAsync(name, default));
    }

    public void Dispose() => signer.Dispose();

    private static OwnerDocument Owner(string run, int owner) => new() { Run = run, Owner = owner, Holder = "h", At = Noon, Until = Noon };

    private async Task<IEnumerable<int>> NumbersAsync(params string[] taken) =>
        (await ledger.ReadControlsAsync(taken.ToHashSet(), default)).Select(control => control.Value.Number);

    private Task ControlAsync(int number, ControlKind kind) =>
        ledger.CreateControlAsync(new ControlDocument { Run = "r", Number = number, At = Noon, Control = new Control(kind) }, default);

    private sealed class BloatedStore : InMemoryBlobStore
    {
        public override Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken) =>
            throw new StoreException(StoreFault.TooLarge, "It has 209715200 bytes.");
    }
}
