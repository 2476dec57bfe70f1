using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Models;

/// <summary>A piece of data that a prompt may show: its content is another's.</summary>
/// <param name="Name">What it is, on one line; a file's path in it is the other's, and was checked to be a path.</param>
/// <param name="Bytes">How long its content is.</param>
/// <param name="ReadAsync">Reads the content.</param>
internal sealed record PromptData(string Name, long Bytes, Func<CancellationToken, Task<ReadOnlyMemory<byte>>> ReadAsync)
{
    /// <summary>All that a request has, what matters most first: findings, the newest first; outputs and then files, in the order of the dependencies.</summary>
    public static IEnumerable<PromptData> Of(AgentRequest request)
    {
        for (var i = request.Findings.Length - 1; i >= 0; i--)
        {
            var finding = request.Findings[i];
            yield return Text(finding.Check is null ? $"why answer {i + 1} to this task was not accepted" : $"what {finding.Origin} of this task found wrong ({i + 1})", finding.Text);
        }

        foreach (var input in request.Inputs)
            yield return Json($"result of task {input.TaskId}", input.Output);
        foreach (var input in request.Inputs)
        {
            foreach (var file in input.Files)
                yield return new PromptData($"file {file.Path} of task {input.TaskId}", file.Bytes, token => request.ReadArtifactAsync(file.Sha256, token));
        }
    }

    /// <summary>The content, or the first bytes of it, as text; <see langword="null"/>: it is none.</summary>
    /// <param name="room">Bytes that it may have.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<string?> ReadTextAsync(long room, CancellationToken cancellationToken)
    {
        var content = await ReadAsync(cancellationToken);
        if (!Utf8.IsValid(content.Span) || content.Span.Contains((byte)0))
            return null;
        return Encoding.UTF8.GetString(content.Span[..Cut(content.Span, room)]);
    }

    // Never in the middle of a character.
    private static int Cut(ReadOnlySpan<byte> text, long room)
    {
        if (text.Length <= room)
            return text.Length;
        var end = (int)room;
        while (end > 0 && (text[end] & 0xC0) == 0x80)
            end--;
        return end;
    }

    // Without the layout of the document that it stands in, which takes room and tells nothing.
    private static PromptData Json(string name, JsonElement value)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            value.WriteTo(json);
        return new PromptData(name, bytes.WrittenCount, _ => Task.FromResult(bytes.WrittenMemory));
    }

    private static PromptData Text(string name, string text)
    {
        // A lone half of a surrogate pair has no UTF-8; it is shown as the replacement character.
        var bytes = Encoding.UTF8.GetBytes(text);
        return new PromptData(name, bytes.Length, _ => Task.FromResult<ReadOnlyMemory<byte>>(bytes));
    }
}
