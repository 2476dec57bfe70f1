using System.Text;
using Spectre.Console;

namespace Miyabi.Cli.Tests.View;

/// <summary>A console of a test: what is written to it can be read.</summary>
internal sealed class Screen : IAnsiConsoleOutput
{
    private readonly StringBuilder written = new();

    private Screen(int width, int height, bool terminal, Encoding encoding)
    {
        (Width, Height, IsTerminal) = (width, height, terminal);
        Console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = this,
            Ansi = terminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.EightBit : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Yes : InteractionSupport.No,
        });
        Console.Profile.Width = width;
        Console.Profile.Height = height;
        Console.Profile.Encoding = encoding;
    }

    public TextWriter Writer => new StringWriter(written);

    public bool IsTerminal { get; }

    public int Width { get; }

    public int Height { get; }

    internal IAnsiConsole Console { get; }

    internal string Text => written.ToString().ReplaceLineEndings("\n");

    internal string[] Lines => Text.Split('\n');

    internal static Screen Pipe(int width = 80, Encoding? encoding = null) => new(width, 24, false, encoding ?? Encoding.UTF8);

    internal static Screen Terminal(int width = 80, int height = 24) => new(width, height, true, Encoding.UTF8);

    public void SetEncoding(Encoding encoding)
    {
    }
}
