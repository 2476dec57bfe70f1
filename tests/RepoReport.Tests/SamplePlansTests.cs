using System.Text.Json.Nodes;

namespace Miyabi.Samples.RepoReport.Tests;

/// <summary>The sample plans keep what is said of them.</summary>
public sealed class SamplePlansTests
{
    [Theory]
    [InlineData("hello.plan.json", 3, "1 1 1")]
    [InlineData("webapp-framework.plan.json", 15, "1 4 2 2 1 3 1 1")]
    [InlineData("repo-report.plan.json", 4, "1 7 3 1 1")]
    public void Plan_Sample_HasItsAgentsAndWaves(string file, int agents, string waves)
    {
        var plan = SamplePlan.Read(file);
        var depths = Depths(plan, _ => 1);

        Assert.Equal(agents, plan["agents"]!.AsArray().Count);
        Assert.Equal(waves, string.Join(' ', depths.Values.GroupBy(depth => depth).OrderBy(wave => wave.Key).Select(wave => wave.Count())));
    }

    [Fact]
    public void Plan_WebappFramework_HasTheReferenceRunsCriticalPath()
    {
        var ends = Depths(SamplePlan.Read("webapp-framework.plan.json"), task => int.Parse(((string)task["simulated"]!["work"]!)[2..^1]));

        Assert.Equal(80, ends.Values.Max());
    }

    [Theory]
    [InlineData("hello.plan.json")]
    [InlineData("webapp-framework.plan.json")]
    public void Plan_SimulatedFiles_LieWhereTheirTaskMayWriteAndNoOtherDoes(string file)
    {
        var owners = new Dictionary<string, string>();
        foreach (var task in SamplePlan.Read(file)["tasks"]!.AsArray())
        {
            var writes = (task!["writes"]?.AsArray() ?? [])
                .Select(glob => ((string)glob!).Replace("**", "", StringComparison.Ordinal)).ToList();
            Assert.All(writes, folder => Assert.True(owners.TryAdd(folder, (string)task["id"]!), folder));
            var files = (task["simulated"]!["files"]?.AsArray() ?? []).Select(path => (string)path!);
            Assert.All(files, path => Assert.Contains(writes, folder => path.StartsWith(folder, StringComparison.Ordinal)));
        }
    }

    private static Dictionary<string, int> Depths(JsonNode plan, Func<JsonNode, int> length)
    {
        var depths = new Dictionary<string, int>();
        foreach (var task in plan["tasks"]!.AsArray())
        {
            var before = (task!["dependsOn"]?.AsArray() ?? []).Select(dependency => depths[(string)dependency!]).DefaultIfEmpty(0).Max();
            depths.Add((string)task["id"]!, before + length(task));
        }

        return depths;
    }
}
