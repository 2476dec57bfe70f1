using System.Collections.Immutable;
using System.Text.Json;

namespace Miyabi.Core.Schemas;

/// <summary>A JSON Schema 2020-12 made of a listed set of keywords, which checks an agent's output.</summary>
public sealed class OutputSchema
{
    /// <summary>Reads a schema; a keyword that is not supported is an error, never ignored.</summary>
    public static SchemaReading Read(JsonElement schema) => throw new NotSupportedException("to come");

    /// <summary>Every violation (at most 20), empty when the value is valid.</summary>
    public ImmutableArray<SchemaViolation> Validate(JsonElement value) => throw new NotSupportedException("to come");
}

/// <summary>A schema, or what is wrong with it (at JSON paths inside the schema).</summary>
public sealed record SchemaReading(OutputSchema? Schema, ImmutableArray<SchemaViolation> Errors);

/// <summary>A place (JSON path, <c>$</c> is the root) and what is wrong there.</summary>
public sealed record SchemaViolation(string Path, string Message);
