using System.Text;
using System.Text.Json.Nodes;
using Miyabi.Core.Ledger;
using Miyabi.Core.Verification;

namespace Miyabi.Core.Tests.Verification;

/// <summary>A run that was taken up again, and has not come to the end of its newest generation.</summary>
public sealed class GenerationsInProgressTests(GenerationScene scene) : IClassFixture<GenerationScene>
{
    // The end of the second generation: the third has several steps.
    private int End => scene.Ends[1];

    private string Reopening => Step(End + 1);

    [Fact]
    public async Task EachGeneration_CutOffAfterItsEnd_IsProvenAndHasItsOwnRoot()
    {
        var newest = (await scene.VerifyAsync(_ => { })).Root;
        List<string?> roots = [newest];
        for (var generation = 2; generation >= 1; generation--)
        {
            var report = await scene.VerifyAsync(files => Cut(files, scene.Ends[generation - 1], generation));
            Assert.True(report.IsProven, string.Join("; ", report.Findings));
            roots.Add(report.Root);
            var finding = Assert.Single((await scene.VerifyAsync(files => Cut(files, scene.Ends[generation - 1], generation), newest)).Findings);
            Assert.Equal(Scene.Folder + LedgerPath.Manifest(generation), finding.Path);
        }

        Assert.Distinct(roots);
    }

    [Fact]
    public async Task Run_CutAfterAnyStepOfALaterGeneration_HasNotEndedAndHasNoFindings()
    {
        for (var last = scene.Ends[0] + 1; last < scene.Ends[2]; last++)
        {
            if (scene.Ends.Contains(last))
                continue;
            var report = await scene.VerifyAsync(files => Cut(files, last, last < scene.Ends[1] ? 1 : 2));
            Assert.True(report is { HasEnded: false, IsProven: false, Findings.IsEmpty: true }, $"after step {last}: {string.Join("; ", report.Findings)}");
        }
    }

    [Fact]
    public async Task AnyStepUpToTheNewest_Broken_IsNamedAlone()
    {
        for (var step = 1; step <= End + 2; step++)
            Named(await ScanAsync(files => files[Step(step)] = TamperingTests.Flipped(files[Step(step)], 400)), Step(step), FindingKind.Altered, FindingKind.UnknownKey);
    }

    [Fact]
    public async Task AnyStepBeforeTheNewest_Deleted_IsMissingAlone()
    {
        for (var step = 1; step <= End + 1; step++)
            Named(await ScanAsync(files => files.Remove(Step(step))), Step(step), FindingKind.Missing);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task ManifestOfAnEndedGeneration_Deleted_IsMissingAlone(int generation)
    {
        var name = Scene.Folder + LedgerPath.Manifest(generation);
        Named(await ScanAsync(files => files.Remove(name)), name, FindingKind.Missing);
    }

    [Fact]
    public async Task FirstManifestDeletedAndTheSecondChanged_BothAreNamed()
    {
        var (first, second) = (Scene.Folder + LedgerPath.Manifest(1), Scene.Folder + LedgerPath.Manifest(2));
        var changed = await scene.ResealAsync(scene.Files[second], manifest => manifest["contentRoot"] = new string('0', 64));

        var report = await scene.VerifyAsync(files =>
        {
            Cut(files, scene.Ends[1], 2);
            files.Remove(first);
            files[second] = changed;
        });

        Assert.Equal([(first, FindingKind.Missing), (second, FindingKind.Altered)], report.Findings.Select(finding => (finding.Path, finding.Kind)));
    }

    [Theory]
    [InlineData("reopens", "\"0000000000000000000000000000000000000000000000000000000000000000\"")]
    [InlineData("controls", "[]")]
    [InlineData("step", "1")]
    [InlineData("previous", "\"0000000000000000000000000000000000000000000000000000000000000000\"")]
    public async Task ReopeningStep_ChangedAndSealedByATrustedKey_IsNamedAlone(string field, string value)
    {
        // The newest step: no other document vouches for it.
        var changed = await scene.ResealAsync(scene.Files[Reopening], step => step[field] = JsonNode.Parse(value));

        var report = await scene.VerifyAsync(files =>
        {
            Cut(files, End + 1, 2);
            files[Reopening] = changed;
        });

        Named(report, Reopening, FindingKind.BrokenChain, FindingKind.Replayed, FindingKind.Unexpected);
    }

    [Fact]
    public async Task StepAfterTheEnd_WithoutReopens_IsUnexpected()
    {
        var changed = await scene.ResealAsync(scene.Files[Reopening], step => step.AsObject().Remove("reopens"));

        var report = await scene.VerifyAsync(files =>
        {
            Cut(files, End + 1, 2);
            files[Reopening] = changed;
        });

        Named(report, Reopening, FindingKind.Unexpected);
    }

    [Fact]
    public async Task StepBeforeTheEnd_WithReopens_IsNamed()
    {
        var manifest = SealFormat.Parse(scene.Files[Scene.Folder + LedgerPath.Manifest(1)]).Digest;
        var changed = await scene.ResealAsync(scene.Files[Step(3)], step => step["reopens"] = manifest);

        var report = await scene.VerifyAsync(files =>
        {
            Cut(files, 3, 0);
            files[Step(3)] = changed;
        });

        Named(report, Step(3), FindingKind.BrokenChain);
    }

    private Task<VerificationReport> ScanAsync(Action<Dictionary<string, byte[]>> tamper) => scene.VerifyAsync(files =>
    {
        Cut(files, End + 2, 2);
        tamper(files);
    });

    // What stands in the store when a step is the newest: nothing is there that only later steps speak of.
    private static void Cut(Dictionary<string, byte[]> files, int last, int manifests)
    {
        var kept = Enumerable.Range(1, last).SelectMany(step => Texts(files, Step(step))).ToHashSet();
        for (var step = last + 1; files.Remove(Step(step)); step++)
        {
        }

        for (var generation = manifests + 1; files.Remove(Scene.Folder + LedgerPath.Manifest(generation)); generation++)
        {
        }

        foreach (var name in files.Keys.Where(name => name.StartsWith(Scene.Folder + "results/", StringComparison.Ordinal) || name.StartsWith(Scene.Folder + "tasks/", StringComparison.Ordinal)).ToList())
        {
            if (!kept.Contains(SealFormat.Parse(files[name]).Digest))
                files.Remove(name);
        }
    }

    private static IEnumerable<string> Texts(Dictionary<string, byte[]> files, string name) =>
        Encoding.UTF8.GetString(files[name]).Split('"').Where(text => text.Length == 64);

    private static string Step(int step) => Scene.Folder + LedgerPath.Step(step);

    private static void Named(VerificationReport report, string name, params FindingKind[] kinds)
    {
        Assert.False(report.IsProven);
        Assert.True(report.Findings.Length == 1 && report.Findings[0].Path == name && kinds.Contains(report.Findings[0].Kind), $"{name}: {string.Join("; ", report.Findings)}");
    }
}
