using System.Text.Json;
using System.Text.Json.Nodes;
using Miyabi.Core.Schemas;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>Checks what commands print against schemas/cli.</summary>
internal static class PublishedSchema
{
    /// <summary>Parses it, after seeing that it is what the schema says and that the schema speaks of every property.</summary>
    public static JsonElement Check(string contract, string json)
    {
        using var document = JsonDocument.Parse(json);
        var violations = Load(contract).Validate(document.RootElement);
        Assert.True(violations.IsEmpty, string.Join('\n', violations) + "\n" + json);
        return document.RootElement.Clone();
    }

    private static OutputSchema Load(string contract)
    {
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "schemas", "cli", $"{contract}.schema.json")))!.AsObject();

        // The identifier is for others: a task's own schema has none.
        Assert.True(schema.Remove("$id"));
        Close(schema);
        using var document = JsonDocument.Parse(schema.ToJsonString());
        var reading = OutputSchema.Read(document.RootElement);
        Assert.Empty(reading.Errors);
        return reading.Schema!;
    }

    // Others must bear properties of later versions; here, one that is printed and not described is a mistake.
    private static void Close(JsonNode? node)
    {
        if (node is JsonObject { } schema)
        {
            foreach (var (_, child) in schema)
                Close(child);
            if (schema["properties"] is JsonObject && schema["type"] is JsonValue)
                schema["additionalProperties"] = false;
        }
        else if (node is JsonArray items)
        {
            foreach (var item in items)
                Close(item);
        }
    }
}
