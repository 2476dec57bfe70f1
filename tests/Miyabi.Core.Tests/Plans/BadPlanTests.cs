using System.Text;
using System.Text.Json.Nodes;
using Miyabi.Core.Plans;

namespace Miyabi.Core.Tests.Plans;

/// <summary>One thing wrong with a plan at a time: what is said of it, where, and that something can be done.</summary>
public sealed class BadPlanTests
{
    [Theory]
    [InlineData("", "syntax", 1)]
    [InlineData(" \n ", "syntax", 1)]
    [InlineData("{", "syntax", 1)]
    [InlineData("{\n  // no\n}", "syntax", 2)]
    [InlineData("{\n\"a\": [1,]}", "syntax", 2)]
    [InlineData("{} {}", "syntax", 1)]
    [InlineData("{\"a\":\n NaN}", "syntax", 2)]
    [InlineData("hello", "syntax", 1)]
    public void Read_NoJson_IsOneErrorWithItsLine(string text, string code, int line)
    {
        var error = Assert.Single(SamplePlans.Read(text).Errors);
        Assert.Equal((code, line), (error.Code, error.Line));
        Assert.NotEmpty(error.Cure);
    }

    [Fact]
    public void Read_BrokenInTheMiddle_NamesThePath()
    {
        var error = Assert.Single(SamplePlans.Read("{ \"tasks\": [ {}, { \"id\":\n  x } ] }").Errors);
        Assert.Equal(("syntax", "$.tasks[1]", 2, 3), (error.Code, error.Path, error.Line, error.Column));
    }

    [Fact]
    public void Read_InvalidUtf8_NamesTheByte()
    {
        var error = Assert.Single(PlanReader.Read((byte[])[.. "{\n \"name\": \""u8, 0xC3, 0x28, .. "\"}"u8]).Errors);
        Assert.Equal(("invalidUtf8", 2, 11), (error.Code, error.Line, error.Column));
    }

    [Fact]
    public void Read_TooDeep_IsAnError() =>
        Assert.Equal("syntax", Assert.Single(SamplePlans.Read(new string('[', 65) + new string(']', 65)).Errors).Code);

    [Fact]
    public void Read_TooManyValues_IsAnError() =>
        Assert.Equal("tooManyValues", Assert.Single(SamplePlans.Read($"[{string.Join(",", Enumerable.Repeat("1", 1_000_001))}]").Errors).Code);

    [Theory]
    [InlineData("[]", "wrongType", "$")]
    [InlineData("null", "wrongType", "$")]
    [InlineData("{}", "missingField", "$")]
    public void Read_NoPlan_IsAnError(string json, string code, string path) =>
        Assert.Contains(SamplePlans.Read(json).Errors, error => error.Code == code && error.Path == path && error.Line == 1);

