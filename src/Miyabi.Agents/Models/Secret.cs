using System.Globalization;
using System.Text;

namespace Miyabi.Agents.Models;

/// <summary>What a call was let in by, a key or a token, and texts in which it must not stand.</summary>
internal static class Secret
{
    // Local servers take any key, so people give them words: none, test, dummy. Such a word stands in many a good answer, and is no secret.
    private const int FewestCharacters = 12;

    // As it stands; in a string of the answer; in a string of the JSON that the answer has in a string.
    private const int Readings = 3;

    private const string Shown = "***";

    /// <summary>A text for people in which it does not stand. Before the text is cut: a part of a secret would stay.</summary>
    public static string Without(string text, string? secret) => secret is null ? text : text.Replace(secret, Shown, StringComparison.Ordinal);

    /// <summary>Whether an answer holds it, also written with the escapes of JSON.</summary>
    public static bool IsIn(string answer, string? secret)
    {
        if (secret is null || secret.Length < FewestCharacters)
            return false;
        for (var reading = 1; ; reading++)
        {
            if (answer.Contains(secret, StringComparison.Ordinal))
                return true;
            if (reading == Readings || !answer.Contains('\\'))
                return false;
            answer = Unescaped(answer);
        }
    }

    private static string Unescaped(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\' || at + 1 == text.Length)
                plain.Append(text[at]);
            else if (text[++at] == 'u' && at + 4 < text.Length && ushort.TryParse(text.AsSpan(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
                (_, at) = (plain.Append((char)unit), at + 4);
            else
                plain.Append(text[at]);
        }

        return plain.ToString();
    }
}
