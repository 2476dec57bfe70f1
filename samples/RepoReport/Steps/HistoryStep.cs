using Miyabi.Samples.RepoReport.Git;

namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>Commits over time, by their authors' dates in UTC.</summary>
/// <param name="Step">Always <c>history</c>.</param>
/// <param name="Commits">All that lead to the commit.</param>
/// <param name="Merges">Those of them with several parents.</param>
/// <param name="Undated">Those with a date before 1970 or after 2099, or without one: in no other number here.</param>
/// <param name="First">The earliest date, yyyy-MM-dd; empty when there is none.</param>
/// <param name="Last">The latest date; empty when there is none.</param>
/// <param name="Months">Months with commits, earliest first, yyyy-MM.</param>
/// <param name="Weekdays">Monday to Sunday.</param>
internal sealed record History(
    string Step, int Commits, int Merges, int Undated, string First, string Last, IReadOnlyList<PeriodCount> Months,
    IReadOnlyList<PeriodCount> Weekdays);

/// <summary>Commits of a period.</summary>
internal sealed record PeriodCount(string Period, int Commits);

/// <summary>Counts commits by month and weekday.</summary>
internal sealed class HistoryStep : IStep
{
    private static readonly DayOfWeek[] Week =
    [
        DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday, DayOfWeek.Saturday,
        DayOfWeek.Sunday,
    ];

    public string Name => "history";

    public bool ReadsRepository => true;

    public object Run(StepContext context)
    {
        var commit = context.Inputs.Output<Inventory>("inventory").Commit;
        var months = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var weekdays = new int[7];
        int commits = 0, merges = 0, undated = 0;
        DateOnly? first = null, last = null;

        foreach (var entry in CommitLog.Read(context.Repository, commit))
        {
            commits++;
            if (entry.Parents > 1)
                merges++;
            if (entry.Date is not { } date)
            {
                undated++;
                continue;
            }

            months[date.ToString("yyyy-MM")] = months.GetValueOrDefault(date.ToString("yyyy-MM")) + 1;
            weekdays[(int)date.DayOfWeek]++;
            first = first is null || date < first ? date : first;
            last = last is null || date > last ? date : last;
        }

        return new History(Name, commits, merges, undated, first?.ToString("yyyy-MM-dd") ?? "", last?.ToString("yyyy-MM-dd") ?? "",
            [.. months.Select(month => new PeriodCount(month.Key, month.Value))],
            [.. Week.Select(day => new PeriodCount(day.ToString(), weekdays[(int)day]))]);
    }
}
