using System.Text;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>A plan that is wrong: exit code 2, the place and the cure, and nothing written.</summary>
public sealed class BadPlanTests : IDisposable
{
    private const string Agents = "\"agents\": [{\"id\": \"A\", \"kind\": \"claude\", \"provider\": \"simulated\"}, {\"id\": \"B\", \"kind\": \"codex\", \"provider\": \"simulated\"}]";

    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData("not JSON", "{ \"name\": ", ":1:", "JSON")]
    [InlineData("a list", "[]", ":1:1 $", "object")]
    [InlineData("a wrong type", """{"name": 7, "version": 1, AGENTS, "tasks": [{"id": "t", "agent": "A"}]}""", "$.name", "must be a string")]
    [InlineData("an unknown field", """{"name": "p", "version": 1, AGENTS, "tasks": [{"id": "t", "agent": "A", "dependOn": []}]}""", "$.tasks[0].dependOn", "Did you mean 'dependsOn'?")]
    [InlineData("no agents", """{"name": "p", "version": 1, "tasks": [{"id": "t", "agent": "A"}]}""", "'agents'", "Add")]
    [InlineData("an unknown agent", """{"name": "p", "version": 1, AGENTS, "tasks": [{"id": "t", "agent": "C"}]}""", "$.tasks[0].agent", "'C'")]
    [InlineData("an unknown kind", """{"name": "p", "version": 1, AGENTS, "tasks": [{"id": "t", "agent": {"kind": "codx"}}]}""", "$.tasks[0].agent.kind", "codex")]
    [InlineData("an agent of an unknown kind", """{"name": "p", "version": 1, "agents": [{"id": "A", "kind": "clade"}], "tasks": [{"id": "t", "agent": "A"}]}""", "$.agents[0].kind", "claude")]
    [InlineData("no provider", """{"name": "p", "version": 1, "agents": [{"id": "A", "kind": "claude"}], "tasks": [{"id": "t", "agent": "A"}]}""", "'A'", "--agent claude=")]
    [InlineData("a cycle", """{"name": "p", "version": 1, AGENTS, "tasks": [{"id": "a", "agent": "A", "dependsOn": ["b"]}, {"id": "b", "agent": "A", "dependsOn": ["a"]}]}""", "$.tasks[0].dep", "a -> b -> a. Take one")]
    [InlineData("a self-dependency", """{"name": "p", "version": 1, AGENTS, "tasks": [{"id": "a", "agent": "A", "dependsOn": ["a"]}]}""", "$.tasks[0].dependsOn[0]", "itself")]
    [InlineData("an unknown dependency", """{"name": "p", "version": 1, AGENTS, "tasks": [{"id": "build", "agent": "A"}, {"id": "b", "agent": "A", "dependsOn": ["biuld"]}]}""", "$.tasks[1].dependsOn[0]", "Did you mean 'build'?")]
    [InlineData("an id with a slash", """{"name": "p", "version": 1, AGENTS, "tasks": [{"id": "a/b", "agent": "A"}]}""", "$.tasks[0].id", "letter")]
    [InlineData("an id that goes up", """{"name": "p", "version": 1, AGENTS, "tasks": [{"id": "..", "agent": "A"}]}""", "$.tasks[0].id", "letter")]
    [InlineData("a duplicate", """{"name": "p", "version": 1, AGENTS, "tasks": [{"id": "a", "agent": "A"}, {"id": "a", "agent": "B"}]}""", "$.tasks[1].id", "'a'")]
    [InlineData("a duplicate by case", """{"name": "p", "version": 1, AGENTS, "tasks": [{"id": "Task", "agent": "A"}, {"id": "task", "agent": "B"}]}""", "$.tasks[1].id", "case")]
    [InlineData("overlapping writes", """{"name": "p", "version": 1, AGENTS, "tasks": [{"id": "a", "agent": "A", "writes": ["x/**"]}, {"id": "b", "agent": "B", "writes": ["x/y.txt"]}]}""", "$.tasks[1].writes", "dependsOn")]
    [InlineData("a negative duration", """{"name": "p", "version": 1, AGENTS, "tasks": [{"id": "a", "agent": "A", "timeout": "-PT1S"}]}""", "$.tasks[0].timeout", "PT10M")]
    [InlineData("an absurd duration", """{"name": "p", "version": 1, AGENTS, "tasks": [{"id": "a", "agent": "A", "timeout": "P9999D"}]}""", "$.tasks[0].timeout", "Write a duration")]
    [InlineData("a task queue with a cycle", """{"tasks": [{"task_id": "a", "agent": "CCG-1", "dependencies": ["b"]}, {"task_id": "b", "agent": "CG-1", "dependencies": ["a"]}]}""", "$.tasks[0].dep", "a -> b -> a. Take one")]
    public async Task Run_OfABadPlan_NamesPlaceAndCureAndWritesNothing(string what, string plan, string place, string cure) =>
        await RefusedAsync(what, plan.Replace("AGENTS", Agents), place, cure);

    [Fact]
    public async Task Run_Of10001Tasks_IsRefused()
    {
        var tasks = string.Join(',', Enumerable.Range(0, 10_001).Select(i => $$"""{"id":"t{{i}}","agent":"A"}"""));
        await RefusedAsync("10,001 tasks", $$"""{"name": "p", "version": 1, {{Agents}}, "tasks": [{{tasks}}]}""", "$.tasks", "10,000");
    }

    [Fact]
    public async Task Run_OfA2MiBPrompt_IsRefused() => await RefusedAsync(
        "a 2 MiB prompt",
        $$"""{"name": "p", "version": 1, {{Agents}}, "tasks": [{"id": "a", "agent": "A", "prompt": "{{new string('x', 2 * 1024 * 1024)}}"}]}""",
        "$.tasks[0].prompt",
        "1,048,576");

    [Fact]
    public async Task Run_OfA17MiBPlan_IsRefused() =>
        await RefusedAsync("a 17 MiB plan", "{\"name\": \"" + new string(' ', 17 * 1024 * 1024) + "\"}", "plan.json", "16,777,216");

    [Fact]
    public async Task Run_OfSeveralMistakes_NamesThemAll()
    {
        sandbox.Write("plan.json", $$"""{"name": "p", "version": 1, {{Agents}}, "tasks": [{"id": "a", "agent": "Z"}, {"id": "b", "agent": "A", "timeout": "soon"}]}""");
        var result = await sandbox.RunAsync("plan", "plan.json");
        Assert.Equal(2, result.Code);
        Assert.Contains("$.tasks[0].agent", result.Error);
        Assert.Contains("$.tasks[1].timeout", result.Error);
    }

    [Fact]
    public async Task Run_OfAPlanThatWouldSteerTheTerminal_ShowsNoControlCharacter()
    {
        sandbox.Write("plan.json", """{"name": "p", "version": 1, "\u001b[2J\u202e": 1}""");
        var result = await sandbox.RunAsync("plan", "plan.json");
        Assert.Equal(2, result.Code);
        Assert.DoesNotContain('\u001b', result.Error);
        Assert.DoesNotContain('\u202e', result.Error);
    }

    private async Task RefusedAsync(string what, string plan, string place, string cure)
    {
        await File.WriteAllTextAsync(sandbox["plan.json"], plan, new UTF8Encoding(false));

        var result = await sandbox.RunAsync("run", "plan.json", "--store", "store");

        Assert.True(result.Code == 2, $"{what}: {result}");
        Assert.True(result.Error.Contains(place) && result.Error.Contains(cure), $"{what} does not say '{place}' and '{cure}': {result}");
        Assert.Empty(result.Output);
        Assert.Equal(["plan.json", "tmp"], Directory.EnumerateFileSystemEntries(sandbox.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }
}
