using System.Globalization;
using System.Numerics;

namespace Miyabi.Core.Json;

/// <summary>A number exactly as JSON has it: 0.DIGITS times 10 to the power of an exponent. Two texts of one number are equal.</summary>
/// <remarks>Nothing here takes more time than the length of the text, however large the exponent. Exponents beyond 10^17 are taken for
/// 10^17.</remarks>
internal readonly record struct JsonNumber : IComparable<JsonNumber>
{
    private const long ExponentLimit = 100_000_000_000_000_000;

    private JsonNumber(int sign, string digits, long exponent) => (Sign, Digits, Exponent) = (sign, digits, exponent);

    /// <summary>-1, 0 or 1.</summary>
    public int Sign { get; }

    /// <summary>Without zeros at either end; empty for zero.</summary>
    public string Digits { get; }

    /// <summary>The number of digits before the decimal point, were it written out; negative for zeros behind the point.</summary>
    public long Exponent { get; }

    public bool IsInteger => Exponent >= Digits.Length;

    /// <summary>Reads a number in JSON's own grammar.</summary>
    public static JsonNumber Parse(string json)
    {
        var text = json.AsSpan();
        var negative = text[0] == '-';
        if (negative)
            text = text[1..];
        var e = text.IndexOfAny('e', 'E');
        var exponent = e < 0 ? 0 : ReadExponent(text[(e + 1)..]);
        var mantissa = e < 0 ? text : text[..e];
        var point = mantissa.IndexOf('.');
        var digits = point < 0 ? mantissa.ToString() : string.Concat(mantissa[..point], mantissa[(point + 1)..]);
        var zeros = digits.Length - digits.AsSpan().TrimStart('0').Length;
        var significant = digits.Trim('0');
        if (significant.Length == 0)
            return new(0, "", 0);
        return new(negative ? -1 : 1, significant, exponent + (point < 0 ? digits.Length : point) - zeros);
    }

    public int CompareTo(JsonNumber other)
    {
        if (Sign != other.Sign)
            return Sign.CompareTo(other.Sign);
        var size = Exponent.CompareTo(other.Exponent);
        return Sign * (size != 0 ? size : string.CompareOrdinal(Digits, other.Digits));
    }

    /// <summary>Whether this is a whole number of times a divisor, which is more than 0 and has few digits.</summary>
    public bool IsMultipleOf(JsonNumber divisor)
    {
        if (Sign == 0)
            return true;

        // Both as whole numbers times a power of ten.
        var power = Exponent - Digits.Length - (divisor.Exponent - divisor.Digits.Length);
        if (power < 0)
            return false;
        var modulus = BigInteger.Parse(divisor.Digits, CultureInfo.InvariantCulture);
        const int chunk = 18;
        var rest = BigInteger.Zero;
        for (var at = 0; at < Digits.Length; at += chunk)
        {
            var part = Digits.AsSpan(at, Math.Min(chunk, Digits.Length - at));
            rest = ((rest * BigInteger.Pow(10, part.Length)) + long.Parse(part, CultureInfo.InvariantCulture)) % modulus;
        }

        return (rest * BigInteger.ModPow(10, power, modulus) % modulus).IsZero;
    }

    /// <summary>The number, if it is whole and fits.</summary>
    public bool TryToInt64(out long value)
    {
        value = 0;
        if (Sign == 0)
            return true;
        if (!IsInteger || Exponent > 19)
            return false;
        var text = (Sign < 0 ? "-" : "") + Digits.PadRight((int)Exponent, '0');
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    private static long ReadExponent(ReadOnlySpan<char> text)
    {
        var negative = text[0] == '-';
        var digits = text.TrimStart("+-").TrimStart('0');
        var size = digits.Length > 17 ? ExponentLimit : digits.Length == 0 ? 0 : long.Parse(digits, CultureInfo.InvariantCulture);
        return negative ? -size : size;
    }
}
