using Miyabi.Core.Json;

namespace Miyabi.Core.Schemas;

/// <summary>Finds schemas that would be checked without end, or too deep: chains of subschemas that all look at the same value.</summary>
internal static class SchemaDepth
{
    /// <summary>The longest chain of subschemas that look at the same value.</summary>
    private const int MaxChain = 32;

    /// <summary>At most one error: the first place found.</summary>
    public static IEnumerable<(JsonTree Place, string Message)> Check(IEnumerable<SchemaNode> schemas)
    {
        var heights = new Dictionary<SchemaNode, int>();
        foreach (var schema in schemas)
        {
            if (Height(schema, heights, []) is { } error)
                return [error];
        }

        return [];
    }

    private static (JsonTree Place, string Message)? Height(
        SchemaNode schema, Dictionary<SchemaNode, int> heights, HashSet<SchemaNode> open)
    {
        if (heights.ContainsKey(schema))
            return null;
        if (!open.Add(schema))
            return (schema.Place, "This schema leads back to itself without looking at anything in between.");
        if (open.Count > MaxChain)
            return (schema.Place, $"More than {MaxChain} schemas in a row look at the same value.");
        var height = 1;
        foreach (var next in schema.InPlace)
        {
            if (Height(next, heights, open) is { } error)
                return error;
            height = Math.Max(height, heights[next] + 1);
        }

        open.Remove(schema);
        heights.Add(schema, height);
        return height > MaxChain ? (schema.Place, $"More than {MaxChain} schemas in a row look at the same value.") : null;
    }
}
