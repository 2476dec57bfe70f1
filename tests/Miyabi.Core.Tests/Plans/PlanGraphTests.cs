using System.Text.Json.Nodes;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Tests.Plans;

/// <summary>How tasks fit together: cycles, and tasks that would write the same file at the same time.</summary>
public sealed class PlanGraphTests
{
    [Theory]
    [InlineData("a: b|b: c|c: a", "a -> b -> c -> a", "$.tasks[0].dependsOn[0]")]
    [InlineData("r|c: r a|b: c|a: b", "c -> a -> b -> c", "$.tasks[1].dependsOn[1]")]
    [InlineData("a: b|b: a|c: a", "a -> b -> a", "$.tasks[0].dependsOn[0]")]
    public void Read_Cycle_IsNamedInOrder(string tasks, string names, string path)
    {
        var error = Assert.Single(SamplePlans.Read(SamplePlans.Graph(tasks.Split('|'))).Errors);
        Assert.Equal(("cycle", path), (error.Code, error.Path));
        Assert.EndsWith($": {names}.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TwoCycles_EachIsNamedOnce()
    {
        var errors = SamplePlans.Read(SamplePlans.Graph("a: b", "b: a", "c: d a", "d: c", "e: e")).Errors;
        Assert.Equal(["cycle $.tasks[0].dependsOn[0]", "cycle $.tasks[2].dependsOn[0]", "selfDependency $.tasks[4].dependsOn[0]"],
            errors.Select(error => $"{error.Code} {error.Path}"));
    }

    [Fact]
    public void Read_LongCycle_IsNamedInShort()
    {
        var error = Assert.Single(SamplePlans.Read(SamplePlans.Graph([.. Enumerable.Range(0, 5000).Select(i => $"t{i}: t{(i + 1) % 5000}")])).Errors);
        Assert.Contains("t19 -> ... (4,980 more) -> t0.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a||core/**", "b||core/x.cs", true)]
    [InlineData("a||docs/*.md", "b||docs/a*", true)]
    [InlineData("a||**", "b||x", true)]
    [InlineData("a||*/x", "b||core/**", true)]
    [InlineData("a||core/**", "b||http/**", false)]
    [InlineData("a||core/**", "b||core2/**", false)]
    [InlineData("a||core/**", "b|a|core/**", false)]
    [InlineData("a||core/**", "b||Core/**", false)]
    public void Read_TwoTasksThatMayWriteTheSame_AreRefusedUnlessOneWaits(string one, string other, bool refused)
    {
        var errors = SamplePlans.Read(SamplePlans.PlanOf([Writer(one), Writer(other)])).Errors;
        Assert.Equal(refused ? ["overlappingWrites"] : [], errors.Select(error => error.Code));
    }

    [Fact]
    public void Read_OverlappingWrites_NamesBothTasksAndGlobs()
    {
        var error = Assert.Single(SamplePlans.Read(SamplePlans.PlanOf([Writer("a||x,core/**"), Writer("r||y"), Writer("b|r|core/*/z,core/q")])).Errors);
        Assert.Equal(("$.tasks[2].writes[0]", 8), (error.Path, error.Line));
        Assert.Contains("'b' may write 'core/*/z' and 'a' may write 'core/**'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TasksFarApartInAChain_MayWriteTheSame()
    {
        var tasks = Enumerable.Range(0, 200).Select(i => Writer($"t{i}|{(i == 0 ? "" : $"t{i - 1}")}|core/**"));
        Assert.Empty(SamplePlans.Read(SamplePlans.PlanOf(tasks)).Errors);
    }

    [Fact]
    public void Read_RandomGraphs_FindWhatAnObviousSearchFinds()
    {
        string[] globs = ["a/**", "a/b", "a/*", "b*", "b/c/*", "**/c", "a?", "*"];
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var dependsOn = Enumerable.Range(0, 8).Select(i => Enumerable.Range(0, i).Where(_ => random.Next(4) == 0).ToArray()).ToArray();
            var writes = dependsOn.Select(_ => globs[random.Next(globs.Length)]).ToArray();
            var tasks = dependsOn.Select((each, i) => Writer($"t{i}|{string.Join(',', each.Select(d => $"t{d}"))}|{writes[i]}"));
            var waits = new bool[8, 8];
            for (var i = 0; i < 8; i++)
                foreach (var d in dependsOn[i])
                    for (var k = 0; k < 8; k++)
                        waits[i, k] |= k == d || waits[d, k];
            var expected = from later in Enumerable.Range(0, 8)
                           from earlier in Enumerable.Range(0, later)
                           where !waits[later, earlier] && Core.Agents.PathGlob.Overlaps(writes[later], writes[earlier])
                           orderby later, earlier
                           select $"'t{later}'' and 't{earlier}'";
            var found = SamplePlans.Read(SamplePlans.PlanOf(tasks)).Errors.Select(error => error.Message.Split('\'')).Select(parts => $"'{parts[1]}'' and '{parts[5]}'");
            Assert.True(expected.Order(StringComparer.Ordinal).SequenceEqual(found.Order(StringComparer.Ordinal)), $"seed {seed}");
        }
    }

    /// <summary>A task from <c>id|dependencies|globs</c>.</summary>
    private static JsonObject Writer(string text)
    {
        var parts = text.Split('|');
        JsonArray List(string values) => new([.. values.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(value => JsonValue.Create(value))]);
        return new JsonObject { ["id"] = parts[0], ["agent"] = "A", ["dependsOn"] = List(parts[1]), ["writes"] = List(parts[2]) };
    }
}
