using Miyabi.Samples.RepoReport.Ledger;
using Miyabi.Samples.RepoReport.Steps;
using static Miyabi.Samples.RepoReport.Reporting.Markdown;

namespace Miyabi.Samples.RepoReport.Reporting;

/// <summary>The report's sections after the summary, each from the results it names.</summary>
internal static class ReportSections
{
    private const int LatestMonths = 24;
    private const int LatestYears = 25;

    /// <summary>Headings and what writes the text below them, in order.</summary>
    public static (string Heading, Action<Markdown, Inputs> Write)[] All { get; } =
    [
        ("Languages", Languages), ("Folders", Folders), ("Hot spots", Hotspots), ("Most changed files", Churn), ("Largest files", Largest),
        ("Work that is left", Todos), ("Dependencies", Dependencies), ("People", People), ("Pace", Pace),
    ];

    private static void Languages(Markdown report, Inputs inputs)
    {
        var totals = inputs.Output<LanguageTotals>("languages");
        report.Table(["Language", "Kind", ">Files", ">Lines", ">Share", ">Blank", ">Size"],
            totals.Languages.Select(language => new[]
            {
                Text(language.Name), language.Kind, Number(language.Files), Number(language.Lines), Percent(language.Lines, totals.Lines),
                Number(language.BlankLines), Size(language.Bytes),
            }),
            "No text files.");
        if (totals.BinaryFiles > 0)
            report.Block($"Besides, {Count(totals.BinaryFiles, "binary file")}.");
    }

    private static void Folders(Markdown report, Inputs inputs)
    {
        var folders = inputs.Output<Folders>("folders");
        report.Table(["Folder", ">Files", ">Lines", ">Changes"],
            folders.FolderTotals.Select(folder => new[]
            {
                folder.Path == "." ? "(root)" : Code(folder.Path + "/"), Number(folder.Files), Number(folder.Lines), Number(folder.Changes),
            }),
            "No text files.");
        More(report, folders.FolderTotals.Count, folders.FolderCount, "folders");
    }

    private static void Hotspots(Markdown report, Inputs inputs)
    {
        report.Block("Code by lines times changes: where work is spent, and where a mend pays first.");
        report.Table(["File", "Language", ">Lines", ">Changes", ">Score"],
            inputs.Output<Hotspots>("hotspots").Files.Select(spot => new[]
            {
                Code(spot.Path), Text(spot.Language), Number(spot.Lines), Number(spot.Changes), Number(spot.Score),
            }),
            "No code was changed more than once.");
    }

    private static void Churn(Markdown report, Inputs inputs)
    {
        var churn = inputs.Output<Churn>("churn");
        report.Block($"Commits that touch a file, merges left out; a renamed file begins again. {Count(churn.GoneChanges, "change")} "
            + "were to files that are no longer there.");
        report.Table(["File", ">Changes", "Last"],
            churn.Files.Where(file => file.Changes > 1).Select(file => new[] { Code(file.Path), Number(file.Changes), file.Last }),
            "No file was changed more than once.");
    }

    private static void Largest(Markdown report, Inputs inputs)
    {
        var largest = inputs.Output<LargestFiles>("largest");
        report.Table(["File", ">Size"], largest.Files.Select(file => new[] { Code(file.Path), Size(file.Bytes) }), "No files.");
        report.Table(["Size", ">Files", ">Together"],
            largest.Sizes.Where(size => size.Files > 0).Select(size => new[] { size.Size, Number(size.Files), Size(size.Bytes) }), "");
    }

    private static void Todos(Markdown report, Inputs inputs)
    {
        var todos = inputs.Output<Todos>("todos");
        var used = todos.Markers.Where(marker => marker.Count > 0).Select(marker => $"{marker.Count} {marker.Marker}").ToList();
        if (used.Count > 0)
            report.Block($"{string.Join(", ", used)} in comments.");
        report.Table(["File", ">Marks", ">First on line", "First"],
            todos.TopFiles.Zip(todos.Examples, (file, first) => new[]
            {
                Code(file.Path), Number(file.Count), Number(first.Line), Code(first.Text),
            }),
            "No TODO, FIXME, HACK or XXX in comments.");
        More(report, todos.TopFiles.Count, todos.Files, "files");
    }

    private static void Dependencies(Markdown report, Inputs inputs)
    {
        var dependencies = inputs.Output<Dependencies>("dependencies");
        report.Table(["Ecosystem", ">Manifests", ">Packages"],
            dependencies.Ecosystems.Select(one => new[] { one.Ecosystem, Number(one.Manifests), Number(one.Packages) }),
            "No package manifests.");
        if (dependencies.Packages.Count > 0)
        {
            report.Table(["Package", "Ecosystem", "Versions", ">Manifests"],
                dependencies.Packages.Select(package => new[]
                {
                    Text(package.Name), package.Ecosystem, Text(string.Join(", ", package.Versions)), Number(package.Manifests),
                }),
                "");
        }

        More(report, dependencies.Packages.Count, dependencies.PackageCount, "packages");
        report.List(dependencies.Unreadable.Select(manifest => $"Not readable: {Code(manifest.Path)}: {Text(manifest.Why)}"));
    }

    private static void People(Markdown report, Inputs inputs)
    {
        var authors = inputs.Output<Authors>("authors");
        if (authors.AuthorCount > 1)
            report.Block($"Half of all commits are by {Count(authors.HalfOfCommits, "author")} of {Number(authors.AuthorCount)}.");
        report.Table(["Author", ">Commits", ">Share", "First", "Last"],
            inputs.Output<People>("people").Authors.Select(author => new[]
            {
                Text(author.Name), Number(author.Commits), Percent(author.Commits, authors.Commits), author.First, author.Last,
            }),
            "No authors.");
        More(report, authors.TopAuthors.Count, authors.AuthorCount, "authors");
    }

    private static void Pace(Markdown report, Inputs inputs)
    {
        var history = inputs.Output<History>("history");
        var people = inputs.Output<People>("people");
        report.Block($"{Count(history.Commits, "commit")}, {Count(history.Merges, "merge")} among them; the longest pause is "
            + $"{Count(people.LongestQuietMonths, "month")} without a commit. Dates are the authors', in UTC.");
        report.Table(["Year", ">Commits", ">New authors"],
            people.Years.TakeLast(LatestYears).Select(year => new[] { $"{year.Year}", Number(year.Commits), Number(year.NewAuthors) }),
            "No dated commits.");
        More(report, Math.Min(people.Years.Count, LatestYears), people.Years.Count, "years");
        report.Table(["Month", ">Commits"],
            history.Months.TakeLast(LatestMonths).Select(month => new[] { month.Period, Number(month.Commits) }), "");
        More(report, Math.Min(history.Months.Count, LatestMonths), history.Months.Count, "months with commits");
        report.Table([.. history.Weekdays.Select(day => ">" + day.Period)],
            history.Months.Count == 0 ? [] : [[.. history.Weekdays.Select(day => Number(day.Commits))]], "");
    }

    private static void More(Markdown report, int shown, int all, string what)
    {
        if (shown < all)
            report.Block($"{Number(shown)} of {Number(all)} {what}.");
    }
}
