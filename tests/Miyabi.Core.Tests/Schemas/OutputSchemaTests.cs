using System.Text;
using System.Text.Json;
using Miyabi.Core.Schemas;

namespace Miyabi.Core.Tests.Schemas;

public sealed class OutputSchemaTests
{
    public static TheoryData<string, string, string> Passing() => SchemaCases.Rows(passing: true);

    public static TheoryData<string, string, string> Failing() => SchemaCases.Rows(passing: false);

    [Theory]
    [MemberData(nameof(Passing))]
    public void Validate_FittingValue_NoViolation(string keyword, string schema, string value) =>
        Assert.True(Validate(schema, value).Length == 0, $"{keyword}: {string.Join("; ", Validate(schema, value))}");

    [Theory]
    [MemberData(nameof(Failing))]
    public void Validate_OtherValue_IsAViolation(string keyword, string schema, string value) =>
        Assert.True(Validate(schema, value).Length > 0, keyword);

    [Fact]
    public void Cases_EveryKeyword_HasBoth()
    {
        string[] keywords =
        [
            "type", "enum", "const", "properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties",
            "maxProperties", "items", "prefixItems", "contains", "minContains", "maxContains", "minItems", "maxItems", "uniqueItems", "minLength",
            "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "allOf", "anyOf", "oneOf", "not",
            "if", "then", "else", "dependentRequired", "$ref", "$defs", "boolean",
        ];
        Assert.All(keywords, keyword => Assert.Contains(SchemaCases.All, c => c.Keyword == keyword && c.Valid));
        Assert.All(keywords, keyword => Assert.Contains(SchemaCases.All, c => c.Keyword == keyword && !c.Valid));
    }

