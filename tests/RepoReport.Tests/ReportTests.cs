using System.Text;

namespace Miyabi.Samples.RepoReport.Tests;

/// <summary>All steps together, on repositories of every sort.</summary>
public sealed class ReportTests
{
    [Fact]
    public void Report_OrdinaryRepository_HasATableForEachSection()
    {
        using var repository = new TemporaryRepository().Write("a.cs", "// TODO more\n")
            .Write("package.json", """{ "dependencies": { "one": "1" } }""").Commit();
        repository.Write("a.cs", "// TODO more\n\n").Commit("Second Author");

        var report = SamplePlan.Run(repository).Report();

        Assert.Contains("# sample", report);
        foreach (var row in new[] { "| C# | code | 1 | 2 |", "| `a.cs` | C# | 2 | 2 | 4 |", "| `a.cs` | 1 | 1 | `TODO more` |",
            "| one | npm | 1 | 1 |",
            "| Second Author | 1 | 50.0 % |", "| 2024 | 2 | 2 |" })
        {
            Assert.Contains(row, report);
        }

        Assert.DoesNotContain("example.invalid", report);
    }

    [Fact]
    public void Report_SameCommit_IsTheSameBytes()
    {
        using var repository = new TemporaryRepository().Write("a.cs", "x\n").Commit();

        Assert.Equal(SamplePlan.Run(repository).Report(), SamplePlan.Run(repository).Report());
    }

    [Fact]
    public void Report_NoCommits_SaysSo()
    {
        using var repository = new TemporaryRepository();

        Assert.Contains("no commit yet", SamplePlan.Run(repository).Report());
    }

    [Fact]
    public void Report_CommitWithoutFiles_HasNoRows()
    {
        using var repository = new TemporaryRepository().Commit();

        var report = SamplePlan.Run(repository).Report();

        Assert.Contains("0 files in 0 folders", report);
        Assert.Contains("No text files.", report);
    }

    [Fact]
    public void Report_BareRepository_Works()
    {
        using var repository = new TemporaryRepository().Write("a.cs", "x\n").Commit();
        var bare = Path.Combine(repository.Beside("bare"), "copy.git");
        repository.Git(["clone", "--quiet", "--bare", ".", bare]);

        var report = SamplePlan.Run(repository, path: bare).Report();

        Assert.Contains("# copy", report);
        Assert.Contains("| C# | code | 1 | 1 |", report);
    }

    [Fact]
    public void Report_LinkedWorkTreeAndSubfolder_AreTheirRepository()
    {
        using var repository = new TemporaryRepository().Write("in/a.cs", "x\n").Write("b.cs", "y\n").Commit();
        var tree = Path.Combine(repository.Beside("trees"), "linked");
        repository.Git(["worktree", "add", "--quiet", "-b", "side", tree]);

        Assert.Contains("2 files in 1 folder", SamplePlan.Run(repository, path: Path.Combine(tree, "in")).Report());
    }

    [Fact]
    public void Report_ShallowClone_SaysSo()
    {
        using var repository = new TemporaryRepository().Write("a", "1").Commit().Write("a", "2").Commit();
        var clone = Path.Combine(repository.Beside("clones"), "shallow");
        repository.Git(["clone", "--quiet", "--depth=1", new Uri(repository.Path).AbsoluteUri, clone]);

        Assert.Contains("shallow", SamplePlan.Run(repository, path: clone).Report());
    }

    [Fact]
    public void Report_HostileNames_StayInsideTheirCells()
    {
        byte[][] names =
        [
            "a b/ü 雅.cs"u8.ToArray(), "pipe|`x`\\|.cs"u8.ToArray(), "two\nlines.cs"u8.ToArray(), "\u202Ereversed.cs"u8.ToArray(),
            [(byte)'x', 0xE9, 0xFF, (byte)'.', (byte)'c', (byte)'s'], ":100644 100644.cs"u8.ToArray(), "-- --help.cs"u8.ToArray(),
        ];
        using var repository = new TemporaryRepository();
        CommitNames(repository, names, "// TODO a | b\n");
        CommitNames(repository, names, "// TODO a | c\n");

        var report = SamplePlan.Run(repository).Report();

        Assert.Contains("`a b/ü 雅.cs`", report);
        Assert.Contains("pipe&#124;\\`x\\`\\\\&#124;.cs", report);
        Assert.Contains("`two\\nlines.cs`", report);
        Assert.Contains("`\\u202Ereversed.cs`", report);
        Assert.Contains("`x\\xE9\\xFF.cs`", report);
        Assert.Contains("| `:100644 100644.cs` | 2 |", report);
        Assert.Contains("| `-- --help.cs` | 2 |", report);
        var cells = report.Split('\n').Where(line => line.StartsWith('|') && line.Contains(".cs", StringComparison.Ordinal)
            && line.Contains("C#", StringComparison.Ordinal));
        Assert.All(cells, line => Assert.Equal(6, line.Count(character => character == '|')));
    }

