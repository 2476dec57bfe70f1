using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Models;

/// <summary>Reads a model's answer. It is hostile until proven: nothing is mended, and whatever is not as it was asked for fails the attempt.</summary>
internal static class ModelAnswer
{
    private const int QuotedCharacters = 200;

    /// <summary>Output and files of an answer. The schema, the paths and the sizes are still to be checked.</summary>
    /// <exception cref="ModelCallException">It is not what was asked for.</exception>
    public static AgentResult Read(string text, AnswerSchema schema)
    {
        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(json.RootElement, schema);
        }
        catch (JsonException e)
        {
            var place = e.LineNumber is { } line ? $" at line {line + 1}, byte {e.BytePositionInLine + 1}" : "";
            throw Invalid($"The answer is not one JSON object{place}. It begins: {SafeText.Quote(text, QuotedCharacters)}", e);
        }
        catch (InvalidOperationException e)
        {
            throw Invalid("The answer holds text that is not Unicode.", e);
        }
    }

    private static AgentResult Read(JsonElement answer, AnswerSchema schema)
    {
        if (answer.ValueKind != JsonValueKind.Object)
            throw Invalid($"The answer is {Named(answer)}, not an object.");
        foreach (var property in answer.EnumerateObject())
        {
            if (property.Name is not ("summary" or "files" or "notes") && !(property.Name == "data" && schema.HasData))
                throw Invalid($"The answer has the property '{SafeText.Quote(property.Name, QuotedCharacters)}', which nobody asked for.");
        }

        var summary = Text(answer, "summary", "the answer");
        if (string.IsNullOrWhiteSpace(summary))
            throw Invalid("The answer's \"summary\" is empty.");
        var notes = answer.TryGetProperty("notes", out var given) && given.ValueKind != JsonValueKind.Null ? Text(answer, "notes", "the answer") : null;
        return new AgentResult { Output = schema.HasData ? Data(answer, schema) : Words(summary, notes), Files = Files(answer) };
    }

    private static JsonElement Data(JsonElement answer, AnswerSchema schema)
    {
        if (!answer.TryGetProperty("data", out var data))
            throw Invalid("The answer has no \"data\", which the task's schema asks for.");
        if (!schema.DataIsText)
            return data.Clone();
        if (data.ValueKind != JsonValueKind.String)
            throw Invalid($"The answer's \"data\" is {Named(data)}, not a string that holds JSON.");
        try
        {
            return JsonElement.Parse(data.GetString()!, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            throw Invalid($"The text in the answer's \"data\" is not one JSON value. It begins: {SafeText.Quote(data.GetString()!, QuotedCharacters)}", e);
        }
    }

    private static JsonElement Words(string summary, string? notes)
    {
        var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("summary", summary);
            if (notes is not null)
                json.WriteString("notes", notes);
            json.WriteEndObject();
        }

        return JsonElement.Parse(bytes.ToArray());
    }

    private static ImmutableArray<AgentFile> Files(JsonElement answer)
    {
        if (!answer.TryGetProperty("files", out var files) || files.ValueKind != JsonValueKind.Array)
            throw Invalid("The answer has no list \"files\".");
        // Looked at again by the runner; here so that no more is made of it than is allowed.
        if (files.GetArrayLength() > AgentLimits.MaxFiles)
            throw Invalid($"The answer has {files.GetArrayLength()} files; {AgentLimits.MaxFiles} are allowed.");
        var read = ImmutableArray.CreateBuilder<AgentFile>(files.GetArrayLength());
        foreach (var file in files.EnumerateArray())
        {
            if (file.ValueKind != JsonValueKind.Object || file.EnumerateObject().Any(property => property.Name is not ("path" or "content")))
                throw Invalid("A file in the answer is not an object of \"path\" and \"content\".");
            var path = Text(file, "path", "a file in the answer");
            if (path.Split('/').Any(IsOfGit))
                throw Invalid($"The file '{SafeText.Quote(path, QuotedCharacters)}' is git's own: what stands there is carried out by whoever only looks at the folder with git.");
            read.Add(new AgentFile(path, Encoding.UTF8.GetBytes(Text(file, "content", "a file in the answer"))));
        }

        return read.MoveToImmutable();
    }

    // Some file systems take no account of case, or of characters that are not seen.
    private static bool IsOfGit(string name) =>
        string.Concat(name.Where(letter => char.GetUnicodeCategory(letter) != UnicodeCategory.Format)).Equals(".git", StringComparison.OrdinalIgnoreCase);

    private static string Text(JsonElement owner, string name, string what) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw Invalid($"In {what}, \"{name}\" is {(value.ValueKind == JsonValueKind.Undefined ? "missing" : $"{Named(value)}, not a string")}.");

    private static string Named(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    private static ModelCallException Invalid(string message, Exception? inner = null) => new(FailureKind.InvalidOutput, message, inner: inner);
}
