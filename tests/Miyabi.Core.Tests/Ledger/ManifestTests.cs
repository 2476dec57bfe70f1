using System.Security.Cryptography;
using System.Text;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Testing;
using Miyabi.Testing.Runs;

namespace Miyabi.Core.Tests.Ledger;

public sealed class ManifestTests : IDisposable
{
    private readonly TestSigner signer = new();

    [Fact]
    public async Task ContentRoot_SameContentInAnotherRun_IsTheSame()
    {
        var first = await MakeAsync("one", new FinishedRuns(new InMemoryBlobStore(), signer, TimeProvider.System));
        var second = await MakeAsync("two", new FinishedRuns(new InMemoryBlobStore(), signer, TimeProvider.System) { Backwards = true });

        Assert.Equal(first.ContentRoot, second.ContentRoot);
        Assert.NotEqual(first.Root, second.Root);
    }

    [Fact]
    public async Task ContentRoot_OneByteOfAPayloadDiffers_IsAnother()
    {
        var first = await MakeAsync("one", new FinishedRuns(new InMemoryBlobStore(), signer, TimeProvider.System));
        var second = await MakeAsync("one", new FinishedRuns(new InMemoryBlobStore(), signer, TimeProvider.System) { Word = "tame" });

        Assert.NotEqual(first.ContentRoot, second.ContentRoot);
    }

    [Fact]
    public async Task Roots_OfARun_CanBeWorkedOutByHand()
    {
        var store = new InMemoryBlobStore();
        var ledger = await new FinishedRuns(store, signer, TimeProvider.System).MakeAsync("one");
        var manifest = (await ledger.ReadManifestAsync(1, default))!.Value;
        var payload = (await ledger.ReadResultAsync("plan", 1, AgentKind.Claude, default))!.Value.PayloadDigest;
        var code = (await ledger.ReadResultAsync("code", 2, AgentKind.Codex, default))!.Value.PayloadDigest;
        var yes = Hash("""{"output":true,"files":[]}""");

        var content = Hash($"plan\taccepted\t{payload}\ntaken\taccepted\t{yes}\ncode\taccepted\t{code}\nrefused\tfailed\t-\nskipped\tskipped\t-\ngated\taccepted\t{yes}\n");
        var lines = store.Blobs.Keys.Where(name => !name.Contains("/artifacts/") && !name.Contains("/leases/") && !name.Contains("manifest"))
            .Select(name => name["runs/one/".Length..]).Order(StringComparer.Ordinal)
            .Select(path => $"{path}\t{SealFormat.Parse(store.Blobs["runs/one/" + path]).Digest}\n");

        Assert.Equal(content, manifest.ContentRoot);
        Assert.Equal(Hash(string.Concat(lines) + content + "\n"), manifest.Root);
    }

    [Fact]
    public void Roots_OfNothing_AreKnown()
    {
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Manifest.ContentRoot([]));
        Assert.Equal(Hash("a\t1\nb\t2\nc\n"), Manifest.Root([new("a", "1"), new("b", "2")], "c"));
    }

    public void Dispose() => signer.Dispose();

    private static async Task<ManifestDocument> MakeAsync(string run, FinishedRuns runs) =>
        (await (await runs.MakeAsync(run)).ReadManifestAsync(1, default))!.Value;

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
