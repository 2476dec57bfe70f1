using System.Text.Json;
using System.Text.RegularExpressions;
using Miyabi.Core.Json;

namespace Miyabi.Core.Schemas;

/// <summary>Reads the keywords of a schema and of all its subschemas, and says everything that is wrong with them.</summary>
internal sealed class SchemaCompiler
{
    private const int MaxDivisorDigits = 30;

    private readonly Dictionary<JsonTree, SchemaNode> _nodes = [];
    private readonly List<(SchemaNode From, JsonTree Ref)> _refs = [];
    private readonly List<(JsonTree Place, string Message)> _errors = [];
    private readonly JsonTree _root;

    private SchemaCompiler(JsonTree root) => _root = root;

    /// <summary>The schema, unless there are errors.</summary>
    public static (SchemaNode? Schema, IReadOnlyList<(JsonTree Place, string Message)> Errors) Compile(JsonTree root)
    {
        var compiler = new SchemaCompiler(root);
        var schema = compiler.Schema(root);
        foreach (var (from, reference) in compiler._refs)
            from.Ref = compiler.Resolve(reference);
        if (compiler._errors.Count == 0)
            compiler._errors.AddRange(SchemaDepth.Check(compiler._nodes.Values));
        return (compiler._errors.Count == 0 ? schema : null, compiler._errors);
    }

    private SchemaNode Schema(JsonTree place)
    {
        var node = new SchemaNode(place);
        _nodes.Add(place, node);
        if (place.Kind is JsonValueKind.True or JsonValueKind.False)
            node.Always = place.Kind == JsonValueKind.True;
        else if (place.Kind != JsonValueKind.Object)
            Error(place, $"A schema is an object, true or false, not {place.KindName}.");
        else
            foreach (var keyword in place.Children)
                Keyword(node, keyword);
        return node;
    }

    private void Keyword(SchemaNode node, JsonTree value)
    {
        switch (value.Name)
        {
            case "$schema":
                if (value.Text != SchemaKeywords.Dialect)
                    Error(value, $"$schema must be '{SchemaKeywords.Dialect}'.");
                break;
            case "$ref":
                if (Expect(value, JsonValueKind.String, "a string"))
                    _refs.Add((node, value));
                break;
            case "$defs": SchemaMap(value); break;
            case "type": node.Types = TypeSet(value); break;
            case "enum": node.Enum = Array(value, atLeast: 0)?.Children.ToHashSet(JsonEquality.Instance); break;
            case "const": node.Const = value; break;
            case "allOf": node.AllOf = SchemaList(value); break;
            case "anyOf": node.AnyOf = SchemaList(value); break;
            case "oneOf": node.OneOf = SchemaList(value); break;
            case "not": node.Not = Schema(value); break;
            case "if": node.If = Schema(value); break;
            case "then": node.Then = Schema(value); break;
            case "else": node.Else = Schema(value); break;
            case "properties": node.Properties = SchemaMap(value); break;
            case "patternProperties":
                node.PatternProperties = [.. SchemaMap(value).Select(pair => (pair.Key, Pattern(value.Find(pair.Key)!, pair.Key), pair.Value))];
                break;
            case "additionalProperties": node.AdditionalProperties = Schema(value); break;
            case "propertyNames": node.PropertyNames = Schema(value); break;
            case "required": node.Required = NameList(value); break;
            case "dependentRequired":
                if (Expect(value, JsonValueKind.Object, "an object"))
                    node.DependentRequired = value.Children.ToDictionary(child => child.Name!, NameList);
                break;
            case "minProperties": node.MinProperties = Count(value); break;
            case "maxProperties": node.MaxProperties = Count(value); break;
            case "prefixItems": node.PrefixItems = SchemaList(value); break;
            case "items": node.Items = Schema(value); break;
            case "contains": node.Contains = Schema(value); break;
            case "minContains": node.MinContains = Count(value); break;
            case "maxContains": node.MaxContains = Count(value); break;
            case "minItems": node.MinItems = Count(value); break;
            case "maxItems": node.MaxItems = Count(value); break;
            case "uniqueItems":
                if (value.Kind is not (JsonValueKind.True or JsonValueKind.False))
                    Error(value, $"uniqueItems must be true or false, not {value.KindName}.");
                node.UniqueItems = value.Kind == JsonValueKind.True;
                break;
            case "minLength": node.MinLength = Count(value); break;
            case "maxLength": node.MaxLength = Count(value); break;
            case "pattern":
                if (Expect(value, JsonValueKind.String, "a string"))
                    (node.Pattern, node.PatternText) = (Pattern(value, value.Text), value.Text);
                break;
            case "minimum": node.Minimum = Number(value); break;
            case "maximum": node.Maximum = Number(value); break;
            case "exclusiveMinimum": node.ExclusiveMinimum = Number(value); break;
            case "exclusiveMaximum": node.ExclusiveMaximum = Number(value); break;
            case "multipleOf": node.MultipleOf = Divisor(value); break;
            case var annotation when SchemaKeywords.Annotations.Contains(annotation!): break;
            default: Error(value, Unknown(value.Name!)); break;
        }
    }

