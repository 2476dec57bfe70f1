using System.Globalization;

namespace Miyabi.Cli.View;

/// <summary>Bytes for people.</summary>
internal static class Size
{
    private static readonly string[] Units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>With a unit in powers of 1024: 512 bytes, 1.5 KiB.</summary>
    internal static string Of(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        while (value >= 1024 && unit < Units.Length - 1)
            (value, unit) = (value / 1024, unit + 1);
        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? value : Math.Floor(value * 10) / 10):0.#} {Units[unit]}");
    }
}
