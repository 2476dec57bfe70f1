using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Miyabi.Core.Json;

/// <summary>What is wrong with a text as JSON.</summary>
/// <param name="Code">A stable name.</param>
/// <param name="Path">The place as a JSON path.</param>
/// <param name="Offset">The place in bytes.</param>
/// <param name="Message">What is wrong, in a sentence.</param>
/// <param name="Cure">What to do, in a sentence.</param>
internal sealed record JsonTreeError(string Code, string Path, int Offset, string Message, string Cure);

/// <summary>Reads strict JSON into a <see cref="JsonTree"/>: no comments, no name twice, no half characters. Never throws for any
/// bytes.</summary>
internal sealed class JsonTreeReader
{
    /// <summary>How deep arrays and objects may lie in each other.</summary>
    public const int MaxDepth = 64;

    /// <summary>Values in a file: each takes memory many times its bytes.</summary>
    public const int MaxValues = 1_000_000;

    private const int MaxErrors = 1000;

    private readonly List<JsonTreeError> _errors = [];
    private JsonTree? _at;
    private int _values;

    private JsonTreeReader()
    {
    }

    /// <summary>The tree, unless the text is no JSON at all; and what is wrong with it.</summary>
    /// <param name="utf8">The text, without a byte order mark.</param>
    public static (JsonTree? Root, IReadOnlyList<JsonTreeError> Errors) Read(ReadOnlySpan<byte> utf8)
    {
        if (FirstInvalid(utf8) is { } invalid)
            return (null, [new("invalidUtf8", "$", invalid, "This is not UTF-8.", "Save the file as UTF-8.")]);
        if (utf8.Trim(" \t\r\n"u8).IsEmpty)
            return (null, [new("syntax", "$", 0, "There is nothing here.", "Write one JSON object.")]);

        var reading = new JsonTreeReader();
        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            var root = reading.ReadValue(ref reader, null, null, 0);

            // Makes the reader look at what follows: it accepts white space only.
            reader.Read();
            return (root, reading._errors);
        }
        catch (JsonException e)
        {
            return (null, [reading.Syntax(utf8, e)]);
        }
    }

    private JsonTree ReadValue(ref Utf8JsonReader reader, JsonTree? parent, string? name, int nameOffset)
    {
        var offset = (int)reader.TokenStartIndex;
        if (++_values > MaxValues)
            throw new JsonException($"There are more than {MaxValues:N0} values.", null, null, null);
        var text = reader.TokenType switch
        {
            JsonTokenType.String => ReadText(ref reader),
            JsonTokenType.Number => Encoding.ASCII.GetString(reader.ValueSpan),
            _ => "",
        };
        var node = new JsonTree(parent, name, name is null ? offset : nameOffset, offset, KindOf(reader.TokenType)) { Text = text ?? "" };
        if (text is null)
            Add("invalidText", node.Path, offset, "This string has half a character (a lone surrogate).", "Write the whole character.");
        parent?.Add(node);
        _at = node;
        if (reader.TokenType == JsonTokenType.StartArray)
            ReadItems(ref reader, node);
        else if (reader.TokenType == JsonTokenType.StartObject)
            ReadMembers(ref reader, node);
        node.End = (int)reader.BytesConsumed;
        _at = parent;
        return node;
    }

    private void ReadItems(ref Utf8JsonReader reader, JsonTree array)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            ReadValue(ref reader, array, null, 0);
    }

    private void ReadMembers(ref Utf8JsonReader reader, JsonTree node)
    {
        var names = new HashSet<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var offset = (int)reader.TokenStartIndex;
            var name = ReadText(ref reader);
            var first = name is not null && names.Add(name);
            if (name is null)
                Add("invalidText", node.Path, offset, "This name has half a character (a lone surrogate).", "Write the whole character.");
            else if (!first)
                Add(
                    "duplicateField", node.Path + JsonTree.Step(name), offset,
                    $"'{JsonTree.Shown(name)}' is here twice.", "Keep one of them.");
            reader.Read();

            // What is here a second time is read for its own errors, but belongs to nothing.
            var owner = first ? node : new JsonTree(node.Parent, node.Name, 0, 0, JsonValueKind.Object) { Index = node.Index };
            ReadValue(ref reader, owner, name ?? "", offset);
            _at = node;
        }
    }

    private static string? ReadText(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private JsonTreeError Syntax(ReadOnlySpan<byte> utf8, JsonException e)
    {
        if (_values > MaxValues)
            return new("tooManyValues", "$", 0, e.Message, "Split the plan into several.");
        var offset = 0;
        for (var line = e.LineNumber ?? 0; line > 0 && utf8[offset..].IndexOf((byte)'\n') is >= 0 and var length; line--)
            offset += length + 1;
        offset = (int)Math.Min(utf8.Length, offset + (e.BytePositionInLine ?? 0));
        var end = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var what = JsonTree.Shown(end < 0 ? e.Message : e.Message[..end]);
        return new("syntax", _at?.Path ?? "$", offset, $"This is not JSON: {what}", "Mend the JSON here: no comments, no trailing commas.");
    }

    private void Add(string code, string path, int offset, string message, string cure)
    {
        if (_errors.Count < MaxErrors)
            _errors.Add(new(code, path, offset, message, cure));
    }

    private static int? FirstInvalid(ReadOnlySpan<byte> utf8)
    {
        if (System.Text.Unicode.Utf8.IsValid(utf8))
            return null;
        var at = 0;
        while (Rune.DecodeFromUtf8(utf8[at..], out _, out var consumed) == OperationStatus.Done)
            at += consumed;
        return at;
    }

    private static JsonValueKind KindOf(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => JsonValueKind.Object,
        JsonTokenType.StartArray => JsonValueKind.Array,
        JsonTokenType.String => JsonValueKind.String,
        JsonTokenType.Number => JsonValueKind.Number,
        JsonTokenType.True => JsonValueKind.True,
        JsonTokenType.False => JsonValueKind.False,
        _ => JsonValueKind.Null,
    };
}
