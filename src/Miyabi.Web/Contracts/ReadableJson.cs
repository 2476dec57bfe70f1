using System.Globalization;
using System.Text;

namespace Miyabi.Web.Contracts;

/// <summary>JSON that people read on terminals: letters of any script as they are, and nothing that could steer or deceive.</summary>
public static class ReadableJson
{
    private const string EscapedWideSpace = "\\u3000";

    /// <summary>The same JSON; marks of direction, invisible characters and controls are escaped. They can only stand in strings, so it stays valid.</summary>
    /// <param name="json">As <c>UnsafeRelaxedJsonEscaping</c> writes it.</param>
    public static string Of(string json)
    {
        var text = new StringBuilder(json.Length);
        for (var i = 0; i < json.Length;)
        {
            if (json[i] == '\\')
            {
                // The space of Chinese and Japanese text is the one character of theirs that the serializer escapes.
                var isWideSpace = string.CompareOrdinal(json, i, EscapedWideSpace, 0, EscapedWideSpace.Length) == 0;
                text.Append(isWideSpace ? "\u3000" : json.AsSpan(i, 2));
                i += isWideSpace ? EscapedWideSpace.Length : 2;
                continue;
            }

            var length = char.IsHighSurrogate(json[i]) && i + 1 < json.Length && char.IsLowSurrogate(json[i + 1]) ? 2 : 1;
            var piece = json.AsSpan(i, length);
            if (IsUnseen(json, i))
                Escape(text, piece);
            else
                text.Append(piece);
            i += length;
        }

        return text.ToString();
    }

    // Joiners make letters of some scripts, and emoji; layout is the serializer's.
    private static bool IsUnseen(string json, int at) =>
        json[at] is not ('\n' or '\u200c' or '\u200d')
        && CharUnicodeInfo.GetUnicodeCategory(json, at) is UnicodeCategory.Format or UnicodeCategory.Control
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static void Escape(StringBuilder text, ReadOnlySpan<char> piece)
    {
        foreach (var unit in piece)
            text.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
    }
}
