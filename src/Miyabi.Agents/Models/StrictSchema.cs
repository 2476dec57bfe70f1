using System.Text.Json;
using System.Text.Json.Nodes;

namespace Miyabi.Agents.Models;

/// <summary>Says a JSON Schema in the part of it that structured outputs of all providers take.</summary>
/// <remarks>
/// That part: closed objects whose properties are all required, arrays of one kind of item, scalars, <c>enum</c>, <c>const</c>, <c>anyOf</c>. The result takes
/// every value that the schema takes, and may take more. It has at most <see cref="MaxCharacters"/>: a <c>$ref</c> stands for all that it leads to, so a few of them,
/// one through the other, would make gigabytes of a few kilobytes.
/// </remarks>
internal static class StrictSchema
{
    private const int MaxDepth = 5;
    private const int MaxProperties = 100;

    // About what a schema takes that says nothing but what it is.
    private const int BareCharacters = 20;

    /// <summary>The longest schema that is so said, in characters: what it repeats counts as often as it stands there.</summary>
    private const int MaxCharacters = 64 * 1024;

    private static readonly string[] Scalars = ["string", "number", "integer", "boolean", "null"];

    // Each of these decides together with what stands beside it: to leave it out would be wider, but a model needs to be told of it, so the prompt has to.
    private static readonly string[] Untold = ["allOf", "patternProperties", "prefixItems", "if", "dependentRequired", "propertyNames"];

    /// <summary>The schema so said; <see langword="null"/>: it cannot be.</summary>
    public static JsonObject? Of(JsonElement schema)
    {
        // The top must be an object for some providers; as a property of the answer it may be anything.
        var size = new Size();
        return Of(schema, schema, 0, size);
    }

    private static JsonObject? Of(JsonElement schema, JsonElement root, int depth, Size size)
    {
        if (schema.ValueKind != JsonValueKind.Object || depth > MaxDepth || Array.Exists(Untold, name => schema.TryGetProperty(name, out _)) || !size.Takes(BareCharacters))
            return null;
        if (schema.TryGetProperty("$ref", out var reference))
            return Follow(root, reference.GetString()!) is { } target ? Of(target, root, depth + 1, size) : null;
        var said = new JsonObject();
        if (schema.TryGetProperty("description", out var description) && description.ValueKind == JsonValueKind.String)
        {
            if (!size.Takes(description.GetRawText().Length))
                return null;
            said["description"] = description.GetString();
        }

        if (schema.TryGetProperty("enum", out var values))
            return AllScalar(values) && size.Takes(values.GetRawText().Length) ? With(said, "enum", JsonNode.Parse(values.GetRawText())!) : null;
        if (schema.TryGetProperty("const", out var value))
            return IsScalar(value) && size.Takes(value.GetRawText().Length) ? With(said, "enum", new JsonArray(JsonNode.Parse(value.GetRawText()))) : null;
        foreach (var name in new[] { "anyOf", "oneOf" })
        {
            if (schema.TryGetProperty(name, out var choices))
                return schema.TryGetProperty("type", out _) || schema.TryGetProperty("properties", out _) ? null : Choices(said, choices, root, depth, size);
        }

        if (!schema.TryGetProperty("type", out var type))
            return null;
        if (type.ValueKind == JsonValueKind.Array)
            return type.EnumerateArray().All(one => Scalars.Contains(one.GetString())) ? With(said, "type", JsonNode.Parse(type.GetRawText())!) : null;
        return type.GetString() switch
        {
            "object" => ObjectOf(said, schema, root, depth, size),
            "array" => schema.TryGetProperty("items", out var items) && Of(items, root, depth + 1, size) is { } item
                ? With(With(said, "type", "array"), "items", item)
                : null,
            var scalar => With(said, "type", scalar!),
        };
    }

    private static JsonObject? ObjectOf(JsonObject said, JsonElement schema, JsonElement root, int depth, Size size)
    {
        if (!schema.TryGetProperty("properties", out var given) || (schema.TryGetProperty("additionalProperties", out var more) && more.ValueKind != JsonValueKind.False))
            return null;
        var required = schema.TryGetProperty("required", out var names) ? names.EnumerateArray().Select(name => name.GetString()!).ToHashSet() : [];
        var fields = new JsonObject();
        foreach (var field in given.EnumerateObject())
        {
            // One that may be missing cannot be said: null in its place would be another value.
            if (!required.Remove(field.Name) || ++size.Properties > MaxProperties || !size.Takes(field.Name.Length) || Of(field.Value, root, depth + 1, size) is not { } inner)
                return null;
            fields[field.Name] = inner;
        }

        if (required.Count > 0)
            return null;
        said["type"] = "object";
        said["required"] = new JsonArray([.. fields.Select(field => (JsonNode)field.Key)]);
        said["properties"] = fields;
        said["additionalProperties"] = false;
        return said;
    }

    private static JsonObject? Choices(JsonObject said, JsonElement choices, JsonElement root, int depth, Size size)
    {
        var all = new JsonArray();
        foreach (var choice in choices.EnumerateArray())
        {
            if (Of(choice, root, depth + 1, size) is not { } one)
                return null;
            all.Add(one);
        }

        return With(said, "anyOf", all);
    }

    // The plan's reader has made sure that it leads somewhere.
    private static JsonElement? Follow(JsonElement root, string reference) =>
        reference.StartsWith("#/$defs/", StringComparison.Ordinal) && reference.LastIndexOf('/') == "#/$defs".Length
        && root.TryGetProperty("$defs", out var definitions) && definitions.TryGetProperty(reference["#/$defs/".Length..], out var found) ? found : null;

    private static bool AllScalar(JsonElement values) => values.GetArrayLength() > 0 && values.EnumerateArray().All(IsScalar);

    private static bool IsScalar(JsonElement value) => value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array);

    private static JsonObject With(JsonObject said, string name, JsonNode value)
    {
        said[name] = value;
        return said;
    }

    /// <summary>How large it has become so far.</summary>
    private sealed class Size
    {
        private int characters;

        public int Properties { get; set; }

        public bool Takes(int more) => (characters += more) <= MaxCharacters;
    }
}
