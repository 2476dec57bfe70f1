using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Command;

/// <summary>Reads what a program put out: <c>result.json</c> in its workspace, else its standard output.</summary>
internal static class CommandResult
{
    /// <summary>The file that goes before standard output.</summary>
    public const string FileName = "result.json";

    private const int QuotedCharacters = 200;

    /// <summary>The output.</summary>
    /// <exception cref="AttemptFailedException">It is missing, too large, not UTF-8 or not one JSON value.</exception>
    public static JsonElement Read(Workspace workspace, ReadOnlyMemory<byte> printed, CommandOutput output)
    {
        var path = Path.Combine(workspace.Folder, FileName);
        if (Exists(path))
            return Json(FileName, ProducedFiles.ReadBounded(path, FileName, AgentLimits.MaxOutputBytes, "16 MiB for an output"));
        return output == CommandOutput.Json ? Json("Standard output", printed) : Text(printed);
    }

    private static bool Exists(string path)
    {
        try
        {
            return Path.Exists(path) || FolderTree.IsLink(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The program took away the right to look into its workspace.
            throw Invalid($"Whether there is a {FileName} cannot be seen: {SafeText.Quote(exception.Message, 500)}", exception);
        }
    }

    private static JsonElement Text(ReadOnlyMemory<byte> printed)
    {
        CheckUtf8("Standard output", printed);
        var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("text", printed.Span);
            writer.WriteEndObject();
        }

        // Escaping can make it longer than what was printed.
        return json.Length <= AgentLimits.MaxOutputBytes
            ? JsonElement.Parse(json.ToArray())
            : throw Invalid($"The text as JSON has more than {AgentLimits.MaxOutputBytes} bytes.");
    }

    private static JsonElement Json(string name, ReadOnlyMemory<byte> utf8)
    {
        CheckUtf8(name, utf8);
        var json = utf8.Span.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8;
        if (json.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0)
            throw Invalid($"{name} is empty, where one JSON value was expected.");
        try
        {
            // Of two properties with one name, one reader would take the first and another the last.
            return JsonElement.Parse(json.Span, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException exception)
        {
            var place = exception.LineNumber is { } line ? $" at line {line + 1}, byte {exception.BytePositionInLine + 1}" : "";
            throw Invalid($"{name} is not one JSON value{place}. It begins: {Beginning(json.Span)}", exception);
        }
    }

    private static string Beginning(ReadOnlySpan<byte> utf8) =>
        SafeText.Quote(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 4 * QuotedCharacters)]), QuotedCharacters);

    private static void CheckUtf8(string name, ReadOnlyMemory<byte> bytes)
    {
        if (!Utf8.IsValid(bytes.Span))
            throw Invalid($"{name} is not UTF-8.");
    }

    private static AttemptFailedException Invalid(string message, Exception? inner = null) =>
        new(FailureKind.InvalidOutput, message, inner);
}
