namespace Miyabi.Samples.RepoReport.Git;

/// <summary>A git repository on this machine, bare or with a work tree. Only its commits are read, never the work tree's files.</summary>
/// <remarks>
/// Committed content alone makes the report repeatable, and leaves no link to follow out of the repository.
/// The repository's own configuration is not trusted: see <see cref="GitProcess"/>.
/// </remarks>
public sealed class GitRepository
{
    private GitRepository(string name, string gitDirectory)
    {
        Name = name;
        GitDirectory = gitDirectory;
    }

    /// <summary>The name of the folder, without <c>.git</c> at the end.</summary>
    public string Name { get; }

    /// <summary>Absolute: the folder <c>.git</c>, the file of that name that stands for it in a linked work tree, or the bare
    /// repository.</summary>
    internal string GitDirectory { get; }

    /// <summary>Opens the repository that holds a folder.</summary>
    /// <exception cref="StepException">There is no such folder, or no repository there that git can read.</exception>
    public static GitRepository Open(string path)
    {
        var start = Path.GetFullPath(path);
        if (!Directory.Exists(start))
            throw new StepException($"there is no folder '{start}': give the path of a git repository with '--repo PATH'.");

        for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var inside = Path.Combine(folder, ".git");
            if (Path.Exists(inside))
                return Checked(new GitRepository(NameOf(folder), inside), start);
            if (IsBare(folder))
                return Checked(new GitRepository(NameOf(folder), folder), start);
        }

        throw NoRepository(start, "");
    }

    /// <summary>The commit that HEAD names, or <see langword="null"/> while there is none.</summary>
    /// <exception cref="StepException">HEAD names something that cannot be read.</exception>
    public string? FindHeadCommit()
    {
        var head = GitProcess.ReadText(this, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
        if (head.ExitCode == 0)
            return head.Text.Trim();

        // Before the first commit HEAD names a branch that does not exist. A branch that exists but cannot be read is damage.
        if (FindBranch().Length > 0 && GitProcess.ReadText(this, ["rev-parse", "--verify", "--quiet", "HEAD"]).ExitCode != 0)
            return null;
        throw new StepException($"the commit that HEAD names cannot be read; 'git fsck' in the repository says more. {head.Error}".Trim());
    }

    /// <summary>The branch that HEAD names; empty when HEAD names a commit.</summary>
    public string FindBranch()
    {
        var (exitCode, text, _) = GitProcess.ReadText(this, ["symbolic-ref", "--quiet", "--short", "HEAD"]);
        return exitCode == 0 ? text.Trim() : "";
    }

    /// <summary>Whether history was cut off when the repository was cloned.</summary>
    public bool IsShallow() => GitProcess.ReadText(this, ["rev-parse", "--is-shallow-repository"]).Text.Trim() == "true";

    private static GitRepository Checked(GitRepository repository, string start)
    {
        var (exitCode, _, error) = GitProcess.ReadText(repository, ["rev-parse", "--git-dir"]);
        return exitCode == 0 ? repository : throw NoRepository(start, $" git says: {error}");
    }

    private static StepException NoRepository(string start, string detail) =>
        new($"'{start}' is not in a git repository: give the path of one with '--repo PATH'.{detail}");

    private static bool IsBare(string folder) =>
        File.Exists(Path.Combine(folder, "HEAD"))
        && Directory.Exists(Path.Combine(folder, "objects"))
        && Directory.Exists(Path.Combine(folder, "refs"));

    private static string NameOf(string folder)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        if (name == ".git")
            name = Path.GetFileName(Path.GetDirectoryName(folder)) ?? "";
        if (name.EndsWith(".git", StringComparison.Ordinal))
            name = name[..^4];
        return name.Length == 0 ? "repository" : name;
    }
}
