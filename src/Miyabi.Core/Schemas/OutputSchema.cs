using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using Miyabi.Core.Json;

namespace Miyabi.Core.Schemas;

/// <summary>A JSON Schema 2020-12 made of a listed set of keywords, which checks an agent's output.</summary>
/// <remarks>
/// The keywords: <c>type enum const properties required additionalProperties patternProperties propertyNames minProperties maxProperties
/// dependentRequired items prefixItems contains minContains maxContains minItems maxItems uniqueItems minLength maxLength pattern
/// minimum maximum
/// exclusiveMinimum exclusiveMaximum multipleOf allOf anyOf oneOf not if then else $defs $ref</c> (to <c>#</c> or below <c>#/$defs/</c>).
/// <c>$schema title description default examples $comment deprecated readOnly writeOnly format</c> are accepted and decide nothing.
/// Numbers are compared exactly, lengths are in code points. Patterns are ECMAScript's without look-around and back-references.
/// Work is bounded: a value that takes more than 10,000,000 steps, is nested deeper than 64 or has more than 1,000,000 values in it is
/// not valid; so is one with which the patterns take more than 5 s.
/// </remarks>
public sealed class OutputSchema
{
    /// <summary>The longest schema, as JSON text: 256 KiB.</summary>
    public const int MaxBytes = 256 * 1024;

    private readonly SchemaNode _root;

    private OutputSchema(SchemaNode root) => _root = root;

    /// <summary>Reads a schema; a keyword that is not supported is an error, never ignored.</summary>
    public static SchemaReading Read(JsonElement schema)
    {
        var (tree, violations) = Tree(schema);
        if (tree is null || violations.Length > 0)
            return new(null, violations);
        var (read, errors) = Read(tree);
        return new(read, [.. errors.Select(error => new SchemaViolation(error.Place.Path, error.Message))]);
    }

    /// <summary>Every violation (at most 20), empty when the value is valid.</summary>
    /// <param name="value">The value.</param>
    /// <param name="clock">Bounds what all patterns take together, to 5 s and the match that is under way then; <see langword="null"/>: each match has a bound, all together have none.</param>
    public ImmutableArray<SchemaViolation> Validate(JsonElement value, TimeProvider? clock = null)
    {
        var (tree, violations) = Tree(value);
        return tree is null || violations.Length > 0 ? violations : SchemaCheck.Run(_root, tree, clock);
    }

    /// <summary>Reads a schema where it stands in a file.</summary>
    internal static (OutputSchema? Schema, IReadOnlyList<(JsonTree Place, string Message)> Errors) Read(JsonTree schema)
    {
        if (schema.End - schema.Offset > MaxBytes)
            return (null, [(schema, $"A schema has at most {MaxBytes / 1024} KiB.")]);
        var (root, errors) = SchemaCompiler.Compile(schema);
        return (root is null ? null : new OutputSchema(root), errors);
    }

    private static (JsonTree? Tree, ImmutableArray<SchemaViolation> Violations) Tree(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Undefined)
            return (null, [new("$", "There is no value.")]);
        var (tree, errors) = JsonTreeReader.Read(JsonMarshal.GetRawUtf8Value(element));
        return (tree, [.. errors.Take(20).Select(error => new SchemaViolation(error.Path, error.Message))]);
    }
}

/// <summary>A schema, or what is wrong with it (at JSON paths inside the schema).</summary>
public sealed record SchemaReading(OutputSchema? Schema, ImmutableArray<SchemaViolation> Errors);

/// <summary>A place (JSON path, <c>$</c> is the root) and what is wrong there.</summary>
public sealed record SchemaViolation(string Path, string Message);