    [Theory]
    [InlineData("""{"requird": []}""", "$.requird", "did you mean 'required'")]
    [InlineData("""{"properties": {"a": {"$dynamicRef": "#x"}}}""", "$.properties.a.$dynamicRef", "not supported")]
    [InlineData("""{"$schema": "http://json-schema.org/draft-07/schema#"}""", "$.$schema", "2020-12")]
    [InlineData("3", "$", "object")]
    [InlineData("""{"type": "text"}""", "$.type", "no type")]
    [InlineData("""{"type": []}""", "$.type", "at least one")]
    [InlineData("""{"type": ["string", "string"]}""", "$.type[1]", "twice")]
    [InlineData("""{"items": [{}]}""", "$.items", "object")]
    [InlineData("""{"minLength": -1}""", "$.minLength", "0 or more")]
    [InlineData("""{"minLength": 1.5}""", "$.minLength", "0 or more")]
    [InlineData("""{"maxItems": 1e999999999}""", "$.maxItems", "0 or more")]
    [InlineData("""{"multipleOf": 0}""", "$.multipleOf", "more than 0")]
    [InlineData("""{"multipleOf": 1.2345678901234567890123456789012345}""", "$.multipleOf", "digits")]
    [InlineData("""{"minimum": "1"}""", "$.minimum", "a number")]
    [InlineData("""{"allOf": []}""", "$.allOf", "empty")]
    [InlineData("""{"enum": 1}""", "$.enum", "an array")]
    [InlineData("""{"required": [1]}""", "$.required[0]", "a string")]
    [InlineData("""{"required": ["a", "a"]}""", "$.required[1]", "twice")]
    [InlineData("""{"uniqueItems": 1}""", "$.uniqueItems", "true or false")]
    [InlineData("""{"pattern": "("}""", "$.pattern", "no regular expression")]
    [InlineData("""{"pattern": "(?=a)"}""", "$.pattern", "group")]
    [InlineData("""{"pattern": "(a)\\1"}""", "$.pattern", "not supported")]
    [InlineData("""{"pattern": "[]"}""", "$.pattern", "empty class")]
    [InlineData("""{"pattern": "\\Aa"}""", "$.pattern", "not supported")]
    [InlineData("""{"pattern": "a\\"}""", "$.pattern", "backslash")]
    [InlineData("""{"patternProperties": {"[": {}}}""", "$.patternProperties['[']", "no regular expression")]
    [InlineData("""{"$ref": "#/$defs/none"}""", "$.$ref", "leads nowhere")]
    [InlineData("""{"$ref": "https://example.com/schema"}""", "$.$ref", "leads nowhere")]
    [InlineData("""{"$defs": {"a": {"enum": [1]}}, "$ref": "#/$defs/a/enum"}""", "$.$ref", "no schema")]
    [InlineData("""{"$ref": "#"}""", "$", "back to itself")]
    [InlineData("""{"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}}""", "$.$defs.a", "back to itself")]
    [InlineData("""{"type": "string", "type": "string"}""", "$.type", "twice")]
    public void Read_UnusableSchema_NamesPlaceAndReason(string schema, string path, string message)
    {
        using var json = JsonDocument.Parse(schema);
        var reading = OutputSchema.Read(json.RootElement);

        Assert.Null(reading.Schema);
        Assert.Contains(reading.Errors, error => error.Path == path && error.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_SeveralErrors_NamesAll()
    {
        using var json = JsonDocument.Parse("""{"requird": [], "type": "text", "items": {"minLength": -1}}""");
        Assert.Equal(["$.requird", "$.type", "$.items.minLength"], OutputSchema.Read(json.RootElement).Errors.Select(error => error.Path));
    }

    [Fact]
    public void Read_NoValue_IsAnError() => Assert.NotEmpty(OutputSchema.Read(default(JsonElement)).Errors);

    [Fact]
    public void Read_TooLong_IsAnError()
    {
        using var atTheEdge = JsonDocument.Parse($$"""{"title":"{{new string('a', OutputSchema.MaxBytes - 12)}}"}""");
        using var beyond = JsonDocument.Parse($$"""{"title":"{{new string('a', OutputSchema.MaxBytes - 11)}}"}""");
        Assert.Empty(OutputSchema.Read(atTheEdge.RootElement).Errors);
        Assert.NotEmpty(OutputSchema.Read(beyond.RootElement).Errors);
    }

    [Fact]
    public void Read_LongChainOfReferences_IsAnError()
    {
        var chain = string.Join(",", Enumerable.Range(0, 5000).Select(i => $$"""  "d{{i}}": {"$ref": "#/$defs/d{{i + 1}}"} """));
        using var json = JsonDocument.Parse($$"""{"$defs": { {{chain}}, "d5000": true }, "$ref": "#/$defs/d0"}""");
        Assert.Contains(OutputSchema.Read(json.RootElement).Errors, error => error.Message.Contains("in a row", StringComparison.Ordinal));
    }

    [Fact]
    public void Validate_SchemaThatDoublesItsWork_EndsWithAViolation()
    {
        var defs = string.Join(",", Enumerable.Range(0, 15).Select(i => $$"""
            "d{{i}}": {"allOf": [{"$ref": "#/$defs/d{{i + 1}}"}, {"$ref": "#/$defs/d{{i + 1}}"}, {"$ref": "#/$defs/d{{i + 1}}"}, {"$ref": "#/$defs/d{{i + 1}}"}]}
            """));
        var violation = Assert.Single(Validate($$"""{"$defs": { {{defs}}, "d15": {"type": "string"} }, "$ref": "#/$defs/d0"}""", "\"a\""));
        Assert.Contains("steps", violation.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_ManyViolations_AtMostTwenty() =>
        Assert.Equal(20, Validate("""{"items": {"type": "string"}}""", $"[{string.Join(",", Enumerable.Repeat("1", 100))}]").Length);

    [Fact]
    public void Validate_Violation_NamesThePlace()
    {
        var violations = Validate(
            """{"properties": {"a b": {"items": {"minimum": 5}}}, "additionalProperties": false}""",
            """{"a b": [9, 4], "c": 1}""");
        Assert.Equal(["$['a b'][1]", "$.c"], violations.Select(violation => violation.Path));
    }

    [Theory]
    [InlineData("""{"a": 1, "a": 2}""", "twice")]
    [InlineData("\"\\ud800\"", "half a character")]
    [InlineData("""{"\udc00": 1}""", "half a character")]
    public void Validate_AmbiguousValue_IsAViolation(string value, string message) =>
        Assert.Contains(Validate("true", value), violation => violation.Message.Contains(message, StringComparison.Ordinal));

    [Fact]
    public void Validate_TooDeepValue_IsAViolation()
    {
        string Nested(int depth) => new string('[', depth) + new string(']', depth);
        Assert.Empty(Validate("""{"items": {"$ref": "#"}}""", Nested(64)));
        Assert.NotEmpty(Validate("""{"items": {"$ref": "#"}}""", Nested(65)));
    }

    [Fact]
    public void Validate_NoValue_IsAViolation()
    {
        using var json = JsonDocument.Parse("true");
        Assert.NotEmpty(OutputSchema.Read(json.RootElement).Schema!.Validate(default));
    }

    [Fact]
    public void Validate_HugeNumbers_EndAtOnce()
    {
        var digits = new string('9', 1_000_000);
        Assert.Empty(Validate("""{"multipleOf": 3, "minimum": 1e999999999999}""", "3e999999999999999999999999"));
        Assert.NotEmpty(Validate("""{"multipleOf": 7, "maximum": 1}""", digits));
        Assert.Empty(Validate("""{"multipleOf": 9}""", digits));
        Assert.NotEmpty(Validate("""{"type": "integer"}""", "1e-999999999999999999999999"));
    }

    [Fact]
    public void Validate_PatternMadeToBeSlow_EndsAtOnce() =>
        Assert.NotEmpty(Validate("""{"pattern": "^(a+)+$"}""", $"\"{new string('a', 100_000)}b\""));

    // Each match is within its own bound, and there are many: 25 texts of 4,000 characters have been seen to take a pattern of 15 characters 162 s.
    [Theory]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public void Validate_PatternsThatTakeLongTogether_AreABound(int texts, bool isValid)
    {
        var violations = Validate("""{"items": {"pattern": "^a"}}""", $"[{string.Join(',', Enumerable.Repeat("\"a\"", texts))}]", new OneSecondAMatch());

        Assert.Equal(isValid, violations.IsEmpty);
        Assert.All(violations, violation => Assert.Contains("more than 5 s together", violation.Message));
    }

    private static System.Collections.Immutable.ImmutableArray<SchemaViolation> Validate(string schema, string value, TimeProvider? clock = null)
    {
        var options = new JsonDocumentOptions { MaxDepth = 1000 };
        using var schemaJson = JsonDocument.Parse(schema, options);
        using var valueJson = JsonDocument.Parse(Encoding.UTF8.GetBytes(value), options);
        var reading = OutputSchema.Read(schemaJson.RootElement);
        Assert.Empty(reading.Errors);
        return reading.Schema!.Validate(valueJson.RootElement, clock);
    }

    /// <summary>A clock that goes on by a second between two looks at it, and stands still until the next two.</summary>
    private sealed class OneSecondAMatch : TimeProvider
    {
        private long looks;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => ++looks / 2;
    }
}
