using Miyabi.Core.Transfer;
using Spectre.Console;

namespace Miyabi.Cli.View;

/// <summary>Shows what copying a run came to, for <c>copy</c>.</summary>
internal static class CopyRenderer
{
    /// <summary>Shows it.</summary>
    /// <param name="console">Where.</param>
    /// <param name="report">What it came to.</param>
    /// <param name="source">What a suggested command needs to find the source.</param>
    /// <param name="target">The same for the target.</param>
    internal static void Render(IAnsiConsole console, CopyReport report, string source, string target)
    {
        var run = PlainText.Clean(report.Run);
        List<Line> lines = [VerificationRenderer.Fact("Run", run)];
        if (report.WrongIn != CopySide.Source)
        {
            var there = report.AlreadyThere > 0 ? $"; {report.AlreadyThere} were there already" : "";
            lines.Add(VerificationRenderer.Fact("Copied", $"{report.Copied} documents and artifacts{there}"));
        }

        if (report.ContentRoot is { } contentRoot)
            lines.Add(VerificationRenderer.Fact("Content root", contentRoot));
        if (report.SourceRoot is { } sourceRoot)
            lines.Add(VerificationRenderer.Fact("Root here", sourceRoot));
        if (report.TargetRoot is { } targetRoot)
            lines.Add(VerificationRenderer.Fact("Root there", targetRoot));
        lines.Add(Line.Empty);
        if (!report.IsCopied)
            lines.AddRange(VerificationRenderer.Findings(report.Findings, Look.Of(console), console.Profile.Width));
        lines.AddRange(Verdict(report));
        Block.Write(console, lines);
        // Commands are for copying: never cut.
        if (report.IsCopied && !report.HasEnded)
            Terminal.WriteLine($"Go on with the copy:  miyabi resume {run}{target}");
        else if (report.WrongIn is { } side)
            Terminal.WriteLine($"See more:  miyabi verify {run}{(side == CopySide.Source ? source : target)}");
    }

    private static Line[] Verdict(CopyReport report) => report switch
    {
        { IsCopied: true, HasEnded: true } =>
        [
            Line.Of(
                new Span("copied and proven", Look.Good),
                $": the run {report.Outcome?.ToString().ToLowerInvariant()}, and is the same in both stores."),
        ],
        { IsCopied: true } =>
        [
            Line.Of(new Span("copied", Look.Good), ": nothing is wrong in both stores, but the run has not ended."),
            Line.Of(new Span("The original may still be going on. ", Look.Warning), "Resumed, the copy is a run of its own."),
        ],
        { WrongIn: CopySide.Source } =>
            [Line.Of(new Span("not copied", Look.Bad), ": the run does not verify where it is. Nothing was written.")],
        _ => [Line.Of(new Span("not proven", Look.Bad), ": what the other store has of this run is not what is here.")],
    };
}
