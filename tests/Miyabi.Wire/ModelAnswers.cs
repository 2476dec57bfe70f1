using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Miyabi.Wire;

/// <summary>What the model of a wire server answers: made from the call alone, as a model that does what it is told would.</summary>
public static partial class ModelAnswers
{
    /// <summary>Names the task and the data that it was shown, makes a file for each glob, and has data by the schema.</summary>
    public static string Obedient(WireRequest request)
    {
        var answer = new JsonObject
        {
            ["summary"] = $"Did {TaskOf(request)} with {string.Join(", ", DataOf(request))}.",
            ["files"] = new JsonArray([.. GlobsOf(request).Select(FileFor)]),
        };
        if (request.Schema.ValueKind == JsonValueKind.Object && request.Schema.GetProperty("properties").TryGetProperty("data", out var data))
            answer["data"] = Sample(data);
        answer["notes"] = null;
        return answer.ToJsonString();
    }

    /// <summary>The task's id.</summary>
    public static string TaskOf(WireRequest request) => TaskLine().Match(request.Message) is { Success: true } found ? found.Groups["id"].Value : "nothing";

    /// <summary>Whose results were shown.</summary>
    public static IReadOnlyList<string> DataOf(WireRequest request) => [.. DataLine().Matches(request.Message).Select(found => found.Groups["id"].Value)];

    private static IEnumerable<string> GlobsOf(WireRequest request)
    {
        var from = request.Message.IndexOf("# Files that you may write\n", StringComparison.Ordinal);
        return from < 0 ? [] : request.Message[from..].Split('\n').Skip(1).TakeWhile(line => line.StartsWith("- ", StringComparison.Ordinal)).Select(line => line[2..]);
    }

    private static JsonNode FileFor(string glob)
    {
        var path = glob.Replace("**", "made.txt").Replace("*", "made").Replace('?', 'x');
        return new JsonObject { ["path"] = path, ["content"] = $"Made for {glob}\n" };
    }

    private static JsonNode? Sample(JsonElement schema)
    {
        if (schema.TryGetProperty("enum", out var values))
            return JsonNode.Parse(values[0].GetRawText());
        if (schema.TryGetProperty("anyOf", out var choices))
            return Sample(choices[0]);
        return (schema.GetProperty("type") is { ValueKind: JsonValueKind.Array } types ? types[0] : schema.GetProperty("type")).GetString() switch
        {
            "object" => new JsonObject(schema.GetProperty("properties").EnumerateObject().Select(field => KeyValuePair.Create(field.Name, Sample(field.Value)))),
            "array" => new JsonArray(Sample(schema.GetProperty("items"))),
            "integer" or "number" => 1,
            "boolean" => true,
            "null" => null,
            _ => "a text",
        };
    }

    [GeneratedRegex(@"^# Task\n(?<id>[^:\n]+):", RegexOptions.Multiline, 10_000)]
    private static partial Regex TaskLine();

    [GeneratedRegex(@"^BEGIN DATA [0-9a-f]{32}: result of task (?<id>[^,\n]+)", RegexOptions.Multiline, 10_000)]
    private static partial Regex DataLine();
}
