using System.Collections.Immutable;
using System.Text.Json;

namespace Miyabi.Cli.Remote;

/// <summary>An RFC 9457 problem, as far as it is told to a person: every line of it is safe to show and bounded.</summary>
/// <param name="Type">Which problem it is; to compare, not to show.</param>
/// <param name="Text">What is wrong; empty where it does not say.</param>
/// <param name="Errors">What is wrong in detail, a line each.</param>
internal sealed record RemoteProblem(string Type, string Text, ImmutableArray<string> Errors)
{
    private const int MaxErrors = 100;
    private const int MaxCharacters = 2_000;

    private static readonly RemoteProblem None = new("", "", []);

    /// <summary>Whether it names a document: a decision that was written down all the same.</summary>
    internal bool NamesDocument { get; private init; }

    /// <summary>Whether it is a problem of the app's own of this name.</summary>
    internal bool Is(string name) => Type == $"urn:miyabi:problem:{name}";

    /// <summary>Reads a problem; what is none says nothing.</summary>
    internal static RemoteProblem Of(RemoteAnswer answer)
    {
        if (!answer.IsJson)
            return None;
        try
        {
            using var json = JsonDocument.Parse(answer.Content, new JsonDocumentOptions { MaxDepth = 16 });
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return None;
            var text = Property(json.RootElement, "detail") is { Length: > 0 } detail ? detail : Property(json.RootElement, "title");
            return new RemoteProblem(Property(json.RootElement, "type"), text, Listed(json.RootElement)) { NamesDocument = Property(json.RootElement, "document").Length > 0 };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return None;
        }
    }

    private static ImmutableArray<string> Listed(JsonElement problem) =>
        problem.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
            ? [.. errors.EnumerateArray().Take(MaxErrors).Select(Line).Where(line => line.Length > 0)]
            : [];

    // As PlanFile shows an error of a plan, so that it reads the same wherever it was found.
    private static string Line(JsonElement error)
    {
        if (error.ValueKind == JsonValueKind.String)
            return Bounded(error.GetString()!);
        if (error.ValueKind != JsonValueKind.Object)
            return "";
        var text = $"{Property(error, "message")} {Property(error, "cure")}".Trim();
        return Property(error, "path") is { Length: > 0 } path ? $"{path}: {text}" : text;
    }

    private static string Property(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Bounded(value.GetString()!) : "";

    private static string Bounded(string text) => Printable.Text(text.Length <= MaxCharacters ? text : text[..MaxCharacters]);
}
