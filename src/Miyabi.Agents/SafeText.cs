using System.Text;

namespace Miyabi.Agents;

/// <summary>Untrusted text made fit for messages and terminals.</summary>
internal static class SafeText
{
    /// <summary>The first characters on one line, control characters escaped, with an ellipsis where something was cut.</summary>
    public static string Quote(string text, int maxCharacters)
    {
        var quoted = new StringBuilder();
        foreach (var character in text.Length > maxCharacters ? text.AsSpan(0, maxCharacters) : text)
        {
            _ = character switch
            {
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                _ when char.IsControl(character) || char.IsSurrogate(character) || IsLineBreakOrFormat(character) =>
                    quoted.Append($"\\u{(int)character:x4}"),
                _ => quoted.Append(character),
            };
        }

        return text.Length > maxCharacters ? quoted.Append('…').ToString() : quoted.ToString();
    }

    /// <summary>The text without control characters, except line feeds and tabs.</summary>
    public static string WithoutControls(string text) =>
        string.Concat(text.Where(character => character is '\n' or '\t' || !char.IsControl(character)));

    // Line separators and direction overrides can make a message look like another one.
    private static bool IsLineBreakOrFormat(char character) =>
        character is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
