using System.Runtime.CompilerServices;
using System.Text;
using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Core.Tests.Verification;
using Miyabi.Core.Transfer;
using Miyabi.Core.Verification;
using Miyabi.Testing;

namespace Miyabi.Core.Tests.Transfer;

public class RunCopyTests(Scene scene) : IClassFixture<Scene>
{
    private const string PlanName = Scene.Folder + LedgerPath.Plan;

    [Fact]
    public async Task Copy_OfAFinishedRun_HasItsEvidenceToTheByteAndItsRoot()
    {
        var source = await SourceAsync();
        var before = source.Blobs.ToDictionary(StringComparer.Ordinal);
        var target = new InMemoryBlobStore();

        var report = await CopyAsync(source, target);

        Assert.True(report.IsCopied);
        Assert.Equal((true, RunOutcome.Failed, scene.Evidence.Count, 0, 1), (report.HasEnded, report.Outcome, report.Copied, report.AlreadyThere, report.Events));
        Assert.NotNull(report.SourceRoot);
        Assert.Equal(report.SourceRoot, report.TargetRoot);
        Assert.Equal(scene.Evidence.Append(Scene.Folder + "events/w-1.ndjson").Order(StringComparer.Ordinal), target.Blobs.Keys.Order(StringComparer.Ordinal));
        AssertSame(source, target);
        Assert.Equal(before, source.Blobs);
        Assert.True((await new RunVerifier(target, scene.Trust).VerifyAsync(Scene.Run, report.SourceRoot, default)).IsProven);
    }

    [Fact]
    public async Task Copy_MadeAgain_FindsEverythingThere()
    {
        var source = await SourceAsync();
        var target = new InMemoryBlobStore();
        await CopyAsync(source, target);
        var names = target.Blobs.Keys.Order().ToList();

        var report = await CopyAsync(source, target);

        Assert.True(report.IsCopied);
        Assert.Equal((0, scene.Evidence.Count, 0), (report.Copied, report.AlreadyThere, report.Events));
        Assert.Equal(names, target.Blobs.Keys.Order());
    }

    [Theory]
    [InlineData(StoreDeath.BeforeTheWrite)]
    [InlineData(StoreDeath.AfterTheWrite)]
    [InlineData(StoreDeath.ReportedAsFailed)]
    public async Task Copy_CutAtEveryWrite_IsNoRunUntilItIsWhole_AndGoesOn(StoreDeath death)
    {
        var source = await SourceAsync();
        var cuts = 0;
        for (var write = 1; ; write++)
        {
            var target = new InMemoryBlobStore();
            using var faulty = new FaultyStore(target, write, death);
            var failure = await Record.ExceptionAsync(() => CopyAsync(source, faulty));
            if (!faulty.Died.IsCancellationRequested)
                break;
            cuts++;
            Assert.True(failure is StoreException || death == StoreDeath.ReportedAsFailed, $"write {write}: {failure}");
            var isWhole = scene.Evidence.All(target.Blobs.ContainsKey);
            Assert.Equal(isWhole, target.Blobs.ContainsKey(PlanName));
            Assert.Equal(isWhole, await IsProvenAsync(target));

            var report = await CopyAsync(source, target);

            Assert.True(report.IsCopied, $"write {write}: {string.Join("; ", report.Findings)}");
            Assert.Equal(scene.Evidence.Count, report.Copied + report.AlreadyThere);
            Assert.Equal(report.SourceRoot, report.TargetRoot);
            AssertSame(source, target);
        }

        Assert.Equal(scene.Evidence.Count + 1, cuts);
    }

    [Fact]
    public async Task Copy_OfARunWithAWrongDocument_WritesNothing()
    {
        foreach (var name in scene.Evidence)
        {
            var target = new InMemoryBlobStore();

            var report = await CopyAsync(await SourceAsync(files => files[name] = TamperingTests.Flipped(files[name], 7)), target);

            Assert.Equal((false, CopySide.Source), (report.IsCopied, report.WrongIn));
            Assert.Equal(name, Assert.Single(report.Findings).Path);
            Assert.Empty(target.Blobs);
        }
    }

    [Fact]
    public async Task Copy_OntoAnotherDocument_NamesItAndChangesNothing()
    {
        foreach (var name in scene.Evidence)
        {
            foreach (var other in new[] { scene.Files[name].Append((byte)' ').ToArray(), scene.Files[name][..^1], [] })
            {
                var target = new InMemoryBlobStore();
                await target.CreateAsync(name, other, default);

                var report = await CopyAsync(await SourceAsync(), target);

                Assert.Equal((false, CopySide.Target, 0), (report.IsCopied, report.WrongIn, report.Copied));
                var finding = Assert.Single(report.Findings);
                Assert.Equal((name, FindingKind.Altered), (finding.Path, finding.Kind));
                Assert.Equal(other, Assert.Single(target.Blobs).Value);
            }
        }
    }

    [Fact]
    public async Task Copy_OntoACopyThatWentOn_IsRefusedBeforeAnythingIsWritten()
    {
        // Somebody resumed the copy: a runner of its own is at work there.
        var target = new InMemoryBlobStore();
        await target.CreateAsync(PlanName, scene.Files[PlanName], default);
        await target.CreateAsync(Scene.Folder + "owner-3.json", scene.Files[Scene.Folder + "owner-2.json"], default);

        var report = await CopyAsync(await SourceAsync(), target);

        Assert.Equal((false, CopySide.Target), (report.IsCopied, report.WrongIn));
        var finding = Assert.Single(report.Findings);
        Assert.Equal((Scene.Folder + "owner-3.json", FindingKind.Unexpected), (finding.Path, finding.Kind));
        Assert.Equal(2, target.Blobs.Count);
    }

