using System.Text.RegularExpressions;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>The live view on a terminal of 80 columns, made by <c>script</c>.</summary>
public sealed partial class TerminalTests : IDisposable
{
    private const string HideCursor = "\u001b[?25l";
    private const string ShowCursor = "\u001b[?25h";

    private readonly CliSandbox sandbox = new();

    public TerminalTests() => sandbox.Variables["TERM"] = "xterm-256color";

    public void Dispose() => sandbox.Dispose();

    [TerminalFact]
    public async Task Run_OnATerminal_ShowsTheRunInColourAndEndsClean()
    {
        var (code, screen) = await OnTerminalAsync();

        Assert.True(code == 0, screen);
        Assert.Matches("\u001b\\[[0-9;]*3[0-9]", screen);
        var text = Styles().Replace(screen, "");
        Assert.Contains("Task-15", text);
        Assert.Contains("Run succeeded", text);
        Assert.True(screen.LastIndexOf(ShowCursor, StringComparison.Ordinal) >= screen.LastIndexOf(HideCursor, StringComparison.Ordinal), "the cursor stays hidden");
        Assert.EndsWith("\n", screen);
    }

    [TerminalFact]
    public async Task Run_OnATerminalWithNoColor_HasNoColourCodes()
    {
        sandbox.Variables["NO_COLOR"] = "1";

        var (code, screen) = await OnTerminalAsync();

        Assert.True(code == 0, screen);
        Assert.DoesNotMatch("\u001b\\[[0-9;]*(3|4|9)[0-9][0-9;]*m", screen);
        Assert.Contains("Run succeeded", Styles().Replace(screen, ""));
    }

    [TerminalFact]
    public async Task Run_OnADumbTerminal_HasNoEscapeCharacter()
    {
        sandbox.Variables["TERM"] = "dumb";

        var (code, screen) = await OnTerminalAsync();

        Assert.True(code == 0, screen);
        Assert.DoesNotContain('\u001b', screen);
    }

    private async Task<(int Code, string Screen)> OnTerminalAsync()
    {
        var command = string.Join(' ', CliSandbox.Command("run", Repository.Sample("webapp-framework"), "--speed", "50", "--run-id", "r").Select(part => $"'{part}'"));
        var process = sandbox.Start(["/usr/bin/script", "-qec", $"stty cols 80 rows 40; {command}", "/dev/null"]);
        var result = await process.EndAsync();
        return (result.Code, result.Output);
    }

    [GeneratedRegex("\u001b\\[[0-9;]*m", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Styles();
}
