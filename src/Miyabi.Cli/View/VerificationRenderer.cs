using System.Collections.Immutable;
using Miyabi.Core.Verification;
using Spectre.Console;

namespace Miyabi.Cli.View;

/// <summary>Shows what the verification of a run came to, for <c>verify</c>.</summary>
internal static class VerificationRenderer
{
    private const int MaxFindings = 100;

    internal static void Render(IAnsiConsole console, VerificationReport report)
    {
        var look = Look.Of(console);
        var width = console.Profile.Width;
        List<Line> lines =
        [
            Fact("Run", PlainText.Clean(report.Run)),
            Fact("Checked", $"{report.Documents} sealed documents, {report.Artifacts} artifacts"),
            .. report.Keys.Select((key, i) => Fact(i == 0 ? "Sealed by" : "", $"key {PlainText.Clean(key)}")),
        ];
        if (report.ContentRoot is { } contentRoot)
            lines.Add(Fact("Content root", contentRoot));
        if (report.Root is { } root)
            lines.Add(Fact("Root", root));
        lines.Add(Line.Empty);
        if (!report.Findings.IsEmpty)
            lines.AddRange(Findings(report.Findings, look, width));
        lines.Add(Verdict(report));
        Block.Write(console, lines);
    }

    /// <summary>A line with a name and a value.</summary>
    internal static Line Fact(string name, string value) => Line.Of(new Span($"{name,-13}", Look.Quiet), value);

    /// <summary>Wrong documents, and how each is wrong; of very many, the first.</summary>
    internal static List<Line> Findings(ImmutableArray<Finding> findings, Look look, int width)
    {
        List<Line> lines = [];
        foreach (var finding in findings.OrderBy(finding => finding.Path, StringComparer.Ordinal).Take(MaxFindings))
        {
            // The path is what one needs next: it has a line of its own, wrapped rather than cut.
            var kind = $"{Word(finding.Kind),-12} ";
            var path = PlainText.Wrap(PlainText.Clean(finding.Path), width - kind.Length).ToList();
            lines.Add(Line.Of(new Span(kind, Look.Bad), new Span(path[0], Look.Title)));
            lines.AddRange(path.Skip(1).Select(text => Line.Of(new string(' ', kind.Length), new Span(text, Look.Title))));
            lines.AddRange(PlainText.Wrap(PlainText.Clean(finding.Message), width - kind.Length)
                .Select(text => Line.Of(new string(' ', kind.Length), text)));
        }

        if (findings.Length > MaxFindings)
            lines.Add(Line.Of(new Span($"{look.Ellipsis} and {findings.Length - MaxFindings} more; --json has all", Look.Quiet)));
        lines.Add(Line.Empty);
        return lines;
    }

    private static Line Verdict(VerificationReport report) => report switch
    {
        { IsProven: true } => Line.Of(
            new Span("proven", Look.Good),
            $": the run {report.Outcome?.ToString().ToLowerInvariant() ?? "ended"}, and every document is what was sealed."),
        { Findings.Length: 1 } => Line.Of(new Span("not proven", Look.Bad), ": 1 document is wrong."),
        { Findings.IsEmpty: false } => Line.Of(new Span("not proven", Look.Bad), $": {report.Findings.Length} documents are wrong."),
        _ => Line.Of(new Span("not proven", Look.Bad), ": nothing is wrong so far, but the run has not ended."),
    };

    private static string Word(FindingKind kind) => kind switch
    {
        FindingKind.UnknownKey => "unknown key",
        FindingKind.BrokenChain => "broken chain",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
