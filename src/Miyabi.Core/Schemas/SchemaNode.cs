using System.Text.RegularExpressions;
using Miyabi.Core.Json;

namespace Miyabi.Core.Schemas;

/// <summary>One schema or subschema, its keywords read. A keyword that is not there is <see langword="null"/>.</summary>
internal sealed class SchemaNode(JsonTree place)
{
    public JsonTree Place { get; } = place;

    /// <summary>A boolean schema: everything, or nothing, is valid.</summary>
    public bool? Always { get; set; }

    public HashSet<string>? Types { get; set; }

    public IReadOnlySet<JsonTree>? Enum { get; set; }

    public JsonTree? Const { get; set; }

    public SchemaNode? Ref { get; set; }

    public IReadOnlyList<SchemaNode>? AllOf { get; set; }

    public IReadOnlyList<SchemaNode>? AnyOf { get; set; }

    public IReadOnlyList<SchemaNode>? OneOf { get; set; }

    public SchemaNode? Not { get; set; }

    public SchemaNode? If { get; set; }

    public SchemaNode? Then { get; set; }

    public SchemaNode? Else { get; set; }

    public IReadOnlyDictionary<string, SchemaNode>? Properties { get; set; }

    public IReadOnlyList<(string Pattern, Regex Regex, SchemaNode Schema)>? PatternProperties { get; set; }

    public SchemaNode? AdditionalProperties { get; set; }

    public SchemaNode? PropertyNames { get; set; }

    public IReadOnlyList<string>? Required { get; set; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? DependentRequired { get; set; }

    public long? MinProperties { get; set; }

    public long? MaxProperties { get; set; }

    public IReadOnlyList<SchemaNode>? PrefixItems { get; set; }

    public SchemaNode? Items { get; set; }

    public SchemaNode? Contains { get; set; }

    public long? MinContains { get; set; }

    public long? MaxContains { get; set; }

    public long? MinItems { get; set; }

    public long? MaxItems { get; set; }

    public bool UniqueItems { get; set; }

    public long? MinLength { get; set; }

    public long? MaxLength { get; set; }

    public Regex? Pattern { get; set; }

    public string PatternText { get; set; } = "";

    public JsonNumber? Minimum { get; set; }

    public JsonNumber? Maximum { get; set; }

    public JsonNumber? ExclusiveMinimum { get; set; }

    public JsonNumber? ExclusiveMaximum { get; set; }

    public JsonNumber? MultipleOf { get; set; }

    /// <summary>The subschemas that look at the same value as this one.</summary>
    public IEnumerable<SchemaNode> InPlace
    {
        get
        {
            SchemaNode?[] single = [Ref, Not, If, Then, Else];
            return single.OfType<SchemaNode>().Concat(AllOf ?? []).Concat(AnyOf ?? []).Concat(OneOf ?? []);
        }
    }
}