    private static string Unknown(string keyword) =>
        $"The keyword '{JsonTree.Shown(keyword)}' is not supported" +
        (NearestName.Of(keyword, SchemaKeywords.All) is { } near ? $"; did you mean '{near}'?" : ".");

    private HashSet<string>? TypeSet(JsonTree value)
    {
        IReadOnlyList<JsonTree> names = value.Kind == JsonValueKind.Array ? value.Children : [value];
        if (names.Count == 0)
            Error(value, "type must name at least one type.");
        var types = new HashSet<string>();
        foreach (var name in names)
        {
            if (name.Kind != JsonValueKind.String || !SchemaKeywords.Types.Contains(name.Text))
                Error(name, $"This is no type; the types are {string.Join(", ", SchemaKeywords.Types)}.");
            else if (!types.Add(name.Text))
                Error(name, $"'{name.Text}' is here twice.");
        }

        return types;
    }

    private List<SchemaNode>? SchemaList(JsonTree value) => Array(value, atLeast: 1)?.Children.Select(Schema).ToList();

    private Dictionary<string, SchemaNode> SchemaMap(JsonTree value) =>
        Expect(value, JsonValueKind.Object, "an object") ? value.Children.ToDictionary(child => child.Name!, Schema) : [];

    private IReadOnlyList<string> NameList(JsonTree value)
    {
        var names = new HashSet<string>();
        foreach (var name in Array(value, atLeast: 0)?.Children ?? [])
        {
            if (Expect(name, JsonValueKind.String, "a string") && !names.Add(name.Text))
                Error(name, $"'{JsonTree.Shown(name.Text)}' is here twice.");
        }

        return [.. names];
    }

    private long? Count(JsonTree value)
    {
        if (value.Kind != JsonValueKind.Number || !JsonNumber.Parse(value.Text).TryToInt64(out var count) || count < 0)
        {
            Error(value, $"{value.Name} must be a whole number, 0 or more.");
            return null;
        }

        return count;
    }

    private JsonNumber? Number(JsonTree value) => Expect(value, JsonValueKind.Number, "a number") ? JsonNumber.Parse(value.Text) : null;

    private JsonNumber? Divisor(JsonTree value)
    {
        if (Number(value) is not { } divisor)
            return null;
        if (divisor.Sign <= 0)
            Error(value, "multipleOf must be more than 0.");
        else if (divisor.Digits.Length > MaxDivisorDigits)
            Error(value, $"multipleOf may have {MaxDivisorDigits} digits.");
        return divisor;
    }

    private Regex Pattern(JsonTree place, string pattern)
    {
        var (regex, why) = EcmaPattern.Read(pattern);
        if (why is not null)
            Error(place, $"The pattern '{JsonTree.Shown(pattern)}' {JsonTree.Shown(why)}.");
        return regex ?? Nothing;
    }

    private static readonly Regex Nothing =
        new("[^\\s\\S]", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, EcmaPattern.MatchTimeout);

    private SchemaNode? Resolve(JsonTree reference)
    {
        var at = Follow(reference.Text);
        if (at is null)
            Error(reference, $"'{JsonTree.Shown(reference.Text)}' leads nowhere: a $ref is '#' or '#/$defs/NAME' of this schema.");
        else if (!_nodes.ContainsKey(at))
            Error(reference, $"What '{JsonTree.Shown(reference.Text)}' leads to is no schema.");
        return at is null ? null : _nodes.GetValueOrDefault(at);
    }

    private JsonTree? Follow(string reference)
    {
        if (reference == "#")
            return _root;
        if (!reference.StartsWith("#/$defs/", StringComparison.Ordinal))
            return null;
        JsonTree? at = _root;
        foreach (var step in Uri.UnescapeDataString(reference[2..]).Split('/'))
        {
            var name = step.Replace("~1", "/").Replace("~0", "~");
            at = at?.Kind switch
            {
                JsonValueKind.Object => at.Find(name),
                JsonValueKind.Array when int.TryParse(name, out var index) && index >= 0 && index < at.Children.Count => at.Children[index],
                _ => null,
            };
        }

        return at;
    }

    private JsonTree? Array(JsonTree value, int atLeast)
    {
        if (!Expect(value, JsonValueKind.Array, "an array"))
            return null;
        if (value.Children.Count < atLeast)
            Error(value, $"{value.Name} must not be empty.");
        return value;
    }

    private bool Expect(JsonTree value, JsonValueKind kind, string expected)
    {
        if (value.Kind == kind)
            return true;
        Error(value, $"This must be {expected}, not {value.KindName}.");
        return false;
    }

    private void Error(JsonTree place, string message) => _errors.Add((place, message));
}
