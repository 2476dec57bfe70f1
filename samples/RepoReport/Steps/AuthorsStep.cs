using Miyabi.Samples.RepoReport.Git;

namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>Who made the commits, by name.</summary>
/// <param name="Step">Always <c>authors</c>.</param>
/// <param name="AuthorCount">Different names.</param>
/// <param name="Commits">All commits.</param>
/// <param name="HalfOfCommits">The smallest number of authors who made half of the commits; 0 without commits.</param>
/// <param name="TopAuthors">The 25 with most commits.</param>
/// <param name="Newcomers">Authors by the year of their first commit.</param>
internal sealed record Authors(
    string Step, int AuthorCount, int Commits, int HalfOfCommits, IReadOnlyList<Author> TopAuthors, IReadOnlyList<YearNewcomers> Newcomers);

/// <summary>One author; dates are empty when no commit has a usable one.</summary>
internal sealed record Author(string Name, int Commits, string First, string Last);

/// <summary>Authors whose first commit is of a year.</summary>
internal sealed record YearNewcomers(int Year, int Authors);

/// <summary>Counts commits by author. Addresses are not even read.</summary>
internal sealed class AuthorsStep : IStep
{
    public string Name => "authors";

    public bool ReadsRepository => true;

    public object Run(StepContext context)
    {
        var commit = context.Inputs.Output<Inventory>("inventory").Commit;
        var people = new Dictionary<string, (int Commits, DateOnly? First, DateOnly? Last)>();
        var commits = 0;
        foreach (var entry in CommitLog.Read(context.Repository, commit))
        {
            commits++;
            var (count, first, last) = people.GetValueOrDefault(entry.Author);
            first = first is null || entry.Date < first ? entry.Date : first;
            last = last is null || entry.Date > last ? entry.Date : last;
            people[entry.Author] = (count + 1, first, last);
        }

        var sorted = people.OrderByDescending(one => one.Value.Commits).ThenBy(one => one.Key, StringComparer.Ordinal).ToList();
        var newcomers = people.Values.Where(one => one.First is not null).GroupBy(one => one.First!.Value.Year).OrderBy(year => year.Key);
        return new Authors(Name, people.Count, commits, CountHalf([.. sorted.Select(one => one.Value.Commits)], commits),
            [.. sorted.Take(StepContext.Top).Select(one =>
                new Author(one.Key, one.Value.Commits, $"{one.Value.First:yyyy-MM-dd}", $"{one.Value.Last:yyyy-MM-dd}"))],
            [.. newcomers.Select(year => new YearNewcomers(year.Key, year.Count()))]);
    }

    private static int CountHalf(List<int> mostFirst, int commits)
    {
        long sum = 0;
        var authors = 0;
        while (2 * sum < commits)
            sum += mostFirst[authors++];
        return authors;
    }
}
