using System.Globalization;

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

    /// <summary>A number of bytes in the largest unit that it fills: <c>1.2 MiB</c>.</summary>
    internal static string Bytes(long bytes)
    {
        string[] units = ["KiB", "MiB", "GiB", "TiB"];
        var (amount, unit) = ((double)bytes, "bytes");
        for (var i = 0; amount >= 1024 && i < units.Length; i++)
            (amount, unit) = (amount / 1024, units[i]);
        return string.Create(CultureInfo.InvariantCulture, $"{amount:0.#} {unit}");
    }
}
