using Miyabi.Samples.RepoReport.Reporting;

namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>What all the numbers come to.</summary>
/// <param name="Step">Always <c>summary</c>.</param>
/// <param name="Facts">What there is, in sentences of Markdown.</param>
/// <param name="Notices">What a reader should look at or know about the numbers, in sentences of Markdown.</param>
internal sealed record Summary(string Step, IReadOnlyList<string> Facts, IReadOnlyList<string> Notices);

/// <summary>Reads the earlier results and says what stands out.</summary>
internal sealed class SummaryStep : IStep
{
    public string Name => "summary";

    public bool ReadsRepository => false;

    public object Run(StepContext context)
    {
        var inventory = context.Inputs.Output<Inventory>("inventory");
        if (inventory.Commit.Length == 0)
            return new Summary(Name, ["The repository has no commit yet, so there is nothing to count."], []);

        var languages = context.Inputs.Output<LanguageTotals>("languages");
        var people = context.Inputs.Output<People>("people");
        var authors = context.Inputs.Output<Authors>("authors");
        var history = context.Inputs.Output<History>("history");
        var dependencies = context.Inputs.Output<Dependencies>("dependencies");
        return new Summary(Name,
            [.. Contents(inventory, languages), .. Pace(history, authors, people)],
            [.. Attention(context, authors), .. Caveats(inventory, languages, history, dependencies)]);
    }

    private static IEnumerable<string> Contents(Inventory inventory, LanguageTotals languages)
    {
        yield return $"{Markdown.Count(inventory.Files, "file")} in {Markdown.Count(inventory.Folders, "folder")}, "
            + $"{Markdown.Size(inventory.Bytes)}, {Markdown.Count(languages.Lines, "line")} of text.";
        var code = languages.Languages.Where(language => language.Kind == "code" && language.Lines > 0).ToList();
        if (code.Count > 0)
        {
            var lines = code.Sum(language => language.Lines);
            yield return $"{Markdown.Count(lines, "line")} of code, of which {Markdown.Percent(code[0].Lines, lines)} are "
                + $"{Markdown.Text(code[0].Name)}.";
        }
    }

    private static IEnumerable<string> Pace(History history, Authors authors, People people)
    {
        var when = history.First == history.Last ? $" on {history.First}" : $" from {history.First} to {history.Last}";
        yield return $"{Markdown.Count(history.Commits, "commit")} by {Markdown.Count(authors.AuthorCount, "author")}"
            + (history.First.Length == 0 ? "." : when + ".");
        if (people.ActiveMonths > 1)
        {
            yield return $"Commits in {Markdown.Count(people.ActiveMonths, "month")}; the busiest is {people.BusiestMonth} with "
                + $"{Markdown.Count(people.BusiestMonthCommits, "commit")}.";
        }
    }

    private static IEnumerable<string> Attention(StepContext context, Authors authors)
    {
        if (authors.AuthorCount > 2 && authors.HalfOfCommits == 1)
        {
            yield return $"One of {Markdown.Count(authors.AuthorCount, "author")} made half of all commits: "
                + "much of the knowledge is with one person.";
        }

        var hotspots = context.Inputs.Output<Hotspots>("hotspots").Files;
        if (hotspots.Count > 0)
        {
            yield return $"The hottest spot is {Markdown.Code(hotspots[0].Path)}: {Markdown.Count(hotspots[0].Lines, "line")}, "
                + $"changed {Markdown.Count(hotspots[0].Changes, "time")}.";
        }

        var todos = context.Inputs.Output<Todos>("todos");
        if (todos.Total > 0)
        {
            yield return $"{Markdown.Count(todos.Total, "comment")} in {Markdown.Count(todos.Files, "file")} "
                + $"{(todos.Total == 1 ? "says" : "say")} that work is left (TODO and the like).";
        }

        var divided = context.Inputs.Output<Dependencies>("dependencies").Packages.Count(package => package.Versions.Count > 1);
        if (divided > 0)
            yield return $"{Markdown.Count(divided, "package is", "packages are")} asked for in several versions.";
        var largest = context.Inputs.Output<LargestFiles>("largest").Files;
        if (largest.Count > 0 && largest[0].Bytes >= 1024 * 1024)
            yield return $"The largest file is {Markdown.Code(largest[0].Path)} with {Markdown.Size(largest[0].Bytes)}.";
    }

    private static IEnumerable<string> Caveats(Inventory inventory, LanguageTotals languages, History history, Dependencies dependencies)
    {
        if (inventory.Landmarks.All(landmark => landmark.What != "Read-me"))
            yield return "There is no read-me at the root.";
        if (inventory.Landmarks.All(landmark => landmark.What != "Licence"))
            yield return "There is no licence at the root.";
        if (inventory.Shallow)
            yield return "The clone is shallow: history, authors and changes begin where it was cut off.";
        if (inventory.LeftOut > 0)
            yield return $"{Markdown.Count(inventory.LeftOut, "file")} beyond the longest list that fits are in no number.";
        if (languages.HugeFiles > 0)
            yield return $"Lines of {Markdown.Count(languages.HugeFiles, "file")} larger than 5 MiB were not counted.";
        if (inventory.Links + inventory.Submodules > 0)
        {
            yield return $"{Markdown.Count(inventory.Links, "link")} and {Markdown.Count(inventory.Submodules, "submodule")} "
                + "were not followed.";
        }

        if (history.Undated > 0)
            yield return $"{Markdown.Count(history.Undated, "commit")} without a date from 1970 to 2099 are in no month.";
        if (dependencies.Unreadable.Count > 0)
            yield return $"{Markdown.Count(dependencies.Unreadable.Count, "manifest")} could not be read.";
    }
}
