using System.Globalization;
using System.Text;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Command;

/// <summary>Standard error of a program: progress lines are reported, of all else the end is kept.</summary>
/// <remarks>
/// A progress line is <c>progress FRACTION [MESSAGE]</c>, FRACTION from 0 to 1 with a point, at most 1 KiB in all. A fraction below an
/// earlier one counts as that. After <see cref="MaxReports"/> lines no more are reported.
/// </remarks>
internal sealed class ErrorStream(IProgress<AgentProgress> progress)
{
    /// <summary>Progress lines that are reported, so that a program cannot drown its runner.</summary>
    public const int MaxReports = 1_000;

    private const int MaxMessageCharacters = 200;

    private readonly byte[] line = new byte[1024];
    private readonly byte[] tail = new byte[2 * AgentLimits.MaxErrorTailBytes];
    private int lineLength;
    private int tailLength;
    private bool isLongLine;
    private int reports;
    private double fraction;

    /// <summary>Takes the next bytes.</summary>
    public void Add(ReadOnlyMemory<byte> bytes)
    {
        foreach (var value in bytes.Span)
        {
            line[lineLength++] = value;
            if (value == '\n')
                EndLine();
            else if (lineLength == line.Length)
                KeepLine(isLong: true);
        }
    }

    /// <summary>Nothing more will come.</summary>
    public void Complete() => EndLine();

    /// <summary>The end of what is not progress: at most 64 KiB, without control characters except line feeds and tabs.</summary>
    public string Tail() => EndOf(tail.AsSpan(0, tailLength));

    /// <summary>The end of what a program wrote: at most 64 KiB, without control characters except line feeds and tabs.</summary>
    public static string EndOf(ReadOnlySpan<byte> written)
    {
        var text = SafeText.WithoutControls(Encoding.UTF8.GetString(written[^Math.Min(written.Length, AgentLimits.MaxErrorTailBytes)..]));

        // What is no UTF-8 becomes replacement characters, which take three bytes each.
        return Encoding.UTF8.GetByteCount(text) <= AgentLimits.MaxErrorTailBytes ? text : text[^(AgentLimits.MaxErrorTailBytes / 3)..];
    }

    private void EndLine()
    {
        if (!isLongLine && TryReport(Encoding.UTF8.GetString(line, 0, lineLength)))
            lineLength = 0;
        else
            KeepLine(isLong: false);
    }

    private void KeepLine(bool isLong)
    {
        if (tailLength + lineLength > tail.Length)
        {
            tail.AsSpan(tailLength - AgentLimits.MaxErrorTailBytes, AgentLimits.MaxErrorTailBytes).CopyTo(tail);
            tailLength = AgentLimits.MaxErrorTailBytes;
        }

        line.AsSpan(0, lineLength).CopyTo(tail.AsSpan(tailLength));
        tailLength += lineLength;
        lineLength = 0;
        isLongLine = isLong;
    }

    private bool TryReport(string text)
    {
        var parts = text.Split(' ', 3, StringSplitOptions.TrimEntries);
        if (parts.Length < 2
            || parts[0] != "progress"
            || !double.TryParse(parts[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var told)
            || told is not (>= 0 and <= 1))
        {
            return false;
        }

        fraction = Math.Max(fraction, told);
        if (++reports <= MaxReports)
            progress.Report(new AgentProgress(fraction, parts.Length == 3 ? SafeText.Quote(parts[2], MaxMessageCharacters) : null));
        return true;
    }
}
