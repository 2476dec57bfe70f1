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
        var console = AnsiConsole.Create(new AnsiConsoleSettings());
        // Without a terminal there is no width to ask for, and what reads the pipe may be a person with 80 columns.
        if (System.Console.IsOutputRedirected)
            console.Profile.Width = PipeWidth;
        return console;
    }
}
