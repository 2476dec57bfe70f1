using System.Runtime.InteropServices;
using Miyabi.Samples.RepoReport.Git;

namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>How often files were changed: commits that touch a file, merges left out. A renamed file begins again.</summary>
/// <param name="Step">Always <c>churn</c>.</param>
/// <param name="Files">The 25 most changed of the files that are still there.</param>
/// <param name="Changes">Changes of all files that are still there.</param>
/// <param name="GoneChanges">Changes of paths that are no longer there.</param>
internal sealed record Churn(string Step, IReadOnlyList<FileChanges> Files, long Changes, long GoneChanges);

/// <summary>How often a file was changed, and when last (empty without a usable date).</summary>
internal sealed record FileChanges(string Path, int Changes, string Last);

/// <summary>The file <c>churn/changes.json</c>: every file that is still there, most changed first.</summary>
internal sealed record ChangeCounts(IReadOnlyList<FileChanges> Files)
{
    public const string FileName = "churn/changes.json";
}

/// <summary>Counts the commits that touch each file.</summary>
internal sealed class ChurnStep : IStep
{
    public string Name => "churn";

    public bool ReadsRepository => true;

    public object Run(StepContext context)
    {
        var commit = context.Inputs.Output<Inventory>("inventory").Commit;
        var paths = context.Inputs.File<FileList>("inventory", FileList.FileName).Files;
        var changes = new Dictionary<string, (int Count, DateOnly? Last)>(paths.Count);
        foreach (var file in paths)
            changes[file.Path] = default;

        var gone = commit.Length == 0 ? 0 : Count(context.Repository, commit, changes);
        var sorted = changes.Select(file => new FileChanges(file.Key, file.Value.Count, $"{file.Value.Last:yyyy-MM-dd}"))
            .OrderByDescending(file => file.Changes).ThenBy(file => file.Path, StringComparer.Ordinal).ToList();
        context.WriteJson(ChangeCounts.FileName, new ChangeCounts(sorted));
        var top = sorted.Take(StepContext.Top).Where(file => file.Changes > 0);
        return new Churn(Name, [.. top], sorted.Sum(file => (long)file.Changes), gone);
    }

    // --raw, because there a path follows an entry that begins with a colon: no path can be taken for a date.
    private static long Count(GitRepository repository, string commit, Dictionary<string, (int Count, DateOnly? Last)> changes)
    {
        using var git = GitProcess.Start(repository,
            [
                "log", "-z", "--no-color", "--no-merges", "--format=%at", "--raw", "--no-abbrev", "--no-renames",
                "--no-ext-diff", "--no-textconv", commit, "--",
            ]);
        git.Input.Close();
        var output = new ByteReader(git.Output);
        DateOnly? date = null;
        long gone = 0;
        while (output.TryReadPiece(0, out var piece))
        {
            var entry = piece.TrimStart((byte)'\n');
            if (entry.IsEmpty || entry[0] != (byte)':')
            {
                date = CommitLog.ParseDate(GitText.Decode(entry));
                continue;
            }

            if (!output.TryReadPiece(0, out var path))
                break;
            ref var known = ref CollectionsMarshal.GetValueRefOrNullRef(changes, GitText.Decode(path));
            if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref known))
                gone++;
            else
                known = (known.Count + 1, known.Last is null || date > known.Last ? date : known.Last);
        }

        git.Complete();
        return gone;
    }
}
