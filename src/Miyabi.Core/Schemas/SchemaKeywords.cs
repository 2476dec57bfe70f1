namespace Miyabi.Core.Schemas;

/// <summary>The keywords that an <see cref="OutputSchema"/> takes.</summary>
internal static class SchemaKeywords
{
    public const string Dialect = "https://json-schema.org/draft/2020-12/schema";

    public static readonly string[] Types = ["null", "boolean", "object", "array", "number", "string", "integer"];

    /// <summary>Those that decide nothing.</summary>
    public static readonly HashSet<string> Annotations =
        ["title", "description", "default", "examples", "$comment", "deprecated", "readOnly", "writeOnly", "format"];

    public static readonly string[] All =
    [
        .. Annotations, "$schema", "$ref", "$defs", "type", "enum", "const", "properties", "required", "additionalProperties",
        "patternProperties", "propertyNames", "minProperties", "maxProperties", "items", "prefixItems", "contains", "minContains",
        "maxContains", "minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "pattern", "minimum", "maximum",
        "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentRequired",
    ];
}
