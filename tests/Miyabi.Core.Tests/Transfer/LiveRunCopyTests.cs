using System.Runtime.CompilerServices;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Scheduling;
using Miyabi.Core.Tests.Orchestration;
using Miyabi.Core.Transfer;
using Miyabi.Core.Verification;
using Miyabi.Testing;
using Miyabi.Testing.Orchestration;

namespace Miyabi.Core.Tests.Transfer;

/// <summary>Copies of runs that have not ended: consistent, whatever is written meanwhile, and fit to be resumed.</summary>
public class LiveRunCopyTests
{
    // A retry, a codex task, files.
    private static readonly string Plan = TestPlans.Tasks(
        """{ "id": "plan", "agent": "A", "writes": ["plan/**"] }""",
        """{ "id": "core", "agent": "X", "dependsOn": ["plan"], "writes": ["core/**"] }""",
        """{ "id": "test", "agent": "A", "dependsOn": ["core"] }""");

    // Many steps, each of which starts one task.
    private static readonly string Chain = TestPlans.Plan(Enumerable.Range(0, 12).Select(i => ($"t{i:00}", i == 0 ? Array.Empty<string>() : [$"t{i - 1:00}"])), 1);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(1, 20)]
    [InlineData(2, 1)]
    [InlineData(5, 1)]
    public async Task Copy_WhileTheRunWrites_IsThatRunAtOneMoment(int writes, int operations)
    {
        var log = new WriteLog();
        await (await TestRun.AcceptAsync(Chain, Work, store: log)).CarryOutAsync();
        var (undecided, fooled) = (0, 0);
        for (var start = 1; start <= log.Creates.Count; start++)
        {
            var target = new InMemoryBlobStore();

            var report = await RunCopy.MakeAsync(new LiveStore(log.Creates, start, writes, operations), target, TestRun.Trust, TestRun.Id, "1", default);

            if (report is { WrongIn: CopySide.Source, HasEnded: true })
            {
                // Caught between its last step and its manifest, as a run that was killed there would be.
                Assert.Equal(("runs/run-1/manifest-1.json", FindingKind.Missing), (report.Findings.Single().Path, report.Findings.Single().Kind));
                undecided++;
                continue;
            }

            Assert.True(report.IsCopied, $"from write {start}: {string.Join("; ", report.Findings)}");
            Assert.All(target.Blobs, blob => Assert.Equal(log.Creates.Single(write => write.Name == blob.Key).Content, blob.Value));
            if (!(await new RunVerifier(new LiveStore(log.Creates, start, writes, operations), TestRun.Trust).VerifyAsync(TestRun.Id, null, default)).Findings.IsEmpty)
                fooled++;
        }

        Assert.InRange(undecided, 0, 3);
        // Else this would show nothing: a look at the store that takes no care must be able to go wrong.
        Assert.True(fooled > 0 || operations > 3, "no look at the store was inconsistent");
    }

    [Fact]
    public async Task Copy_OfARunCutAtAnyWrite_IsResumedAndProvenThere()
    {
        var undisturbed = await TestRun.AcceptAsync(Plan, Work);
        await undisturbed.CarryOutAsync();
        var root = (await undisturbed.ProvenAsync(RunOutcome.Succeeded)).ContentRoot;
        var copies = 0;
        for (var write = 1; ; write++)
        {
            var original = await TestRun.AcceptAsync(Plan, Work);
            using var faulty = new FaultyStore(original.Store, write, StoreDeath.BeforeTheWrite);
            await Record.ExceptionAsync(() => original.Elsewhere(Work, faulty).CarryOutAsync(cancellationToken: faulty.Died));
            if (!faulty.Died.IsCancellationRequested)
                break;
            var before = ((InMemoryBlobStore)original.Store).Blobs.ToDictionary(StringComparer.Ordinal);
            var target = new InMemoryBlobStore();
            var report = await RunCopy.MakeAsync(original.Store, target, TestRun.Trust, TestRun.Id, "1", default);
            Assert.Equal(before, ((InMemoryBlobStore)original.Store).Blobs);
            if (report is { HasEnded: true, IsCopied: false })
                continue; // its manifest is not written yet
            Assert.True(report.IsCopied, $"write {write}: {string.Join("; ", report.Findings)}");
            Assert.Equal((report.HasEnded, report.HasEnded), (report.SourceRoot is not null, report.TargetRoot is not null));
            copies++;

            var resumed = original.Elsewhere(Work, target);
            var ended = before.Keys.Count(name => name.Contains("/results/"));
            await resumed.CarryOutAsync();

            Assert.Equal(root, (await resumed.ProvenAsync(RunOutcome.Succeeded)).ContentRoot);
            Assert.Equal(4 - ended, resumed.Provider.Attempts.Count());
        }

        Assert.InRange(copies, 15, 60);
    }

    [Fact]
    public async Task Copy_MadeAgainWhenTheOriginalHasGoneOn_CatchesUp()
    {
        var original = await TestRun.AcceptAsync(Plan, Work);
        using var faulty = new FaultyStore(original.Store, 14, StoreDeath.BeforeTheWrite);
        await Record.ExceptionAsync(() => original.Elsewhere(Work, faulty).CarryOutAsync(cancellationToken: faulty.Died));
        var target = new InMemoryBlobStore();
        var first = await RunCopy.MakeAsync(original.Store, target, TestRun.Trust, TestRun.Id, "1", default);
        await original.Elsewhere(Work).CarryOutAsync();

        var second = await RunCopy.MakeAsync(original.Store, target, TestRun.Trust, TestRun.Id, "2", default);

        Assert.Equal((true, false, true, true), (first.IsCopied, first.HasEnded, second.IsCopied, second.HasEnded));
        Assert.Equal(first.Copied, second.AlreadyThere);
        Assert.Equal(second.SourceRoot, second.TargetRoot);
    }

    [Fact]
    public async Task Copy_MadeAgainWhenTheCopyHasGoneOn_LeavesItAlone()
    {
        var original = await TestRun.AcceptAsync(Plan, Work);
        using var faulty = new FaultyStore(original.Store, 14, StoreDeath.BeforeTheWrite);
        await Record.ExceptionAsync(() => original.Elsewhere(Work, faulty).CarryOutAsync(cancellationToken: faulty.Died));
        var target = new InMemoryBlobStore();
        await RunCopy.MakeAsync(original.Store, target, TestRun.Trust, TestRun.Id, "1", default);
        await original.Elsewhere(Work, target).CarryOutAsync();
        var before = target.Blobs.ToDictionary(StringComparer.Ordinal);
        await original.Elsewhere(Work).CarryOutAsync();

        var report = await RunCopy.MakeAsync(original.Store, target, TestRun.Trust, TestRun.Id, "2", default);

        Assert.Equal((false, CopySide.Target, 0), (report.IsCopied, report.WrongIn, report.Copied));
        Assert.Equal(before, target.Blobs);
    }

    private static Task<AgentResult> Work(AgentRequest request, IProgress<AgentProgress> progress, CancellationToken cancellationToken)
    {
        if (request is { Task.Id: "core", Attempt: 1 })
            return Task.FromResult(AgentResult.Failed(FailureKind.Failed, "at first it fails"));
        var result = ScriptedProvider.Success(request);
        return Task.FromResult(request.Task.Writes.IsEmpty
            ? result
            : result with { Files = [new AgentFile($"{request.Task.Id}/a", new byte[] { 1 }), new AgentFile($"{request.Task.Id}/b", "text"u8.ToArray())] });
    }

    /// <summary>A store to which a run writes so much with every so many operations of ours, between the names of a listing too, as folders are listed.</summary>
    private sealed class LiveStore(List<(string Name, byte[] Content)> run, int start, int writes, int operations) : IBlobStore
    {
        private int done;

        private IEnumerable<(string Name, byte[] Content)> Visible => run.Take(start + (done / operations * writes));

        public Task<byte[]?> ReadAsync(string name, long maxBytes, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref done);
            return Task.FromResult<byte[]?>(Visible.FirstOrDefault(write => write.Name == name).Content);
        }

        public async IAsyncEnumerable<BlobItem> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            for (var last = ""; Next(prefix, last) is { } next; last = next.Name)
            {
                yield return next;
                Interlocked.Increment(ref done);
            }
        }

        private BlobItem? Next(string prefix, string after) => Visible
            .Where(write => write.Name.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(write.Name, after) > 0)
            .OrderBy(write => write.Name, StringComparer.Ordinal)
            .Select(write => new BlobItem(write.Name, write.Content.Length))
            .FirstOrDefault();

        public IAsyncEnumerable<string> ListFoldersAsync(string prefix, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task ReplaceAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task DeleteAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class WriteLog : InMemoryBlobStore
    {
        internal List<(string Name, byte[] Content)> Creates { get; } = [];

        public override async Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            if (!await base.CreateAsync(name, content, cancellationToken))
                return false;
            // A run writes several at once.
            lock (Creates)
                Creates.Add((name, content.ToArray()));
            return true;
        }
    }
}
