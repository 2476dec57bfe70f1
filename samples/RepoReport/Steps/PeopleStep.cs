using System.Globalization;

namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>How the work is spread over people and time.</summary>
/// <param name="Step">Always <c>people</c>.</param>
/// <param name="Authors">Each of the top authors with a share of all commits.</param>
/// <param name="Years">Every year from the first commit to the last, those without one too.</param>
/// <param name="BusiestMonth">yyyy-MM, the earliest of equals; empty without commits.</param>
/// <param name="BusiestMonthCommits">Its commits.</param>
/// <param name="ActiveMonths">Months with a commit.</param>
/// <param name="LongestQuietMonths">The most months in a row, between two commits, without one.</param>
internal sealed record People(
    string Step, IReadOnlyList<AuthorShare> Authors, IReadOnlyList<YearPace> Years, string BusiestMonth, int BusiestMonthCommits,
    int ActiveMonths, int LongestQuietMonths);

/// <summary>An author's share of all commits, in percent with one decimal.</summary>
internal sealed record AuthorShare(string Name, int Commits, double Percent, string First, string Last);

/// <summary>A year's commits and new authors.</summary>
internal sealed record YearPace(int Year, int Commits, int NewAuthors);

/// <summary>Brings authors and history together.</summary>
internal sealed class PeopleStep : IStep
{
    public string Name => "people";

    public bool ReadsRepository => false;

    public object Run(StepContext context)
    {
        var history = context.Inputs.Output<History>("history");
        var authors = context.Inputs.Output<Authors>("authors");
        var shares = authors.TopAuthors.Select(author =>
            new AuthorShare(author.Name, author.Commits, Math.Round(100.0 * author.Commits / authors.Commits, 1), author.First,
                author.Last));
        var busiest = history.Months.OrderByDescending(month => month.Commits).ThenBy(month => month.Period, StringComparer.Ordinal)
            .FirstOrDefault();
        var months = history.Months.Select(month => Number(month.Period)).ToList();
        var quiet = months.Zip(months.Skip(1), (one, next) => next - one - 1).DefaultIfEmpty(0).Max();
        return new People(Name, [.. shares], Years(history, authors), busiest?.Period ?? "", busiest?.Commits ?? 0, months.Count, quiet);
    }

    private static List<YearPace> Years(History history, Authors authors)
    {
        if (history.Months.Count == 0)
            return [];
        var commits = history.Months.ToLookup(month => Number(month.Period) / 12, month => month.Commits);
        var newcomers = authors.Newcomers.ToDictionary(year => year.Year, year => year.Authors);
        var first = Number(history.Months[0].Period) / 12;
        var last = Number(history.Months[^1].Period) / 12;
        return [.. Enumerable.Range(first, last - first + 1)
            .Select(year => new YearPace(year, commits[year].Sum(), newcomers.GetValueOrDefault(year)))];
    }

    /// <summary>Months since the year 0, January being the first of its year.</summary>
    private static int Number(string month) =>
        int.Parse(month.AsSpan(0, 4), CultureInfo.InvariantCulture) * 12 + int.Parse(month.AsSpan(5, 2), CultureInfo.InvariantCulture) - 1;
}