    [Fact]
    public async Task Copy_ThatMeetsAnotherWriter_StopsAtItsDocument()
    {
        const string Name = Scene.Folder + "steps/2.json";
        var target = new RivalStore(Name, scene.Files[Scene.Folder + "steps/3.json"]);

        var report = await CopyAsync(await SourceAsync(), target);

        Assert.Equal((false, CopySide.Target), (report.IsCopied, report.WrongIn));
        Assert.Equal(Name, Assert.Single(report.Findings).Path);
        Assert.DoesNotContain(Scene.Folder + "steps/3.json", target.Blobs.Keys);
        Assert.DoesNotContain(PlanName, target.Blobs.Keys);
    }

    [Fact]
    public async Task Copy_ThatAStoreSpoils_IsNotProven()
    {
        const string Name = Scene.Folder + "results/plan_result.json";
        var target = new SpoilingStore(Name);

        var report = await CopyAsync(await SourceAsync(), target);

        Assert.Equal((false, CopySide.Target), (report.IsCopied, report.WrongIn));
        Assert.Equal(Name, Assert.Single(report.Findings).Path);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Copy_OntoItself_IsRefusedAndLeavesNoMark(bool isGoingOn)
    {
        var store = await SourceAsync(files =>
        {
            string[] opening = ["plan.json", "owner-1.json", "steps/1.json"];
            foreach (var name in scene.Evidence.Where(name => isGoingOn && !opening.Contains(name[Scene.Folder.Length..])))
                files.Remove(name);
        });
        var before = store.Blobs.ToDictionary(StringComparer.Ordinal);

        await Assert.ThrowsAsync<SameStoreException>(() => CopyAsync(store, store));

        Assert.Equal(before, store.Blobs);
    }

    [Fact]
    public async Task Copy_OfNoRun_IsNotFound()
    {
        var target = new InMemoryBlobStore();
        await Assert.ThrowsAsync<RunNotFoundException>(() => RunCopy.MakeAsync(new InMemoryBlobStore(), target, scene.Trust, "none", "1", default));
        Assert.Empty(target.Blobs);
    }

    [Fact]
    public async Task Copy_WithEventsThatCannotBeRead_IsStillCopied()
    {
        var source = new EventlessStore();
        foreach (var (name, content) in scene.Files)
            await source.CreateAsync(name, content, default);

        Assert.True((await CopyAsync(source, new InMemoryBlobStore())).IsCopied);
    }

    private async Task<InMemoryBlobStore> SourceAsync(Action<Dictionary<string, byte[]>>? change = null)
    {
        var files = new Dictionary<string, byte[]>(scene.Files, StringComparer.Ordinal)
        {
            [Scene.Folder + "leases/owner-2.json"] = "a lease"u8.ToArray(),
            [Scene.Folder + "quarantine/steps.9.json.0123456789abcdef"] = "put aside"u8.ToArray(),
            [Scene.Folder + "events/w-1.ndjson"] = "{}\n"u8.ToArray(),
        };
        change?.Invoke(files);
        var store = new InMemoryBlobStore();
        foreach (var (name, content) in files)
            await store.CreateAsync(name, content, default);
        return store;
    }

    private Task<CopyReport> CopyAsync(IBlobStore source, IBlobStore target) =>
        RunCopy.MakeAsync(source, target, scene.Trust, Scene.Run, new string('a', 32), default);

    private async Task<bool> IsProvenAsync(InMemoryBlobStore store) =>
        store.Blobs.Count > 0 && (await new RunVerifier(store, scene.Trust).VerifyAsync(Scene.Run, null, default)).IsProven;

    private void AssertSame(InMemoryBlobStore source, InMemoryBlobStore target) =>
        Assert.All(scene.Evidence, name => Assert.Equal(Encoding.Latin1.GetString(source.Blobs[name]), Encoding.Latin1.GetString(target.Blobs[name])));

    /// <summary>Another writer is a moment quicker with one document.</summary>
    private sealed class RivalStore(string contested, byte[] content) : InMemoryBlobStore
    {
        public override async Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> given, CancellationToken cancellationToken)
        {
            if (name == contested)
                await base.CreateAsync(name, content, cancellationToken);
            return await base.CreateAsync(name, given, cancellationToken);
        }
    }

    /// <summary>Loses the last byte of one document.</summary>
    private sealed class SpoilingStore(string spoilt) : InMemoryBlobStore
    {
        public override Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
            base.CreateAsync(name, name == spoilt ? content[..^1] : content, cancellationToken);
    }

    private sealed class EventlessStore : InMemoryBlobStore, IBlobStore
    {
        async IAsyncEnumerable<BlobItem> IBlobStore.ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            if (prefix.EndsWith("/events/", StringComparison.Ordinal))
                throw new StoreException(StoreFault.Unavailable, "No events today.");
            await foreach (var blob in ListAsync(prefix, cancellationToken))
                yield return blob;
        }
    }
}
