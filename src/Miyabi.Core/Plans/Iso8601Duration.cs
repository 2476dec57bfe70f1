using System.Buffers;
using System.Globalization;

namespace Miyabi.Core.Plans;

/// <summary>Durations as documents have them: ISO 8601, days and smaller, e.g. <c>PT10M</c>, <c>P1DT12H</c>, <c>PT0.5S</c>.</summary>
public static class Iso8601Duration
{
    private const string Units = "DHMS";

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    /// <summary>Reads a duration; years, months and weeks are not taken, as a year has no fixed length. Only seconds may have a
    /// fraction.</summary>
    /// <returns>Whether the text is a duration that fits; a negative one (<c>-PT5S</c>) is read as negative.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan();
        var negative = rest is ['-', ..];
        if (negative)
            rest = rest[1..];
        if (rest is not ['P', _, ..])
            return false;
        rest = rest[1..];
        var (seconds, inTime, lastUnit) = (0m, false, -1);
        while (!rest.IsEmpty)
        {
            if (rest[0] == 'T')
            {
                if (inTime || rest.Length == 1)
                    return false;
                inTime = true;
                rest = rest[1..];
            }

            // 12 digits are 30,000 years of seconds: anything longer is a slip.
            var end = rest.IndexOfAnyExcept(Digits);
            if (end is < 1 or > 20)
                return false;
            var unit = Units.IndexOf(rest[end]);
            if (unit <= lastUnit || (unit == 0) == inTime || !TryNumber(rest[..end], unit == Units.Length - 1, out var number))
                return false;
            seconds += number * unit switch { 0 => 86_400, 1 => 3_600, 2 => 60, _ => 1 };
            lastUnit = unit;
            rest = rest[(end + 1)..];
        }

        if (seconds > (decimal)TimeSpan.MaxValue.TotalSeconds - 1)
            return false;
        var ticks = (long)(seconds * TimeSpan.TicksPerSecond);
        duration = new TimeSpan(negative ? -ticks : ticks);
        return true;
    }

    /// <summary>Writes a duration in hours, minutes and seconds; what is written is read back the same.</summary>
    public static string ToText(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "PT0S";
        var ticks = Math.Abs((decimal)duration.Ticks);
        var hours = Math.Floor(ticks / TimeSpan.TicksPerHour);
        var minutes = Math.Floor(ticks % TimeSpan.TicksPerHour / TimeSpan.TicksPerMinute);
        var seconds = ticks % TimeSpan.TicksPerMinute / TimeSpan.TicksPerSecond;
        return (duration < TimeSpan.Zero ? "-PT" : "PT")
            + (hours > 0 ? $"{hours:0}H" : "")
            + (minutes > 0 ? $"{minutes:0}M" : "")
            + (seconds > 0 ? $"{seconds:0.#######}S" : "");
    }

    private static bool TryNumber(ReadOnlySpan<char> text, bool fraction, out decimal number)
    {
        number = 0;
        var point = text.IndexOf('.');
        var whole = point < 0 ? text : text[..point];
        if (whole.Length is 0 or > 12 || (point >= 0 && (!fraction || text.Length - point - 1 is < 1 or > 7)))
            return false;
        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }
}
