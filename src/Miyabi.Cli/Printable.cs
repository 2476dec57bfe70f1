namespace Miyabi.Cli;

/// <summary>Makes text of unknown origin safe to show: no control character reaches the terminal.</summary>
internal static class Printable
{
    /// <summary>The text with control characters replaced, line feeds and tabs too.</summary>
    internal static string Text(string text) => string.Create(text.Length, text, static (shown, given) =>
    {
        for (var i = 0; i < given.Length; i++)
            shown[i] = char.IsControl(given[i]) || given[i] is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') ? '\ufffd' : given[i];
    });
}
