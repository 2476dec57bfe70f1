using System.Text;
using Miyabi.Agents.Models;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Tests.Models;

public sealed class ModelAnswerTests
{
    private const string Strict = """{ "type": "object", "properties": { "ok": { "type": "boolean" } }, "required": ["ok"] }""";
    private const string Free = """{ "type": "object" }""";

    [Fact]
    public void Words_WithoutASchema_AreTheOutput()
    {
        var result = ModelAnswer.Read("""{ "summary": "Did it.", "files": [{ "path": "a/b", "content": "é" }], "notes": "Mind the gap." }""", Schema(null));

        Assert.Equal("""{"summary":"Did it.","notes":"Mind the gap."}""", result.Output.GetRawText());
        Assert.Equal(("a/b", "é"), (Assert.Single(result.Files).Path, Encoding.UTF8.GetString(result.Files[0].Content.Span)));
    }

    [Fact]
    public void Data_WithASchema_IsTheOutput() =>
        Assert.Equal("""{ "ok": true }""", ModelAnswer.Read("""{ "summary": "s", "files": [], "data": { "ok": true }, "notes": null }""", Schema(Strict)).Output.GetRawText());

    [Fact]
    public void Data_ThatNoProviderHasAFormFor_IsReadFromItsText() =>
        Assert.Equal("""{"any":[1]}""", ModelAnswer.Read("""{ "summary": "s", "files": [], "data": "{\"any\":[1]}", "notes": null }""", Schema(Free)).Output.GetRawText());

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{ "summary": "s", "files": [] } trailing""")]
    [InlineData("```json\n{ \"summary\": \"s\", \"files\": [] }\n```")]
    [InlineData("""{ "summary": "s", "files": [], "files": [] }""")]
    [InlineData("""{ "summary": " ", "files": [] }""")]
    [InlineData("""{ "summary": 1, "files": [] }""")]
    [InlineData("""{ "summary": "s" }""")]
    [InlineData("""{ "summary": "s", "files": {} }""")]
    [InlineData("""{ "summary": "s", "files": [1] }""")]
    [InlineData("""{ "summary": "s", "files": [{ "path": "a" }] }""")]
    [InlineData("""{ "summary": "s", "files": [{ "path": "a", "content": "b", "mode": "777" }] }""")]
    [InlineData("""{ "summary": "s", "files": [], "notes": 1 }""")]
    [InlineData("""{ "summary": "s", "files": [], "data": 1 }""")]
    [InlineData("""{ "summary": "s", "files": [], "extra": 1 }""")]
    [InlineData("""{ "summary": "\ud800", "files": [] }""")]
    [InlineData("""{ "summary": "s", "files": [{ "path": "\udc00", "content": "" }] }""")]
    public void Anything_ElseThanTheForm_IsInvalid(string text) =>
        Assert.Equal(FailureKind.InvalidOutput, Assert.Throws<ModelCallException>(() => ModelAnswer.Read(text, Schema(null))).Kind);

    // Exported with the rest, a setting in there (core.fsmonitor) is a program that 'git status' starts.
    [Theory]
    [InlineData(".git/config")]
    [InlineData("made/.GIT/hooks/post-checkout")]
    [InlineData("made/.git")]
    [InlineData("made/.g\u200cit/config")]
    public void File_OfGitItself_IsInvalid(string path) => Assert.Contains("git's own", Assert.Throws<ModelCallException>(() => Files(path)).Message);

    [Theory]
    [InlineData(".gitignore")]
    [InlineData(".github/workflows/ci.yml")]
    [InlineData("made/x.git/config")]
    public void File_ForGit_IsAFileAsAny(string path) => Assert.Equal(path, Assert.Single(Files(path).Files).Path);

    [Theory]
    [InlineData(Strict, """{ "summary": "s", "files": [] }""")]
    [InlineData(Free, """{ "summary": "s", "files": [], "data": {} }""")]
    [InlineData(Free, """{ "summary": "s", "files": [], "data": "{" }""")]
    [InlineData(Free, """{ "summary": "s", "files": [], "data": "{\"a\":1,\"a\":2}" }""")]
    public void Data_ThatIsNotThere_IsInvalid(string schema, string text) =>
        Assert.Equal(FailureKind.InvalidOutput, Assert.Throws<ModelCallException>(() => ModelAnswer.Read(text, Schema(schema))).Kind);

    [Theory]
    [InlineData("""{ "type": "string", "minLength": 3 }""", false)]
    [InlineData("""{ "type": "array", "items": { "enum": ["a", "b"] } }""", false)]
    [InlineData("""{ "type": ["string", "null"] }""", false)]
    [InlineData("""{ "anyOf": [{ "type": "string" }, { "const": 1 }] }""", false)]
    [InlineData("""{ "type": "object", "properties": { "a": { "$ref": "#/$defs/A" } }, "required": ["a"], "$defs": { "A": { "type": "integer" } } }""", false)]
    [InlineData("true", true)]
    [InlineData("{}", true)]
    [InlineData("""{ "type": "array" }""", true)]
    [InlineData("""{ "type": "object", "properties": { "a": { "type": "string" } } }""", true)]
    [InlineData("""{ "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"], "additionalProperties": { "type": "string" } }""", true)]
    [InlineData("""{ "type": "object", "properties": { "a": { "$ref": "#" } }, "required": ["a"] }""", true)]
    [InlineData("""{ "allOf": [{ "type": "string" }] }""", true)]
    [InlineData("""{ "type": "object", "properties": { "a": { "$ref": "#/$defs/A" } }, "required": ["a"], "$defs": { "A": { "type": "array", "items": { "$ref": "#/$defs/A" } } } }""", true)]
    public void Schema_ThatNoProviderTakes_IsAskedForAsText(string schema, bool isText) => Assert.Equal(isText, Schema(schema).DataIsText);

    // A hundred references to a hundred references to a hundred: 6 KB that would be said in 20 MB, and ten times as many of them in 20 GB.
    [Theory]
    [InlineData("""{ "type": "string" }""", 100)]
    [InlineData("""{ "enum": ["LONG"] }""", 20)]
    [InlineData("""{ "const": "LONG" }""", 20)]
    [InlineData("""{ "type": "string", "description": "LONG" }""", 20)]
    public void Schema_ThatUnfoldsWithoutMeasure_IsAskedForAsText(string leaf, int times)
    {
        var bomb = $$"""{ "anyOf": {{References("B")}}, "$defs": { "B": { "anyOf": {{References("C")}} }, "C": {{leaf.Replace("LONG", new string('x', 1_000), StringComparison.Ordinal)}} } }""";

        Assert.True(Schema(bomb).DataIsText);

        string References(string to) => $"[{string.Join(',', Enumerable.Repeat($$"""{ "$ref": "#/$defs/{{to}}" }""", times))}]";
    }

    private static AgentResult Files(string path) => ModelAnswer.Read($$"""{ "summary": "s", "files": [{ "path": "{{path}}", "content": "" }], "notes": null }""", Schema(null));

    private static AnswerSchema Schema(string? schema) =>
        AnswerSchema.Of(new PlanTask { Id = "t", Title = "t", Agent = new AgentSelector(null, AgentKind.Claude), OutputSchema = schema });
}
