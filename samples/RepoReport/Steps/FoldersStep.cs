namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>Where lines and changes are, by folder.</summary>
/// <param name="Step">Always <c>folders</c>.</param>
/// <param name="FolderCount">All folders of the first two levels that hold text files.</param>
/// <param name="FolderTotals">The 25 with most lines.</param>
internal sealed record Folders(string Step, int FolderCount, IReadOnlyList<FolderTotal> FolderTotals);

/// <summary>Text files of a folder and below; <c>.</c> is the root's own files.</summary>
internal sealed record FolderTotal(string Path, int Files, long Lines, long Changes);

/// <summary>Sums files up by their first two folders.</summary>
internal sealed class FoldersStep : IStep
{
    public string Name => "folders";

    public bool ReadsRepository => false;

    public object Run(StepContext context)
    {
        var changes = context.Inputs.File<ChangeCounts>("churn", ChangeCounts.FileName).Files
            .ToDictionary(file => file.Path, file => file.Changes);
        var folders = context.Inputs.File<LineCounts>("languages", LineCounts.FileName).Files
            .GroupBy(file => FolderOf(file.Path))
            .Select(folder => new FolderTotal(folder.Key, folder.Count(), folder.Sum(file => (long)file.Lines),
                folder.Sum(file => (long)changes.GetValueOrDefault(file.Path))))
            .OrderByDescending(folder => folder.Lines).ThenBy(folder => folder.Path, StringComparer.Ordinal).ToList();
        return new Folders(Name, folders.Count, [.. folders.Take(StepContext.Top)]);
    }

    private static string FolderOf(string path)
    {
        var first = path.IndexOf('/', StringComparison.Ordinal);
        if (first < 0)
            return ".";
        var second = path.IndexOf('/', first + 1);
        return second < 0 ? path[..first] : path[..second];
    }
}
