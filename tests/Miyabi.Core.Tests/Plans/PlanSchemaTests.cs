using System.Text.Json;
using System.Text.Json.Nodes;
using Miyabi.Core.Schemas;

namespace Miyabi.Core.Tests.Plans;

/// <summary>The published schema says what the reader does, as far as a schema can.</summary>
public sealed class PlanSchemaTests
{
    private static readonly OutputSchema Schema = Load();

    public static TheoryData<string> Valid() => new(SamplePlans.Valid.Keys);

    [Theory]
    [MemberData(nameof(Valid))]
    public void Schema_ValidPlan_Fits(string name) => Assert.Empty(Validate(SamplePlans.Valid[name]));

    [Fact]
    public void Schema_TranslatedQueue_Fits() =>
        Assert.Empty(Validate(System.Text.Encoding.UTF8.GetString(SamplePlans.Read(SamplePlans.ReferenceQueue).Json.Span)));

    [Theory]
    [InlineData("$.name", "\"\"")]
    [InlineData("$.name", null)]
    [InlineData("$.version", "2")]
    [InlineData("$.version", null)]
    [InlineData("$.tasks", "[]")]
    [InlineData("$.tasks", null)]
    [InlineData("$.agents", "[]")]
    [InlineData("$.extra", "1")]
    [InlineData("$.$schema", "1")]
    [InlineData("$.description", "null")]
    [InlineData("$.inputs", """{"a/b": {}}""")]
    [InlineData("$.inputs", """{"a": {"default": ""}}""")]
    [InlineData("$.defaults.timeout", "\"P1Y\"")]
    [InlineData("$.defaults.timeout", "\"PT\"")]
    [InlineData("$.defaults.timeout", "\"P\"")]
    [InlineData("$.defaults.timeout", "\"PT5\"")]
    [InlineData("$.defaults.timeout", "\"PT1.5M\"")]
    [InlineData("$.defaults.timeout", "\"P1DT\"")]
    [InlineData("$.defaults.timeout", "600")]
    [InlineData("$.defaults.retry.maxAttempts", "21")]
    [InlineData("$.defaults.retry.factor", "0.5")]
    [InlineData("$.defaults.estimate", "\"-PT5S\"")]
    [InlineData("$.policy.schedule", "\"wave\"")]
    [InlineData("$.policy.maxParallel", "201")]
    [InlineData("$.policy.maxParallel", "1.5")]
    [InlineData("$.policy.onFailure", "\"halt\"")]
    [InlineData("$.policy.providerCaps", """{"simulated": 0}""")]
    [InlineData("$.policy.budget", """{"maxCostUsd": 0}""")]
    [InlineData("$.policy.budget", """{"maxTokens": 0.5}""")]
    [InlineData("$.notify", "{}")]
    [InlineData("$.notify[0].url", null)]
    [InlineData("$.notify[0].url", "\"\"")]
    [InlineData("$.notify[0].url", "\"ftp://example.com\"")]
    [InlineData("$.notify[0].url", "\"HTTPS://example.com\"")]
    [InlineData("$.notify[0].url", "\"https://\"")]
    [InlineData("$.notify[0].url", "\"https:///x\"")]
    [InlineData("$.notify[0].url", "\"//example.com\"")]
    [InlineData("$.notify[0].url", "\"http://example.com\"")]
    [InlineData("$.notify[0].url", "\"http://127.0.0.1.example.com\"")]
    [InlineData("$.notify[0].url", "\"http://localhost@example.com\"")]
    [InlineData("$.notify[0].url", "\"https://me:word@example.com\"")]
    [InlineData("$.notify[0].url", "\"https://example.com/#x\"")]
    [InlineData("$.notify[0].url", "\"https://example.com/a b\"")]
    [InlineData("$.notify[0].url", "\"https://example.com/\\n\"")]
    [InlineData("$.notify[0].url", "\"https://exämple.com/\"")]
    [InlineData("$.notify[0].secret", null)]
    [InlineData("$.notify[0].secret", "\"\"")]
    [InlineData("$.notify[0].secret", "\"a-b\"")]
    [InlineData("$.notify[0].secret", "\"a__b\"")]
    [InlineData("$.notify[0].secret", "\"whsec_abc\"")]
    [InlineData("$.notify[0].secret", "\"WHSEC_abc\"")]
    [InlineData("$.notify[0].events", "[]")]
    [InlineData("$.notify[0].events", """["run.begun"]""")]
    [InlineData("$.notify[0].name", "\"x\"")]
    [InlineData("$.agents[0].id", "\"a b\"")]
    [InlineData("$.agents[0].kind", "\"gpt\"")]
    [InlineData("$.agents[0].slots", "0")]
    [InlineData("$.agents[0].model", "\"\"")]
    [InlineData("$.agents[0].name", "\"x\"")]
    [InlineData("$.agents[2].command.run", "[]")]
    [InlineData("$.agents[2].command.output", "\"xml\"")]
    [InlineData("$.agents[2].command.environment", """{"A B": "c"}""")]
    [InlineData("$.agents[2].command.passEnvironment", """["1"]""")]
    [InlineData("$.agents[2].command.passEnvironment", """["MIYABI_SECRET_HOOK"]""")]
    [InlineData("$.agents[2].command.passEnvironment", """["OPENAI_API_KEY"]""")]
    [InlineData("$.tasks[0].id", null)]
    [InlineData("$.tasks[0].id", "\"../x\"")]
    [InlineData("$.tasks[0].agent", null)]
    [InlineData("$.tasks[0].agent", "7")]
    [InlineData("$.tasks[0].agent", """{"kind": "gpt"}""")]
    [InlineData("$.tasks[0].title", "\"\"")]
    [InlineData("$.tasks[0].priority", "1001")]
    [InlineData("$.tasks[0].prompt", "1")]
    [InlineData("$.tasks[0].model", "7")]
    [InlineData("$.tasks[0].model", "\"a model\"")]
    [InlineData("$.tasks[0].model", "\"modèle\"")]
    [InlineData("$.tasks[0].outputSchema", "true")]
    [InlineData("$.tasks[0].writes", "\"core/**\"")]
    [InlineData("$.tasks[0].approval.message", null)]
    [InlineData("$.tasks[0].approval.default", "\"yes\"")]
    [InlineData("$.tasks[0].simulated.faults", """["explode"]""")]
    [InlineData("$.tasks[0].simulated.tokens", "-1")]
    [InlineData("$.tasks[0].simulated.costUsd", "\"1\"")]
    [InlineData("$.tasks[2].dependsOn", """["build", "build"]""")]
    [InlineData("$.tasks[2].dependsOn", "\"build\"")]
    public void Schema_InvalidPlan_IsRefusedByBoth(string path, string? value)
    {
        var plan = SamplePlans.Parse(SamplePlans.Full);
        JsonNode at = plan;
        var steps = path[2..].Replace("[", ".").Replace("]", "").Split('.');
        foreach (var step in steps[..^1])
            at = int.TryParse(step, out var index) ? at[index]! : at[step]!;
        if (value is null)
            at.AsObject().Remove(steps[^1]);
        else
            at[steps[^1]] = JsonNode.Parse(value);

        Assert.NotEmpty(SamplePlans.Read(plan.ToJsonString()).Errors);
        Assert.NotEmpty(Validate(plan.ToJsonString()));
    }

    private static System.Collections.Immutable.ImmutableArray<SchemaViolation> Validate(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Schema.Validate(document.RootElement);
    }

    private static OutputSchema Load()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "schemas", "plan.schema.json")))
            folder = Path.GetDirectoryName(folder) ?? throw new FileNotFoundException("schemas/plan.schema.json is in no folder above the tests.");
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "schemas", "plan.schema.json")))!.AsObject();

        // The identifier is for others: a task's own schema has none.
        Assert.True(schema.Remove("$id"));
        using var document = JsonDocument.Parse(schema.ToJsonString());
        var reading = OutputSchema.Read(document.RootElement);
        Assert.Empty(reading.Errors);
        return reading.Schema!;
    }
}
