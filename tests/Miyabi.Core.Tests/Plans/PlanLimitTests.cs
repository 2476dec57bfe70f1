using System.Text.Json.Nodes;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Tests.Plans;

/// <summary>Each limit at its edge, and one beyond.</summary>
public sealed class PlanLimitTests
{
    [Theory]
    [InlineData(10_000, true)]
    [InlineData(10_001, false)]
    public void Read_Tasks_AtMostTenThousand(int tasks, bool valid) =>
        AssertCodes(SamplePlans.Many(tasks, 2), valid ? [] : ["tooMany $.tasks"]);

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Read_Dependencies_AtMostAHundredThousand(int more, bool valid)
    {
        // The last task makes up what the others lack of the number.
        var plan = SamplePlans.Many(9_000, 11);
        var tasks = plan["tasks"]!.AsArray();
        var missing = PlanLimits.MaxDependencies + more - tasks.Sum(task => task!["dependsOn"]!.AsArray().Count);
        for (var i = 0; i < missing; i++)
            tasks[^1]!["dependsOn"]!.AsArray().Add(JsonValue.Create($"t{i}"));
        AssertCodes(plan, valid ? [] : ["tooManyDependencies $.tasks[8999].dependsOn"]);
    }

    [Theory]
    [InlineData(1_000, true)]
    [InlineData(1_001, false)]
    public void Read_Agents_AtMostAThousand(int agents, bool valid)
    {
        var plan = SamplePlans.Parse(SamplePlans.Small);
        plan["agents"] = new JsonArray([.. Enumerable.Range(0, agents).Select(i => new JsonObject { ["id"] = i == 0 ? "A" : $"a{i}", ["kind"] = "codex" })]);
        AssertCodes(plan, valid ? [] : ["tooMany $.agents", "unknownAgent $.tasks[0].agent"]);
    }

    [Theory]
    [InlineData(1024 * 1024, true)]
    [InlineData((1024 * 1024) + 1, false)]
    public void Read_Prompt_AtMostOneMebibyte(int bytes, bool valid)
    {
        // Two bytes a character: bytes count, not characters.
        var prompt = new string('ü', bytes / 2) + new string('u', bytes % 2);
        AssertCodes(WithTask("prompt", prompt), valid ? [] : ["tooLong $.tasks[0].prompt"]);
    }

    [Theory]
    [InlineData(16 * 1024 * 1024, true)]
    [InlineData((16 * 1024 * 1024) + 1, false)]
    [InlineData(17 * 1024 * 1024, false)]
    public void Read_File_AtMostSixteenMebibytes(int bytes, bool valid)
    {
        var reading = SamplePlans.Read(SamplePlans.Small.PadRight(bytes));
        Assert.Equal(valid ? [] : ["tooLarge $ 0"], reading.Errors.Select(error => $"{error.Code} {error.Path} {error.Line}"));
    }

    [Theory]
    [InlineData(20, 2_000, true)]
    [InlineData(21, 10, false)]
    [InlineData(1, 2_001, false)]
    public void Read_Subscribers_AtMostTwentyWithUrlsOf2000Characters(int subscribers, int characters, bool valid)
    {
        var plan = SamplePlans.Parse(SamplePlans.Small);
        var url = "https://a.example/".PadRight(characters, 'x');
        plan["notify"] = new JsonArray([.. Enumerable.Range(0, subscribers).Select(_ => new JsonObject { ["url"] = url, ["secret"] = "S" })]);
        AssertCodes(plan, valid ? [] : [subscribers > 20 ? "tooMany $.notify" : "tooLong $.notify[0].url"]);
    }

    [Fact]
    public void Read_Title_AtMost200Characters()
    {
        AssertCodes(WithTask("title", new string('a', 200)), []);
        AssertCodes(WithTask("title", new string('a', 201)), ["tooLong $.tasks[0].title"]);
    }

    [Fact]
    public void Read_Id_AtMost64Characters()
    {
        AssertCodes(WithTask("id", new string('a', 64)), []);
        AssertCodes(WithTask("id", new string('a', 65)), ["invalidId $.tasks[0].id"]);
    }

    [Theory]
    [InlineData("name", 100)]
    [InlineData("description", 10_000)]
    public void Read_TextsOfAPlan_HaveALongestLength(string field, int most)
    {
        var plan = SamplePlans.Parse(SamplePlans.Small);
        plan[field] = new string('a', most);
        AssertCodes(plan, []);
        plan[field] = new string('a', most + 1);
        AssertCodes(plan, [$"tooLong $.{field}"]);
    }

    [Fact]
    public void Read_Message_AtMostAThousandCharacters()
    {
        AssertCodes(WithTask("approval", new JsonObject { ["message"] = new string('a', 1000) }), []);
        AssertCodes(WithTask("approval", new JsonObject { ["message"] = new string('a', 1001) }), ["tooLong $.tasks[0].approval.message"]);
    }

    [Theory]
    [InlineData("timeout", "PT1S")]
    [InlineData("timeout", "PT24H")]
    [InlineData("estimate", "P1D")]
    [InlineData("priority", 1000)]
    [InlineData("priority", -1000)]
    public void Read_ValueAtTheEdge_IsTaken(string field, object value) => AssertCodes(WithTask(field, JsonValue.Create(value)), []);

    [Fact]
    public void Read_Writes_AtMostAThousand()
    {
        JsonArray Globs(int count) => new([.. Enumerable.Range(0, count).Select(i => JsonValue.Create($"f{i}"))]);
        AssertCodes(WithTask("writes", Globs(1000)), []);
        AssertCodes(WithTask("writes", Globs(1001)), ["tooMany $.tasks[0].writes"]);
    }

    [Fact]
    public void Read_WritesMadeToBeSlow_EndWithAnError()
    {
        // No two overlap, and all begin alike: every pair would have to be compared.
        var plan = SamplePlans.Many(2_000, 0);
        foreach (var task in plan["tasks"]!.AsArray())
            task!["writes"] = new JsonArray([.. Enumerable.Range(0, 20).Select(i => JsonValue.Create($"*{task["id"]}-{i}.{new string('x', 200)}?"))]);
        AssertCodes(plan, ["tooManyWrites"]);
    }

    private static JsonObject WithTask(string field, JsonNode? value)
    {
        var plan = SamplePlans.Parse(SamplePlans.Small);
        plan["tasks"]![0]![field] = value;
        return plan;
    }

    private static void AssertCodes(JsonObject plan, string[] expected)
    {
        var errors = SamplePlans.Read(plan.ToJsonString()).Errors;
        Assert.Equal(expected, errors.Select((error, i) => i < expected.Length && expected[i].Contains(' ') ? $"{error.Code} {error.Path}" : error.Code));
    }
}
