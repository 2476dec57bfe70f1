using Miyabi.Core.Activities;
using Miyabi.Core.Ledger;
using Miyabi.Core.Verification;
using Miyabi.Testing;
using Miyabi.Testing.Runs;

namespace Miyabi.Core.Tests.Verification;

public sealed class RunInProgressTests : IDisposable
{
    private readonly TestSigner signer = new();

    [Fact]
    public async Task Run_CutAfterAnyWrite_HasNotEndedAndHasNoFindings()
    {
        var log = new WriteLog();
        await new FinishedRuns(log, signer, TimeProvider.System).MakeAsync("run-1");
        var ended = log.Creates.FindIndex(write => write.Name.EndsWith("/manifest-1.json", StringComparison.Ordinal));
        for (var cut = 1; cut <= ended; cut++)
        {
            var report = await VerifyAsync(log.Creates.Take(cut));
            if (cut < ended)
                Assert.True(report is { HasEnded: false, IsProven: false, Findings.IsEmpty: true }, $"after {log.Creates[cut - 1].Name}: {string.Join("; ", report.Findings)}");
            else
                Assert.Equal(FindingKind.Missing, Assert.Single(report.Findings).Kind); // the end is decided, the manifest not yet written
        }
    }

    [Fact]
    public async Task Run_WithTheNewestDocumentsRemoved_IsFoundOnlyByItsRoot()
    {
        var log = new WriteLog();
        await new FinishedRuns(log, signer, TimeProvider.System).MakeAsync("run-1");
        var root = (await VerifyAsync(log.Creates)).Root;
        var last = log.Creates.FindLastIndex(write => write.Name.Contains("/steps/"));
        var truncated = log.Creates.Take(last).ToList();

        Assert.Empty((await VerifyAsync(truncated)).Findings);
        var finding = Assert.Single((await VerifyAsync(truncated, root)).Findings);
        Assert.Equal("runs/run-1/manifest-1.json", finding.Path);
        Assert.True((await VerifyAsync(log.Creates, root)).IsProven);
    }

    [Fact]
    public async Task Claim_ThatTheResultDoesNotKnowOf_IsNoFinding()
    {
        // The former worker lived after all, and wrote its result after it was taken over.
        var log = new WriteLog();
        await new FinishedRuns(log, signer, TimeProvider.System).MakeAsync("run-1");
        var late = new ClaimDocument
        {
            Run = "run-1", Task = "gated", Attempt = 1, Number = 1, At = DateTimeOffset.UnixEpoch, Claim = new Claim(new string('a', 32), 2, DateTimeOffset.UnixEpoch),
        };
        var file = await new Sealer(signer).SealAsync(DocumentTypes.Claim, late, default);
        const string Name = "runs/run-1/tasks/gated/1/claim-1.json";

        Assert.True((await VerifyAsync(log.Creates.Append((Name, file.File.ToArray())))).IsProven);
        var bad = TamperingTests.Flipped(file.File.ToArray(), 200);
        Assert.Equal(Name, Assert.Single((await VerifyAsync(log.Creates.Append((Name, bad)))).Findings).Path);
    }

    [Fact]
    public async Task Step_ReplacedInARunThatGoesOn_IsNamedItself()
    {
        var log = new WriteLog();
        await new FinishedRuns(log, signer, TimeProvider.System).MakeAsync("run-1");
        var cut = log.Creates.FindIndex(write => write.Name.EndsWith("/steps/5.json", StringComparison.Ordinal)) + 1;
        var at = log.Creates.FindIndex(write => write.Name.EndsWith("/steps/2.json", StringComparison.Ordinal));
        var step = LedgerJson.Read<StepDocument>(SealFormat.Parse(log.Creates[at].Content).Document.Span);
        var file = await new Sealer(signer).SealAsync(DocumentTypes.Step, step with { At = step.At.AddDays(1) }, default);
        var writes = log.Creates.Take(cut).ToList();
        writes[at] = (writes[at].Name, file.File.ToArray());

        var finding = Assert.Single((await VerifyAsync(writes)).Findings);

        Assert.Equal(("runs/run-1/steps/2.json", FindingKind.Altered), (finding.Path, finding.Kind));
    }

    [Fact]
    public async Task Run_Unknown_IsNotFound()
    {
        using var other = new TestSigner();
        await Assert.ThrowsAsync<RunNotFoundException>(() => new RunVerifier(new InMemoryBlobStore(), new TrustList([other.Trusted()])).VerifyAsync("none", null, default));
    }

    public void Dispose() => signer.Dispose();

    private async Task<VerificationReport> VerifyAsync(IEnumerable<(string Name, byte[] Content)> writes, string? root = null)
    {
        var store = new InMemoryBlobStore();
        foreach (var (name, content) in writes)
            await store.ReplaceAsync(name, content, default);
        return await new RunVerifier(store, new TrustList([signer.Trusted()])).VerifyAsync("run-1", root, default);
    }

    private sealed class WriteLog : InMemoryBlobStore
    {
        internal List<(string Name, byte[] Content)> Creates { get; } = [];

        public override async Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            if (!await base.CreateAsync(name, content, cancellationToken))
                return false;
            Creates.Add((name, content.ToArray()));
            return true;
        }
    }
}
