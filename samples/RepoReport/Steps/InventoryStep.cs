using System.Globalization;
using System.Text;
using Miyabi.Samples.RepoReport.Git;

namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>What the commit holds. Everything later is about this commit, also when the repository moves on meanwhile.</summary>
/// <param name="Step">Always <c>inventory</c>.</param>
/// <param name="Repository">The name of the repository's folder.</param>
/// <param name="Branch">The branch that HEAD names; empty when HEAD names a commit.</param>
/// <param name="Commit">The commit's id; empty when there is none yet.</param>
/// <param name="Shallow">History was cut off when the repository was cloned.</param>
/// <param name="Files">Regular files.</param>
/// <param name="Bytes">All of them together.</param>
/// <param name="Links">Symbolic links; never followed.</param>
/// <param name="Submodules">Submodules; not looked into.</param>
/// <param name="Folders">Folders that hold a file, a link or a submodule, themselves or below.</param>
/// <param name="LeftOut">Files beyond what a list can hold; no later number has them.</param>
/// <param name="Landmarks">Files that a visitor looks for, by what they are.</param>
internal sealed record Inventory(
    string Step, string Repository, string Branch, string Commit, bool Shallow, int Files, long Bytes, int Links, int Submodules,
    int Folders, int LeftOut, IReadOnlyList<Landmark> Landmarks);

/// <summary>A file that a visitor looks for.</summary>
internal sealed record Landmark(string What, string Path);

/// <summary>The file <c>inventory/files.json</c>: the commit's regular files in order of path.</summary>
internal sealed record FileList(IReadOnlyList<TrackedFile> Files)
{
    public const string FileName = "inventory/files.json";
}

/// <summary>Lists the files of the commit that HEAD names.</summary>
internal sealed class InventoryStep : IStep
{
    // Keeps the list below the 64 MiB that an artifact may have, escapes in JSON included.
    private const long MaxListBytes = 24 * 1024 * 1024;
    private const int BytesBesidesPath = 80;

    public string Name => "inventory";

    public bool ReadsRepository => true;

    public bool ReadsResults => false;

    public object Run(StepContext context)
    {
        var repository = context.Repository;
        var commit = repository.FindHeadCommit();
        var files = new List<TrackedFile>();
        var folders = new HashSet<string>();
        int links = 0, submodules = 0, leftOut = 0;
        long listBytes = 0;

        foreach (var (mode, id, bytes, path) in commit is null ? [] : Entries(repository, commit))
        {
            AddFolders(folders, path);
            if (mode == "120000")
                links++;
            else if (mode == "160000")
                submodules++;
            else if ((listBytes += path.Length + BytesBesidesPath) > MaxListBytes)
                leftOut++;
            else
                files.Add(new TrackedFile(path, id, bytes));
        }

        files.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        context.WriteJson(FileList.FileName, new FileList(files));
        return new Inventory(Name, repository.Name, repository.FindBranch(), commit ?? "", repository.IsShallow(), files.Count,
            files.Sum(file => file.Bytes), links, submodules, folders.Count, leftOut, FindLandmarks(files));
    }

    private static IEnumerable<(string Mode, string Id, long Bytes, string Path)> Entries(GitRepository repository, string commit)
    {
        using var git = GitProcess.Start(repository, ["ls-tree", "-r", "-l", "-z", "--full-tree", commit]);
        git.Input.Close();
        var output = new ByteReader(git.Output);
        while (TryReadEntry(output, out var entry))
            yield return entry;
        git.Complete();
    }

    private static bool TryReadEntry(ByteReader output, out (string Mode, string Id, long Bytes, string Path) entry)
    {
        entry = default;
        if (!output.TryReadPiece(0, out var piece))
            return false;
        var tab = piece.IndexOf((byte)'\t');
        var fields = Encoding.ASCII.GetString(piece[..tab]).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var size = long.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : 0;
        entry = (fields[0], fields[2], size, GitText.Decode(piece[(tab + 1)..]));
        return true;
    }

    private static void AddFolders(HashSet<string> folders, string path)
    {
        for (var end = path.LastIndexOf('/'); end > 0 && folders.Add(path[..end]);)
            end = path.LastIndexOf('/', end - 1);
    }

    private static List<Landmark> FindLandmarks(List<TrackedFile> files)
    {
        (string What, Func<string, bool> Is)[] sought =
        [
            ("Read-me", path => Starts(path, "readme")),
            ("Licence", path => Starts(path, "license") || Starts(path, "licence") || Starts(path, "copying")),
            ("Contributing", path => Starts(path, "contributing")),
            ("Change log", path => Starts(path, "changelog") || Starts(path, "changes.") || Starts(path, "history.")),
            ("Code owners", path => path is "CODEOWNERS" or ".github/CODEOWNERS" or "docs/CODEOWNERS"),
            ("Continuous integration", IsContinuousIntegration),
        ];
        return [.. sought.Select(one => (one.What, File: files.Find(file => one.Is(file.Path))))
            .Where(found => found.File is not null)
            .Select(found => new Landmark(found.What, found.File!.Path))];
    }

    private static bool Starts(string path, string name) =>
        !path.Contains('/', StringComparison.Ordinal) && path.StartsWith(name, StringComparison.OrdinalIgnoreCase);

    private static bool IsContinuousIntegration(string path) =>
        path is ".gitlab-ci.yml" or "Jenkinsfile" or "azure-pipelines.yml" or ".travis.yml" or "appveyor.yml" or ".circleci/config.yml"
        || path.StartsWith(".github/workflows/", StringComparison.Ordinal) || path.StartsWith(".ci/", StringComparison.Ordinal);
}
