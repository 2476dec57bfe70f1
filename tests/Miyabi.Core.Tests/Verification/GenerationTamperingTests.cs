using Miyabi.Core.Ledger;

namespace Miyabi.Core.Tests.Verification;

/// <summary>A run that was taken up again twice; what generations consist of is tampered with.</summary>
public sealed class GenerationScene : Scene
{
    public GenerationScene()
        : base([null, "plan"], IsOfGenerations) => Ends = [.. All.Where(name => name.Contains("/manifest-")).Select(StepsOf)];

    /// <summary>The last step of each generation.</summary>
    internal List<int> Ends { get; }

    internal int StepsOf(string manifest) => LedgerJson.Read<ManifestDocument>(SealFormat.Parse(Files[manifest]).Document.Span)
        .Documents.Count(entry => entry.Path.StartsWith(LedgerPath.Steps, StringComparison.Ordinal));

    // Manifests, controls, the newer owners, and the steps about an end: the last of a generation, and the two after it.
    private static bool IsOfGenerations(string path) =>
        path.StartsWith("manifest-", StringComparison.Ordinal)
        || path.StartsWith(LedgerPath.Controls, StringComparison.Ordinal)
        || path is "owner-3.json" or "owner-4.json" or "results/refused_attempt-2_result.json" or "tasks/plan/2/instruction.json"
        || Enumerable.Range(5, 12).Any(step => path == LedgerPath.Step(step));
}

/// <summary>The same for the documents of a run that has several generations.</summary>
public class GenerationTamperingTests(GenerationScene scene) : TamperingTests(scene), IClassFixture<GenerationScene>
{
    [Fact]
    public void GenerationScene_HasThreeGenerations_AndTheStepsAboutTheirEnds()
    {
        Assert.Equal(3, scene.Ends.Count);
        foreach (var end in scene.Ends.Take(2))
            Assert.All([end, end + 1, end + 2], step => Assert.Contains(Scene.Folder + LedgerPath.Step(step), scene.Evidence));
        Assert.Contains(scene.Evidence, name => name.EndsWith("-retry.json", StringComparison.Ordinal));
    }
}
