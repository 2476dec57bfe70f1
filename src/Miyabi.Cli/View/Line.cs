using System.Collections.Immutable;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Miyabi.Cli.View;

/// <summary>A piece of text and how it looks.</summary>
/// <param name="Text">Clean text (<see cref="PlainText.Clean"/>); no markup.</param>
/// <param name="Style">How it looks.</param>
internal readonly record struct Span(string Text, Style Style)
{
    public static implicit operator Span(string text) => new(text, Style.Plain);
}

/// <summary>A line of a terminal.</summary>
/// <param name="Spans">Its pieces, from left to right.</param>
internal sealed record Line(ImmutableArray<Span> Spans)
{
    internal static readonly Line Empty = new([]);

    internal int Width => Spans.Sum(span => PlainText.Width(span.Text));

    internal static Line Of(params Span[] spans) => new([.. spans]);

    /// <summary>The line with a piece at its right edge; cut on the left if both don't fit.</summary>
    internal Line WithRight(Span right, int width, bool unicode)
    {
        var room = width - PlainText.Width(right.Text);
        var left = Cut(room - 1, unicode);
        return new Line([.. left.Spans, new string(' ', Math.Max(room - left.Width, 0)), right]);
    }

    /// <summary>As much of the line as fits.</summary>
    internal Line Cut(int width, bool unicode)
    {
        if (Width <= width)
            return this;
        var spans = ImmutableArray.CreateBuilder<Span>();
        foreach (var span in Spans)
        {
            spans.Add(span with { Text = PlainText.Cut(span.Text, width, unicode) });
            width -= PlainText.Width(span.Text);
            if (width <= 0)
                break;
        }

        return new Line(spans.ToImmutable());
    }

    public override string ToString() => string.Concat(Spans.Select(span => span.Text));
}

/// <summary>Lines as Spectre renders them: one each, cut to the console's width, never wrapped.</summary>
internal sealed class Block(IReadOnlyList<Line> lines, bool unicode) : Renderable
{
    /// <summary>Writes lines to a console; into anything else than a terminal, without colours.</summary>
    /// <remarks>Spectre goes by the name of the terminal alone, which is there in a pipe too.</remarks>
    internal static void Write(IAnsiConsole console, IReadOnlyList<Line> lines)
    {
        var look = Look.Of(console);
        if (console.Profile.Out.IsTerminal)
        {
            console.Write(new Block(lines, look.Unicode));
            return;
        }

        foreach (var line in lines)
            console.Profile.Out.Writer.WriteLine(line.Cut(console.Profile.Width, look.Unicode));
        console.Profile.Out.Writer.Flush();
    }

    protected override Measurement Measure(RenderOptions options, int maxWidth) => new(maxWidth, maxWidth);

    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        foreach (var line in lines)
        {
            foreach (var span in line.Cut(maxWidth, unicode).Spans)
                yield return new Segment(span.Text, span.Style);
            yield return Segment.LineBreak;
        }
    }
}
