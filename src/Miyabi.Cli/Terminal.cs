using Spectre.Console;

namespace Miyabi.Cli;

/// <summary>Standard output for people.</summary>
internal static class Terminal
{
    private const int PipeWidth = 80;

    /// <summary>The console: in colour on a terminal, plain elsewhere and with <c>NO_COLOR</c>.</summary>
    internal static IAnsiConsole Console { get; } = Create();

    /// <summary>A line as it is, never folded: paths and commands must survive copying.</summary>
    internal static void WriteLine(string text) => System.Console.Out.WriteLine(Printable.Text(text));

    private static IAnsiConsole Create()
    {
        if (!System.Console.IsOutputRedirected)
            return AnsiConsole.Create(new AnsiConsoleSettings());
        // What is no terminal gets plain text, and 80 columns: there is no width to ask for.
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });
        console.Profile.Width = PipeWidth;
        return console;
    }
}
