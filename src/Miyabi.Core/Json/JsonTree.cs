using System.Text;
using System.Text.Json;

namespace Miyabi.Core.Json;

/// <summary>A JSON value that knows where it stands in its file.</summary>
internal sealed class JsonTree
{
    private const int LinearSearch = 8;

    // Most values have none, and there may be a million values.
    private List<JsonTree>? _children;
    private Dictionary<string, JsonTree>? _byName;

    public JsonTree(JsonTree? parent, string? name, int nameOffset, int offset, JsonValueKind kind)
    {
        Parent = parent;
        Name = name;
        NameOffset = nameOffset;
        Offset = offset;
        Kind = kind;
        Index = parent?.Children.Count ?? 0;
    }

    public JsonValueKind Kind { get; }

    /// <summary>The array or object that this is in; <see langword="null"/> for the root.</summary>
    public JsonTree? Parent { get; }

    /// <summary>Its name in an object.</summary>
    public string? Name { get; }

    /// <summary>Its place in an array or object.</summary>
    public int Index { get; init; }

    /// <summary>Where its name begins, in bytes; its own beginning where it has no name.</summary>
    public int NameOffset { get; }

    /// <summary>Where it begins, in bytes.</summary>
    public int Offset { get; }

    /// <summary>Where it ends, in bytes.</summary>
    public int End { get; set; }

    /// <summary>A string's value, or a number as it is written.</summary>
    public string Text { get; init; } = "";

    /// <summary>The items of an array, or the members of an object, in the order of the file.</summary>
    public IReadOnlyList<JsonTree> Children => _children is null ? [] : _children;

    /// <summary>The place as a JSON path.</summary>
    public string Path
    {
        get
        {
            var steps = new Stack<string>();
            for (var at = this; at.Parent is not null; at = at.Parent)
                steps.Push(at.Name is null ? $"[{at.Index}]" : Step(at.Name));
            return "$" + string.Concat(steps);
        }
    }

    /// <summary>What people call its kind.</summary>
    public string KindName => Kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    /// <summary>The member of an object by its name.</summary>
    public JsonTree? Find(string name)
    {
        if (_children is null)
            return null;
        if (_children.Count <= LinearSearch)
        {
            // Not List.Find: asked for every name of every setting, it would make an object for each.
            foreach (var child in _children)
            {
                if (child.Name == name)
                    return child;
            }

            return null;
        }

        _byName ??= _children.Where(child => child.Name is not null).ToDictionary(child => child.Name!);
        return _byName.GetValueOrDefault(name);
    }

    /// <summary>Its text in the file.</summary>
    public ReadOnlyMemory<byte> Raw(ReadOnlyMemory<byte> file) => file[Offset..End];

    public void Add(JsonTree child) => (_children ??= []).Add(child);

    /// <summary>One step of a path: <c>.name</c>, or <c>['a name']</c> where the name is more than letters and digits.</summary>
    public static string Step(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '$') && !char.IsAsciiDigit(name[0])
            ? $".{name}"
            : $"['{Shown(name)}']";

    /// <summary>A text from a file, fit to stand in a message: on one line, without control characters, not too long.</summary>
    public static string Shown(string text)
    {
        const int most = 80;
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= most)
                return shown.Append('…').ToString();
            var hidden = Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.Control
                or System.Globalization.UnicodeCategory.Format
                or System.Globalization.UnicodeCategory.LineSeparator
                or System.Globalization.UnicodeCategory.ParagraphSeparator;
            shown.Append(hidden ? $"\\u{rune.Value:x4}" : rune.ToString());
        }

        return shown.ToString();
    }
}
