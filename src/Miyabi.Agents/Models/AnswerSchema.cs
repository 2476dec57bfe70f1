using System.Text.Json;
using System.Text.Json.Nodes;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Models;

/// <summary>The form of a task's answer, for a provider's structured output: <c>{ summary, files, data?, notes }</c>.</summary>
/// <remarks>
/// Providers take a part of JSON Schema only. What a task's <c>outputSchema</c> says beyond it is left out where that makes the form wider; where it cannot be
/// left out, <c>data</c> is asked for as a text that holds the JSON. Either way the whole of <c>outputSchema</c> is checked here when the answer has come.
/// </remarks>
internal sealed class AnswerSchema
{
    private AnswerSchema(JsonElement json, bool hasData, bool dataIsText) => (Json, HasData, DataIsText) = (json, hasData, dataIsText);

    /// <summary>As JSON Schema: every object closed, every property required.</summary>
    public JsonElement Json { get; }

    /// <summary>Whether there is <c>data</c>: the task has an <c>outputSchema</c>.</summary>
    public bool HasData { get; }

    /// <summary>Whether <c>data</c> is a text that holds JSON.</summary>
    public bool DataIsText { get; }

    /// <summary>The form for a task.</summary>
    public static AnswerSchema Of(PlanTask task)
    {
        var properties = new JsonObject
        {
            ["summary"] = Type("string"),
            ["files"] = new JsonObject { ["type"] = "array", ["items"] = Closed(new JsonObject { ["path"] = Type("string"), ["content"] = Type("string") }) },
        };
        var dataIsText = false;
        if (task.OutputSchema is { } text)
        {
            using var schema = JsonDocument.Parse(text);
            var data = StrictSchema.Of(schema.RootElement);
            dataIsText = data is null;
            properties["data"] = data ?? Type("string");
        }

        properties["notes"] = new JsonObject { ["type"] = new JsonArray("string", "null") };
        return new AnswerSchema(JsonElement.Parse(Closed(properties).ToJsonString()), task.OutputSchema is not null, dataIsText);
    }

    private static JsonObject Type(string type) => new() { ["type"] = type };

    private static JsonObject Closed(JsonObject properties) => new()
    {
        ["type"] = "object",
        ["properties"] = properties,
        ["required"] = new JsonArray([.. properties.Select(property => (JsonNode)property.Key)]),
        ["additionalProperties"] = false,
    };
}
