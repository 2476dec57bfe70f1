using System.Text;
using Spectre.Console;

namespace Miyabi.Bench;

/// <summary>A terminal of 80 columns and 24 rows that throws away what it is given.</summary>
internal sealed class BlindTerminal : IAnsiConsoleOutput
{
    public TextWriter Writer => TextWriter.Null;

    public bool IsTerminal => true;

    public int Width => 80;

    public int Height => 24;

    public void SetEncoding(Encoding encoding)
    {
    }

    internal static IAnsiConsole Create() => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.Yes,
        ColorSystem = ColorSystemSupport.TrueColor,
        Interactive = InteractionSupport.Yes,
        Out = new BlindTerminal(),
    });
}
