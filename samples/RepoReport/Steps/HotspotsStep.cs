namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>Code that is both large and often changed: where work is spent, and where a mend pays first.</summary>
/// <param name="Step">Always <c>hotspots</c>.</param>
/// <param name="Files">The 25 highest scores.</param>
internal sealed record Hotspots(string Step, IReadOnlyList<Hotspot> Files);

/// <summary>A file's score: lines times changes.</summary>
internal sealed record Hotspot(string Path, string Language, int Lines, int Changes, long Score);

/// <summary>Brings two earlier results together. A file changed once only was just made, and is no hot spot.</summary>
internal sealed class HotspotsStep : IStep
{
    public string Name => "hotspots";

    public bool ReadsRepository => false;

    public object Run(StepContext context)
    {
        var changes = context.Inputs.File<ChangeCounts>("churn", ChangeCounts.FileName).Files
            .ToDictionary(file => file.Path, file => file.Changes);
        var spots = context.Inputs.File<LineCounts>("languages", LineCounts.FileName).Files
            .Where(file => file.Kind == "code" && file.Lines > 0 && changes.GetValueOrDefault(file.Path) > 1)
            .Select(file => new Hotspot(file.Path, file.Language, file.Lines, changes[file.Path], (long)file.Lines * changes[file.Path]));
        var hottest = spots.OrderByDescending(spot => spot.Score).ThenBy(spot => spot.Path, StringComparer.Ordinal).Take(StepContext.Top);
        return new Hotspots(Name, [.. hottest]);
    }
}
