namespace Miyabi.Core.Tests.Schemas;

/// <summary>A value that a schema takes, or does not.</summary>
public sealed record SchemaCase(string Keyword, string Schema, string Value, bool Valid);

/// <summary>What each keyword takes and refuses.</summary>
public static class SchemaCases
{
    public static IReadOnlyList<SchemaCase> All { get; } =
    [
        .. Of("boolean", "true", ["1", "null", "{}"], []),
        .. Of("boolean", "false", [], ["1", "null", "{}"]),
        .. Of("boolean", "{}", ["1", "null"], []),
        .. Of("type", """{"type": "string"}""", ["\"a\"", "\"\""], ["1", "null", "[]", "{}", "true"]),
        .. Of("type", """{"type": "integer"}""", ["1", "-0", "1.0", "1e3", "100e-2", "12345678901234567890123"], ["1.5", "1e-1", "\"1\"", "true"]),
        .. Of("type", """{"type": "number"}""", ["1", "1.5", "1e400"], ["\"1\"", "null"]),
        .. Of("type", """{"type": "boolean"}""", ["true", "false"], ["0", "\"true\""]),
        .. Of("type", """{"type": "null"}""", ["null"], ["0", "false", "\"\""]),
        .. Of("type", """{"type": "array"}""", ["[]"], ["{}"]),
        .. Of("type", """{"type": "object"}""", ["{}"], ["[]"]),
        .. Of("type", """{"type": ["string", "null"]}""", ["\"a\"", "null"], ["1", "[]"]),
        .. Of("enum", """{"enum": [1, "a", null, {"x": [1.0]}]}""", ["1.00", "\"a\"", "null", """{"x": [1]}"""], ["2", "\"A\"", "false", """{"x": []}""", """{"y": [1]}"""]),
        .. Of("enum", """{"enum": []}""", [], ["1", "null"]),
        .. Of("const", """{"const": {"a": 1, "b": [true]}}""", ["""{"b": [true], "a": 10e-1}"""], ["""{"a": 1}""", """{"a": 1, "b": [false]}""", "1"]),
        .. Of("const", """{"const": 0}""", ["0", "-0.0", "0e5"], ["false", "0.1"]),
        .. Of("const", """{"const": 9007199254740993}""", ["9007199254740993"], ["9007199254740992"]),
        .. Of("properties", """{"properties": {"a": {"type": "string"}}}""", ["{}", """{"a": "x"}""", """{"b": 1}""", "1"], ["""{"a": 1}"""]),
        .. Of("required", """{"required": ["a", "b"]}""", ["""{"a": null, "b": 1}""", "[]"], ["{}", """{"a": 1}""", """{"A": 1, "b": 1}"""]),
        .. Of("additionalProperties", """{"properties": {"a": {}}, "additionalProperties": false}""", ["{}", """{"a": 1}"""], ["""{"b": 1}"""]),
        .. Of("additionalProperties", """{"patternProperties": {"^x": {}}, "additionalProperties": {"type": "string"}}""",
            ["""{"xa": 1, "b": "c"}"""], ["""{"b": 1}"""]),
        .. Of("patternProperties", """{"patternProperties": {"^a": {"type": "string"}, "z$": {"minLength": 2}}}""",
            ["""{"a": "x"}""", """{"b": 1}""", """{"az": "xy"}"""], ["""{"a": 1}""", """{"az": "x"}""", """{"bz": "x"}"""]),
        .. Of("propertyNames", """{"propertyNames": {"maxLength": 2, "pattern": "^[a-z]"}}""", ["{}", """{"ab": 1}"""], ["""{"abc": 1}""", """{"1": 1}"""]),
        .. Of("minProperties", """{"minProperties": 1}""", ["""{"a": 1}""", "[]"], ["{}"]),
        .. Of("maxProperties", """{"maxProperties": 1}""", ["""{"a": 1}""", "{}"], ["""{"a": 1, "b": 2}"""]),
        .. Of("dependentRequired", """{"dependentRequired": {"a": ["b", "c"]}}""", ["{}", """{"b": 1}""", """{"a": 1, "b": 1, "c": 1}"""], ["""{"a": 1, "b": 1}"""]),
        .. Of("items", """{"items": {"type": "number"}}""", ["[]", "[1, 2]", "{}"], ["[1, \"a\"]"]),
        .. Of("prefixItems", """{"prefixItems": [{"type": "string"}, {"type": "number"}]}""", ["[]", "[\"a\"]", "[\"a\", 1, null]"], ["[1]", "[\"a\", \"b\"]"]),
        .. Of("items", """{"prefixItems": [{"type": "string"}], "items": false}""", ["[]", "[\"a\"]"], ["[\"a\", 1]"]),
        .. Of("contains", """{"contains": {"const": 1}}""", ["[1]", "[2, 1]", "{}"], ["[]", "[2]"]),
        .. Of("minContains", """{"contains": {"const": 1}, "minContains": 2}""", ["[1, 1]", "[1, 2, 1]"], ["[1]", "[]"]),
        .. Of("minContains", """{"contains": {"const": 1}, "minContains": 0}""", ["[]", "[2]"], []),
        .. Of("minContains", """{"minContains": 2}""", ["[]"], []),
        .. Of("maxContains", """{"contains": {"const": 1}, "maxContains": 1}""", ["[1]", "[1, 2]"], ["[1, 1]", "[]"]),
        .. Of("minItems", """{"minItems": 2}""", ["[1, 2]", "\"a\""], ["[1]", "[]"]),
        .. Of("maxItems", """{"maxItems": 1.0}""", ["[1]", "[]"], ["[1, 2]"]),
        .. Of("uniqueItems", """{"uniqueItems": true}""", ["[]", "[1, \"1\", true, null]", "[[1], [2]]", """[{"a": 1}, {"a": 2}]"""],
            ["[1, 1.0]", """[{"a": 1, "b": 2}, {"b": 2, "a": 1}]""", "[[1], [1]]", "[null, null]"]),
        .. Of("uniqueItems", """{"uniqueItems": false}""", ["[1, 1]"], []),
        .. Of("minLength", """{"minLength": 2}""", ["\"ab\"", "1"], ["\"a\"", "\"😀\"", "\"\""]),
        .. Of("maxLength", """{"maxLength": 2}""", ["\"ab\"", "\"😀😀\"", "\"\""], ["\"abc\"", "\"😀😀😀\""]),
        .. Of("pattern", """{"pattern": "b+"}""", ["\"abc\"", "1"], ["\"ac\"", "\"\""]),
        .. Of("pattern", """{"pattern": "^a.c$"}""", ["\"abc\""], ["\"abc\\n\"", "\"a\\nc\"", "\"a\\u2028c\"", "\"ABC\""]),
        .. Of("pattern", """{"pattern": "^\\d\\w$"}""", ["\"1a\"", "\"1_\""], ["\"٣a\"", "\"1ü\""]),
        .. Of("pattern", """{"pattern": "^[\\d\\-[]+$"}""", ["\"1-[\""], ["\"a\"", "\"]\""]),
        .. Of("pattern", """{"pattern": "^(?:a|(?<n>b)){2,3}\\/\\.\\$$"}""", ["\"ab/.$\"", "\"bbb/.$\""], ["\"a/.$\"", "\"ab/x$\""]),
        .. Of("minimum", """{"minimum": 1.5}""", ["1.5", "1.50", "2", "1e400", "\"a\""], ["1.4999999999999999999999999999", "-2", "0"]),
        .. Of("maximum", """{"maximum": -1}""", ["-1", "-1.0001", "-1e400"], ["-0.9999999999999999999999", "0", "1"]),
        .. Of("exclusiveMinimum", """{"exclusiveMinimum": 0}""", ["0.000000000000000000000000000000000001", "1e-400"], ["0", "-0", "-1"]),
        .. Of("exclusiveMaximum", """{"exclusiveMaximum": 10}""", ["9.9999999999999999999999999"], ["10", "1e1", "11"]),
        .. Of("multipleOf", """{"multipleOf": 0.1}""", ["0.3", "1", "0", "-0.7", "1e300"], ["0.35", "1e-2"]),
        .. Of("multipleOf", """{"multipleOf": 7}""", ["14", "7e20", "-21", "700000000000000000000000000000000000007"], ["15", "7.5", "1e20"]),
        .. Of("allOf", """{"allOf": [{"minimum": 1}, {"maximum": 2}]}""", ["1", "2"], ["0", "3"]),
        .. Of("anyOf", """{"anyOf": [{"type": "string"}, {"minimum": 5}]}""", ["\"a\"", "6"], ["4"]),
        .. Of("oneOf", """{"oneOf": [{"minimum": 1}, {"maximum": 2}]}""", ["0", "3"], ["1", "2"]),
        .. Of("not", """{"not": {"type": "string"}}""", ["1", "null"], ["\"a\""]),
        .. Of("if", """{"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 0}}""", ["\"ab\"", "1", "null"], ["\"a\"", "-1"]),
        .. Of("then", """{"if": {"const": 1}, "then": false}""", ["2"], ["1"]),
        .. Of("then", """{"then": false}""", ["1"], []),
        .. Of("else", """{"if": {"const": 1}, "else": false}""", ["1"], ["2"]),
        .. Of("$ref", """{"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}""", ["\"a\""], ["1"]),
        .. Of("$ref", """{"properties": {"next": {"$ref": "#"}, "v": {"type": "number"}}, "additionalProperties": false}""",
            ["""{"v": 1, "next": {"v": 2, "next": {}}}"""], ["""{"next": {"next": {"v": "x"}}}""", """{"next": {"w": 1}}"""]),
        .. Of("$ref", """{"$ref": "#/$defs/a~1b%20c", "$defs": {"a/b c": {"const": 1}}}""", ["1"], ["2"]),
        .. Of("$ref", """{"$ref": "#/$defs/a/items", "$defs": {"a": {"items": {"const": 1}}}}""", ["1"], ["2"]),
        .. Of("$defs", """{"$defs": {"unused": false, "used": {"const": 1}}, "allOf": [{"$ref": "#/$defs/used"}]}""", ["1"], ["2"]),
        .. Of("annotations",
            """
            {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "t", "description": "d", "default": 1, "examples": [1], "$comment": "c",
             "deprecated": true, "readOnly": true, "writeOnly": true, "format": "email"}
            """,
            ["\"no email\"", "1"], []),
    ];

    public static TheoryData<string, string, string> Rows(bool passing)
    {
        var rows = new TheoryData<string, string, string>();
        foreach (var row in All.Where(row => row.Valid == passing))
            rows.Add(row.Keyword, row.Schema, row.Value);
        return rows;
    }

    private static IEnumerable<SchemaCase> Of(string keyword, string schema, string[] valid, string[] invalid) =>
        [.. valid.Select(value => new SchemaCase(keyword, schema, value, true)), .. invalid.Select(value => new SchemaCase(keyword, schema, value, false))];
}
