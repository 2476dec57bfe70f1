using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Miyabi.Core.Schemas;

namespace Miyabi.Web.Tests.Hosting;

/// <summary>The description of the API, as it is served.</summary>
internal static class Description
{
    internal static readonly JsonObject Document = JsonNode.Parse(ReadText())!.AsObject();

    private static readonly string Components = Document["components"]!["schemas"]!.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);
    private static readonly ConcurrentDictionary<string, OutputSchema> Schemas = new(StringComparer.Ordinal);

    internal static readonly IReadOnlyList<Operation> Operations =
    [
        .. from path in Document["paths"]!.AsObject()
           from method in path.Value!.AsObject()
           select new Operation(method.Key.ToUpperInvariant(), path.Key, method.Value!.AsObject()),
    ];

    /// <summary>The operation that a request is; <see langword="null"/>: none.</summary>
    internal static Operation? OperationOf(string method, string path) => Operations
        .Where(operation => operation.Method == method && operation.IsAt(path)).OrderBy(operation => operation.Path.Contains("{path}", StringComparison.Ordinal)).FirstOrDefault();

    /// <summary>What of a JSON text is not what a schema says.</summary>
    internal static IEnumerable<string> Violations(JsonNode schema, byte[] json)
    {
        var text = schema.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);
        var compiled = Schemas.GetOrAdd(text, _ => Compile(text));
        using var document = JsonDocument.Parse(json);
        return compiled.Validate(document.RootElement).Select(violation => $"{violation.Path}: {violation.Message}");
    }

    private static OutputSchema Compile(string schema)
    {
        // Others must bear properties of later versions; here, one that is answered and not described is a mistake.
        var whole = JsonNode.Parse($$"""{ "allOf": [ {{schema}} ], "$defs": {{Components}} }""")!;
        Close(whole);
        using var document = JsonDocument.Parse(whole.ToJsonString());
        var reading = OutputSchema.Read(document.RootElement);
        Assert.Empty(reading.Errors);
        return reading.Schema!;
    }

    private static void Close(JsonNode? node)
    {
        if (node is JsonObject { } schema)
        {
            foreach (var (_, child) in schema)
                Close(child);
            if (schema["properties"] is JsonObject && schema["type"] is JsonValue)
                schema["additionalProperties"] ??= false;
        }
        else if (node is JsonArray items)
        {
            foreach (var item in items)
                Close(item);
        }
    }

    private static string ReadText()
    {
        using var resource = typeof(ApiHandlers).Assembly.GetManifestResourceStream("Miyabi.Web.openapi.json")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}

/// <summary>An operation of it.</summary>
internal sealed class Operation(string method, string path, JsonObject description)
{
    private readonly TemplateMatcher matcher = new(TemplateParser.Parse("api" + path.Replace("{path}", "{*path}", StringComparison.Ordinal)), []);

    internal string Method => method;

    internal string Path => path;

    internal string Id => description["operationId"]!.GetValue<string>();

    internal IEnumerable<string> Statuses => description["responses"]!.AsObject().Select(response => response.Key).Where(status => status != "default");

    internal bool IsAt(string requested) => matcher.TryMatch(requested, new RouteValueDictionary());

    internal void Check(string status, string? type, byte[]? body, string requested)
    {
        var responses = description["responses"]!.AsObject();
        status = status == "500" ? "default" : status;
        Assert.True(responses.ContainsKey(status), $"{method} {requested} was answered with {status}, of which the description does not speak.");
        var content = responses[status]!["content"]?.AsObject();
        if (content is null)
        {
            Assert.Empty(body ?? []);
            return;
        }

        Assert.True(type is not null && content.ContainsKey(type), $"{method} {requested} {status} came as {type}, of which the description does not speak.");
        if (body is null || content[type]!["schema"] is not { } schema || type == "application/octet-stream")
            return;
        var violations = Description.Violations(schema, body).ToList();
        Assert.True(violations.Count == 0, $"{method} {requested} {status}: {string.Join('\n', violations)}\n{System.Text.Encoding.UTF8.GetString(body)}");
    }
}
