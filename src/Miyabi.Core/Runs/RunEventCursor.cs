using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Miyabi.Core.Runs;

/// <summary>How far somebody has read what happens in a run: the last step, and of each writer of events the part and the lines of it.</summary>
/// <remarks>Immutable. As text it is opaque, fit for a URL, and at most <see cref="MaxCharacters"/> long. It says nothing that a reader has not read.</remarks>
public sealed record RunEventCursor
{
    /// <summary>The longest text of one.</summary>
    public const int MaxCharacters = 2_048;

    // A run has a writer for each process that worked for it. Of more than these the events may be told twice.
    private const int MaxWriters = 64;
    private const byte Version = 1;
    private const int NameBytes = 8;

    private RunEventCursor()
    {
    }

    /// <summary>Before everything.</summary>
    public static RunEventCursor Start { get; } = new();

    /// <summary>The last step that was read; 0: none.</summary>
    public int Step { get; init; }

    private ImmutableSortedDictionary<ulong, (int Part, int Lines)> Writers { get; init; } = ImmutableSortedDictionary<ulong, (int Part, int Lines)>.Empty;

    /// <summary>The next part of a writer, and how many lines of it were read.</summary>
    internal (int Part, int Lines) Of(string writer) => Writers.GetValueOrDefault(KeyOf(writer), (1, 0));

    /// <summary>The cursor after so many lines of a part.</summary>
    internal RunEventCursor With(string writer, int part, int lines)
    {
        var writers = Writers.SetItem(KeyOf(writer), (part, lines));
        return this with { Writers = writers.Count > MaxWriters ? writers.Remove(writers.Keys.First(key => key != KeyOf(writer))) : writers };
    }

    /// <summary>Reads the text of one.</summary>
    /// <returns><see langword="null"/>: it is none.</returns>
    public static RunEventCursor? Parse(string text)
    {
        if (text.Length is 0 or > MaxCharacters || !Base64Url.IsValid(text))
            return null;
        var bytes = Base64Url.DecodeFromChars(text);
        var at = 1;
        if (bytes.Length == 0 || bytes[0] != Version || !TryNumber(bytes, ref at, out var step))
            return null;
        var writers = ImmutableSortedDictionary.CreateBuilder<ulong, (int Part, int Lines)>();
        while (at < bytes.Length)
        {
            if (at + NameBytes > bytes.Length || writers.Count == MaxWriters)
                return null;
            var key = BitConverter.ToUInt64(bytes, at);
            at += NameBytes;
            if (!TryNumber(bytes, ref at, out var part) || !TryNumber(bytes, ref at, out var lines) || part == 0 || !writers.TryAdd(key, (part, lines)))
                return null;
        }

        return new RunEventCursor { Step = step, Writers = writers.ToImmutable() };
    }

    /// <summary>The text: base64url.</summary>
    public override string ToString()
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write([Version]);
        Write(bytes, Step);
        foreach (var (key, (part, lines)) in Writers)
        {
            bytes.Write(BitConverter.GetBytes(key));
            Write(bytes, part);
            Write(bytes, lines);
        }

        return Base64Url.EncodeToString(bytes.WrittenSpan);
    }

    private static ulong KeyOf(string writer) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(writer)));

    private static void Write(ArrayBufferWriter<byte> bytes, int number)
    {
        for (; number >= 0x80; number >>= 7)
            bytes.Write([(byte)(number | 0x80)]);
        bytes.Write([(byte)number]);
    }

    private static bool TryNumber(byte[] bytes, ref int at, out int number)
    {
        number = 0;
        for (var shift = 0; at < bytes.Length && shift < 35; shift += 7)
        {
            var b = bytes[at++];
            if (shift == 28 && b > 7)
                return false; // more than an int has
            number |= (b & 0x7f) << shift;
            if (b < 0x80)
                return true;
        }

        return false;
    }
}