    // A field of the plan, put in or replaced; the plan is written on one line a field, so the line says which field is meant.
    [Theory]
    [InlineData("name", "7", "wrongType", "$.name")]
    [InlineData("name", "null", "wrongType", "$.name")]
    [InlineData("name", "\"\"", "tooShort", "$.name")]
    [InlineData("name", "\"a\\u001b[31m\"", "controlCharacter", "$.name")]
    [InlineData("name", "\"a\\ud800\"", "invalidText", "$.name")]
    [InlineData("version", "2", "unknownVersion", "$.version")]
    [InlineData("version", "\"1\"", "wrongType", "$.version")]
    [InlineData("version", "1.5", "outOfRange", "$.version")]
    [InlineData("description", "[]", "wrongType", "$.description")]
    [InlineData("$schema", "1", "wrongType", "$.$schema")]
    [InlineData("polcy", "{}", "unknownField", "$.polcy")]
    [InlineData("a b", "1", "unknownField", "$['a b']")]
    [InlineData("agents", "[]", "tooFew", "$.agents")]
    [InlineData("agents", "{}", "wrongType", "$.agents")]
    [InlineData("agents", """[{"id": "A", "kind": "gpt"}]""", "unknownValue", "$.agents[0].kind")]
    [InlineData("agents", """[{"id": "A"}]""", "missingField", "$.agents[0]")]
    [InlineData("agents", """[{"kind": "codex", "id": "A", "slots": 201}]""", "outOfRange", "$.agents[0].slots")]
    [InlineData("agents", """[{"kind": "codex", "id": "A", "slots": 0}]""", "outOfRange", "$.agents[0].slots")]
    [InlineData("agents", """[{"kind": "codex", "id": "A", "provider": "a b"}]""", "invalidId", "$.agents[0].provider")]
    [InlineData("agents", """[{"kind": "codex", "id": "A", "model": "a b"}]""", "invalidModel", "$.agents[0].model")]
    [InlineData("agents", """[{"kind": "codex", "id": "A", "model": "a\u001b[2J"}]""", "invalidModel", "$.agents[0].model")]
    [InlineData("agents", """[{"kind": "codex", "id": "A", "model": 5}]""", "wrongType", "$.agents[0].model")]
    [InlineData("agents", """[{"kind": "codex", "id": "A"}, {"kind": "codex", "id": "a"}]""", "duplicateId", "$.agents[1].id")]
    [InlineData("agents", """[{"kind": "codex", "id": "A", "command": {"run": []}}]""", "tooFew", "$.agents[0].command.run")]
    [InlineData("agents", """[{"kind": "codex", "id": "A", "command": {"run": [""]}}]""", "tooShort", "$.agents[0].command.run[0]")]
    [InlineData("inputs", """{"a/b": {}}""", "invalidId", "$.inputs['a/b']")]
    [InlineData("inputs", """{"repo": {}, "REPO": {}}""", "duplicateId", "$.inputs.REPO")]
    [InlineData("inputs", """{"con": {}}""", "reservedName", "$.inputs.con")]
    [InlineData("inputs", """{"repo": {"default": ""}}""", "tooShort", "$.inputs.repo.default")]
    [InlineData("inputs", """{"repo": {"default": "a\u0000"}}""", "controlCharacter", "$.inputs.repo.default")]
    [InlineData("defaults", """{"timeout": "PT0.9S"}""", "outOfRange", "$.defaults.timeout")]
    [InlineData("defaults", """{"timeout": "P1DT1S"}""", "outOfRange", "$.defaults.timeout")]
    [InlineData("defaults", """{"timeout": "-PT5S"}""", "outOfRange", "$.defaults.timeout")]
    [InlineData("defaults", """{"timeout": "P1Y"}""", "invalidDuration", "$.defaults.timeout")]
    [InlineData("defaults", """{"timeout": "PT99999999999999999999S"}""", "invalidDuration", "$.defaults.timeout")]
    [InlineData("defaults", """{"timeout": 600}""", "wrongType", "$.defaults.timeout")]
    [InlineData("defaults", """{"estimate": "P2D"}""", "outOfRange", "$.defaults.estimate")]
    [InlineData("defaults", """{"retry": {"maxAttempts": 0}}""", "outOfRange", "$.defaults.retry.maxAttempts")]
    [InlineData("defaults", """{"retry": {"maxAttempts": 21}}""", "outOfRange", "$.defaults.retry.maxAttempts")]
    [InlineData("defaults", """{"retry": {"backoff": "PT1H0.1S"}}""", "outOfRange", "$.defaults.retry.backoff")]
    [InlineData("defaults", """{"retry": {"factor": 0.99}}""", "outOfRange", "$.defaults.retry.factor")]
    [InlineData("defaults", """{"retry": {"factor": 1e99}}""", "outOfRange", "$.defaults.retry.factor")]
    [InlineData("defaults", """{"retry": {"maxBackoff": "P2D"}}""", "outOfRange", "$.defaults.retry.maxBackoff")]
    [InlineData("policy", """{"schedule": "wave"}""", "unknownValue", "$.policy.schedule")]
    [InlineData("policy", """{"maxParallel": 0}""", "outOfRange", "$.policy.maxParallel")]
    [InlineData("policy", """{"maxParallel": 201}""", "outOfRange", "$.policy.maxParallel")]
    [InlineData("policy", """{"maxParallel": 1e999999999999}""", "outOfRange", "$.policy.maxParallel")]
    [InlineData("policy", """{"onFailure": true}""", "wrongType", "$.policy.onFailure")]
    [InlineData("policy", """{"providerCaps": {"simulated": 0}}""", "outOfRange", "$.policy.providerCaps.simulated")]
    [InlineData("policy", """{"providerCaps": {"a b": 1}}""", "invalidId", "$.policy.providerCaps['a b']")]
    [InlineData("policy", """{"budget": {"maxCostUsd": 0}}""", "outOfRange", "$.policy.budget.maxCostUsd")]
    [InlineData("policy", """{"budget": {"maxCostUsd": 1e-99}}""", "outOfRange", "$.policy.budget.maxCostUsd")]
    [InlineData("policy", """{"budget": {"maxCostUsd": 1e99}}""", "outOfRange", "$.policy.budget.maxCostUsd")]
    [InlineData("policy", """{"budget": {"maxTokens": 0}}""", "outOfRange", "$.policy.budget.maxTokens")]
    [InlineData("notify", "{}", "wrongType", "$.notify")]
    [InlineData("notify", "[1]", "wrongType", "$.notify[0]")]
    [InlineData("notify", """[{"secret": "S"}]""", "missingField", "$.notify[0]")]
    [InlineData("notify", """[{"url": "https://a.example"}]""", "missingField", "$.notify[0]")]
    [InlineData("notify", """[{"secret": "S", "url": 1}]""", "wrongType", "$.notify[0].url")]
    [InlineData("notify", """[{"secret": "S", "url": "https://u:p@a.example"}]""", "invalidUrl", "$.notify[0].url")]
    [InlineData("notify", """[{"secret": "S", "url": "https://a.example/#f"}]""", "invalidUrl", "$.notify[0].url")]
    [InlineData("notify", """[{"secret": "S", "url": "http://a.example"}]""", "invalidUrl", "$.notify[0].url")]
    [InlineData("notify", """[{"secret": "S", "url": "https://a.example:99999/"}]""", "invalidUrl", "$.notify[0].url")]
    [InlineData("notify", """[{"secret": "S", "url": "https://a.example:0/"}]""", "invalidUrl", "$.notify[0].url")]
    [InlineData("notify", """[{"url": "https://a.example", "secret": null}]""", "wrongType", "$.notify[0].secret")]
    [InlineData("notify", """[{"url": "https://a.example", "secret": "a.b"}]""", "invalidSecretName", "$.notify[0].secret")]
    [InlineData("notify", """[{"url": "https://a.example", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}]""", "secretInPlan", "$.notify[0].secret")]
    [InlineData("notify", """[{"url": "https://a.example", "secret": "4f1d9c2b7a6e5d4c3b2a1f0e9d8c7b6a"}]""", "secretInPlan", "$.notify[0].secret")]
    [InlineData("notify", """[{"url": "https://a.example", "secret": "S", "events": []}]""", "tooFew", "$.notify[0].events")]
    [InlineData("notify", """[{"url": "https://a.example", "secret": "S", "events": ["task.failled"]}]""", "unknownValue", "$.notify[0].events[0]")]
    [InlineData("tasks", "[]", "tooFew", "$.tasks")]
    [InlineData("tasks", "[1]", "wrongType", "$.tasks[0]")]
    public void Read_BadField_NamesItsPlace(string field, string value, string code, string path)
    {
        var fields = new Dictionary<string, string>
        {
            ["name"] = "\"p\"",
            ["version"] = "1",
            ["agents"] = """[{"id": "A", "kind": "claude"}]""",
            ["tasks"] = """[{"id": "t", "agent": "A"}]""",
        };
        fields.Remove(field);
        var json = $"{{\n{string.Join(",\n", fields.Append(new(field, value)).Select(pair => $"\"{pair.Key}\": {pair.Value}"))}\n}}";
        AssertError(json, code, path, line: fields.Count + 2);
    }

    [Theory]
    [InlineData(""" "id": "../x" """, "invalidId", "id")]
    [InlineData(""" "id": "" """, "invalidId", "id")]
    [InlineData(""" "id": "a/b" """, "invalidId", "id")]
    [InlineData(""" "id": "-a" """, "invalidId", "id")]
    [InlineData(""" "id": "a\n" """, "invalidId", "id")]
    [InlineData(""" "id": "nul" """, "reservedName", "id")]
    [InlineData(""" "id": "a." """, "reservedName", "id")]
    [InlineData(""" "id": "u", "id": "v" """, "duplicateField", "id")]
    [InlineData(""" "id": "u", "agnt": 1 """, "unknownField", "agnt")]
    [InlineData(""" "id": "u", "title": "a\nb" """, "controlCharacter", "title")]
    [InlineData(""" "id": "u", "priority": 1001 """, "outOfRange", "priority")]
    [InlineData(""" "id": "u", "priority": -1001 """, "outOfRange", "priority")]
    [InlineData(""" "id": "u", "priority": 0.5 """, "outOfRange", "priority")]
    [InlineData(""" "id": "u", "priority": "1" """, "wrongType", "priority")]
    [InlineData(""" "id": "u", "prompt": ["a"] """, "wrongType", "prompt")]
    [InlineData(""" "id": "u", "outputSchema": true """, "wrongType", "outputSchema")]
    [InlineData(""" "id": "u", "outputSchema": {"items": {"typ": "string"}} """, "invalidSchema", "outputSchema.items.typ")]
    [InlineData(""" "id": "u", "outputSchema": {"pattern": "("} """, "invalidSchema", "outputSchema.pattern")]
    [InlineData(""" "id": "u", "writes": "a" """, "wrongType", "writes")]
    [InlineData(""" "id": "u", "writes": ["/a"] """, "invalidGlob", "writes[0]")]
    [InlineData(""" "id": "u", "writes": ["a", "a"] """, "duplicateEntry", "writes[1]")]
    [InlineData(""" "id": "u", "timeout": "PT0S" """, "outOfRange", "timeout")]
    [InlineData(""" "id": "u", "estimate": "-PT1S" """, "outOfRange", "estimate")]
    [InlineData(""" "id": "u", "retry": [] """, "wrongType", "retry")]
    [InlineData(""" "id": "u", "approval": {} """, "missingField", "approval")]
    [InlineData(""" "id": "u", "approval": {"message": ""} """, "tooShort", "approval.message")]
    [InlineData(""" "id": "u", "approval": {"message": "m", "timeout": "P366D"} """, "outOfRange", "approval.timeout")]
    [InlineData(""" "id": "u", "approval": {"message": "m", "default": "yes"} """, "unknownValue", "approval.default")]
    [InlineData(""" "id": "u", "simulated": {"work": "P1DT0.1S"} """, "outOfRange", "simulated.work")]
    [InlineData(""" "id": "u", "simulated": {"files": ["a"]} """, "notWritable", "simulated.files[0]")]
    [InlineData(""" "id": "u", "writes": ["**"], "simulated": {"files": ["../a"]} """, "unsafePath", "simulated.files[0]")]
    [InlineData(""" "id": "u", "writes": ["**"], "simulated": {"files": ["a", "a"]} """, "duplicateEntry", "simulated.files[1]")]
    [InlineData(""" "id": "u", "simulated": {"faults": ["explode"]} """, "unknownValue", "simulated.faults[0]")]
    [InlineData(""" "id": "u", "simulated": {"tokens": -1} """, "outOfRange", "simulated.tokens")]
    [InlineData(""" "id": "u", "simulated": {"costUsd": -0.01} """, "outOfRange", "simulated.costUsd")]
    [InlineData(""" "id": "u", "command": {"run": ["${input.none}"]} """, "unknownPlaceholder", "command.run[0]")]
    [InlineData(""" "id": "u", "command": {"arguments": ["a", "x${workspace}${HOME}"]} """, "unknownPlaceholder", "command.arguments[1]")]
    [InlineData(""" "id": "u", "command": {"arguments": ["${workspace"]} """, "unknownPlaceholder", "command.arguments[0]")]
    [InlineData(""" "id": "u", "command": {"arguments": ["a\u0000b"]} """, "controlCharacter", "command.arguments[0]")]
    [InlineData(""" "id": "u", "command": {"arguments": [1]} """, "wrongType", "command.arguments[0]")]
    [InlineData(""" "id": "u", "command": {"output": "xml"} """, "unknownValue", "command.output")]
    [InlineData(""" "id": "u", "command": {"environment": {"A B": "1"}} """, "invalidVariableName", "command.environment['A B']")]
    [InlineData(""" "id": "u", "command": {"environment": {"A": 1}} """, "wrongType", "command.environment.A")]
    [InlineData(""" "id": "u", "command": {"passEnvironment": ["1A"]} """, "invalidVariableName", "command.passEnvironment[0]")]
    [InlineData(""" "id": "u", "command": {"passEnvironment": ["PATH", "MIYABI_SECRET_HOOK"]} """, "settingNotPassed", "command.passEnvironment[1]")]
    [InlineData(""" "id": "u", "command": {"passEnvironment": ["Miyabi__SigningKey"]} """, "settingNotPassed", "command.passEnvironment[0]")]
    [InlineData(""" "id": "u", "command": {"passEnvironment": ["ANTHROPIC_API_KEY"]} """, "settingNotPassed", "command.passEnvironment[0]")]
    [InlineData(""" "id": "u", "dependsOn": ["u"] """, "selfDependency", "dependsOn[0]")]
    [InlineData(""" "id": "u", "dependsOn": ["t", "t"] """, "duplicateEntry", "dependsOn[1]")]
    [InlineData(""" "id": "u", "dependsOn": ["T"] """, "unknownDependency", "dependsOn[0]")]
    [InlineData(""" "id": "u", "dependsOn": [null] """, "wrongType", "dependsOn[0]")]
    [InlineData(""" "id": "T" """, "duplicateId", "id")]
    [InlineData(""" "id": "t_attempt-2" """, "collidingNames", "id")]
    [InlineData(""" "id": "T_ATTEMPT-17" """, "collidingNames", "id")]
    public void Read_BadTask_NamesItsPlace(string task, string code, string path)
    {
        var json = $$"""
            { "name": "p", "version": 1, "agents": [ { "id": "A", "kind": "claude" } ], "inputs": { "repo": {} }, "tasks": [
              { "id": "t", "agent": "A" },
              { "agent": "A", {{task}} } ] }
            """;
        AssertError(json, code, $"$.tasks[1].{path}", line: 3);
    }

    [Theory]
    [InlineData("\"B\"", "unknownAgent", "agent", "")]
    [InlineData("\"CGC-1\"", "unknownAgent", "agent", "CCG-1")]
    [InlineData("\"claude\"", "unknownAgent", "agent", "{ \"kind\": \"claude\" }")]
    [InlineData("7", "wrongType", "agent", "kind")]
    [InlineData("{}", "missingField", "agent", "kind")]
    [InlineData("""{"kind": "codex"}""", "noAgentOfKind", "agent.kind", "agents")]
    [InlineData("""{"kind": "cluade"}""", "unknownValue", "agent.kind", "claude")]
    [InlineData("""{"kind": "claude", "id": "CCG-1"}""", "unknownField", "agent.id", "kind")]
    public void Read_BadAgentOfATask_NamesPlaceAndCure(string agent, string code, string path, string cure)
    {
        var json = $$"""
            { "name": "p", "version": 1, "agents": [ { "id": "CCG-1", "kind": "claude" } ],
              "tasks": [ { "id": "t", "agent": {{agent}} } ] }
            """;
        Assert.Contains(cure, AssertError(json, code, $"$.tasks[0].{path}", line: 2).Cure, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_UnknownName_OffersTheNearest()
    {
        Assert.Contains("'policy'", SamplePlans.Read("""{"polcy": {}}""").Errors.First(error => error.Code == "unknownField").Cure, StringComparison.Ordinal);
        Assert.Contains("'task-10'", AssertError(SamplePlans.Graph("task-10", "b: taks-10"), "unknownDependency", "$.tasks[1].dependsOn[0]", 7).Cure, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_DuplicateId_NamesTheFirstPlace() =>
        Assert.Contains("$.tasks[0].id", AssertError(SamplePlans.Graph("a", "b", "A"), "duplicateId", "$.tasks[2].id", 8).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("A", "a_codex", "X", "a", true)]
    [InlineData("X", "a", "A", "A_CODEX", true)]
    [InlineData("X", "a", "A", "a_attempt-2_codex", true)]
    [InlineData("X", "a", "X", "a_attempt-2", true)]
    [InlineData("A", "a", "X", "a_attempt-2", false)]
    [InlineData("X", "a", "A", "a_attempt-2", false)]
    [InlineData("A", "a", "A", "a_attempt-1", false)]
    [InlineData("A", "a", "A", "a_attempt-02", false)]
    [InlineData("A", "a", "A", "a_attempt-2_codex", false)]
    [InlineData("A", "a", "A", "a_codex", false)]
    public void Read_NamesOfResults_MustDiffer(string oneAgent, string one, string otherAgent, string other, bool collide)
    {
        JsonNode Task(string id, string agent) => new JsonObject { ["id"] = id, ["agent"] = agent };
        var errors = SamplePlans.Read(SamplePlans.PlanOf([Task(one, oneAgent), Task(other, otherAgent)])).Errors;
        Assert.Equal(collide ? ["collidingNames"] : [], errors.Select(error => error.Code));
    }

    [Fact]
    public void Read_UnknownAgent_IsNotTakenForOneWhoseResultsCollide()
    {
        JsonNode Task(string id, string agent) => new JsonObject { ["id"] = id, ["agent"] = agent };
        Assert.Equal(["unknownAgent"], SamplePlans.Read(SamplePlans.PlanOf([Task("a", "A"), Task("a_attempt-2", "nobody")])).Errors.Select(error => error.Code));
    }

    private static PlanError AssertError(string json, string code, string path, int line)
    {
        var reading = SamplePlans.Read(json);
        Assert.Null(reading.Plan);
        Assert.True(reading.Json.IsEmpty);
        Assert.All(reading.Errors, error => Assert.False(string.IsNullOrWhiteSpace(error.Cure) || string.IsNullOrWhiteSpace(error.Message)));
        var error = reading.Errors.FirstOrDefault(error => error.Code == code && error.Path == path);
        Assert.True(error is not null, $"{code} at {path} expected; there is: {string.Join("; ", reading.Errors)}");
        Assert.Equal(line, error.Line);
        return error;
    }
}