    [Fact]
    public void Report_HostileAuthor_StaysInsideItsCell()
    {
        using var repository = new TemporaryRepository().Commit("Pipe | [link](x) *bold*\t@ x");

        Assert.Contains(@"Pipe &#124; \[link\](x) \*bold\* @ x |", SamplePlan.Run(repository).Report());
    }

    [Theory]
    [InlineData("-5 +0000")]
    [InlineData("99999999999999 +0000")]
    [InlineData("9999999999999999999999 +0000")]
    [InlineData("then +0000")]
    public void History_AbsurdDate_IsCountedAsUndated(string date)
    {
        using var repository = new TemporaryRepository().Commit();
        AddRawCommit(repository, "Raw Author", date, "");

        var history = SamplePlan.Run(repository, "history").Output("history");

        Assert.Equal((2, 1), ((int)history["commits"]!, (int)history["undated"]!));
    }

    [Fact]
    public void Report_LinkOutOfTheRepository_IsCountedAndNotFollowed()
    {
        if (OperatingSystem.IsWindows())
            return; // making links there needs rights that a test does not have
        using var repository = new TemporaryRepository();
        var secret = Path.Combine(repository.Beside("outside"), "secret.cs");
        File.WriteAllText(secret, "// TODO secret\n");
        File.CreateSymbolicLink(Path.Combine(repository.Path, "link.cs"), secret);
        repository.Commit();

        var plan = SamplePlan.Run(repository);

        Assert.Equal(1, (int)plan.Output("inventory")["links"]!);
        Assert.DoesNotContain("secret", plan.Report());
    }

    [Fact]
    public void Report_ConfigurationThatNamesPrograms_RunsNone()
    {
        if (OperatingSystem.IsWindows())
            return; // the trap is a shell script
        using var repository = new TemporaryRepository().Write("a.cs", "x\n").Write(".gitattributes", "* diff=trap filter=trap\n").Commit();
        AddRawCommit(repository, "Signed Author", "1700000000 +0000",
            "gpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----\n");
        var sprung = Path.Combine(repository.Beside("trap"), "sprung");
        var trap = Path.Combine(repository.Beside("trap"), "trap.sh");
        File.WriteAllText(trap, $"#!/bin/sh\necho \"$0 $*\" >> '{sprung}'\n");
        File.SetUnixFileMode(trap, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var name in new[] { "core.fsmonitor", "gpg.program", "diff.external", "diff.trap.textconv", "diff.trap.command",
            "filter.trap.smudge",
            "filter.trap.process", "core.pager", "pager.log", "core.sshCommand", "core.editor" })
        {
            repository.Git(["config", name, trap]);
        }

        repository.Git(["config", "log.showSignature", "true"]);

        var report = SamplePlan.Run(repository).Report();

        Assert.Contains("2 commits", report);
        Assert.False(File.Exists(sprung), File.Exists(sprung) ? File.ReadAllText(sprung) : "");
    }

    [Fact]
    public void Report_FiveThousandFilesAndCommits_HasAllOfThem()
    {
        using var repository = new TemporaryRepository();
        var import = new StringBuilder();
        for (var i = 1; i <= 5_000; i++)
        {
            import.Append($"commit refs/heads/main\ncommitter Author {i % 50} <a@example.invalid> {1_600_000_000 + i * 3600} +0000\n");
            import.Append("data 1\nx\n");
            import.Append($"M 644 inline folder{i % 100}/file{i}.cs\ndata 4\na\nb\n\n");
        }

        repository.Git(["fast-import", "--quiet"], Encoding.UTF8.GetBytes(import.ToString()));

        var plan = SamplePlan.Run(repository);

        Assert.Equal(5_000, (int)plan.Output("inventory")["files"]!);
        Assert.Equal(10_000, (int)plan.Output("languages")["lines"]!);
        Assert.Equal(5_000, (int)plan.Output("churn")["changes"]!);
        Assert.InRange(plan.Report().Length, 1_000, 50_000);
    }

    private static void CommitNames(TemporaryRepository repository, byte[][] names, string content)
    {
        var id = repository.Git(["hash-object", "-w", "--stdin"], Encoding.UTF8.GetBytes(content));
        using var index = new MemoryStream();
        foreach (var name in names)
            index.Write([.. Encoding.ASCII.GetBytes($"100644 {id}\t"), .. name, 0]);
        repository.Git(["update-index", "-z", "--index-info"], index.ToArray());
        repository.Git(["commit", "--quiet", "--message=names"]);
    }

    private static void AddRawCommit(TemporaryRepository repository, string author, string date, string headers)
    {
        var commit = $"tree {repository.Git(["rev-parse", "HEAD^{tree}"])}\nparent {repository.Git(["rev-parse", "HEAD"])}\n"
            + $"author {author} <a@example.invalid> {date}\ncommitter {author} <a@example.invalid> 1700000000 +0000\n{headers}\nraw\n";
        var id = repository.Git(["hash-object", "-t", "commit", "-w", "--literally", "--stdin"], Encoding.UTF8.GetBytes(commit));
        repository.Git(["update-ref", "HEAD", id]);
    }
}
