namespace Miyabi.Samples.RepoReport.Tests;

/// <summary>Each step's numbers on a repository small enough to count by hand.</summary>
public sealed class StepTests
{
    [Fact]
    public void Inventory_SeveralFiles_CountsFilesBytesAndFolders()
    {
        using var repository = new TemporaryRepository().Write("README.md", "12345").Write("src/a/one.cs", "123").Write("src/two.cs", "")
            .Commit();

        var inventory = SamplePlan.Run(repository, "inventory").Output("inventory");

        Assert.Equal((3, 8, 2), ((int)inventory["files"]!, (int)inventory["bytes"]!, (int)inventory["folders"]!));
        Assert.Equal(("sample", "main"), ((string?)inventory["repository"], (string?)inventory["branch"]));
        Assert.Equal(repository.Git(["rev-parse", "HEAD"]), (string?)inventory["commit"]);
        Assert.Equal("README.md", (string?)inventory["landmarks"]![0]!["path"]);
    }

    [Fact]
    public void Inventory_UncommittedFile_IsNotSeen()
    {
        using var repository = new TemporaryRepository().Write("a.txt", "a").Commit().Write("b.txt", "b");

        Assert.Equal(1, (int)SamplePlan.Run(repository, "inventory").Output("inventory")["files"]!);
    }

    [Fact]
    public void Languages_TextAndBinary_CountsLinesOfText()
    {
        using var repository = new TemporaryRepository()
            .Write("a.cs", "one\n\n  \nfour").Write("b.cs", "one\n").Write("c.py", "x\n").Write("d.bin", [1, 0, 2]).Write("e.cs", "")
            .Commit();

        var languages = SamplePlan.Run(repository, "languages").Output("languages");

        var first = languages["languages"]![0]!;
        Assert.Equal(("C#", 3, 5, 2), ((string?)first["name"], (int)first["files"]!, (int)first["lines"]!, (int)first["blankLines"]!));
        Assert.Equal((6, 1, 0), ((int)languages["lines"]!, (int)languages["binaryFiles"]!, (int)languages["hugeFiles"]!));
    }

    [Fact]
    public void Languages_FileOverFiveMebibytes_IsNamedAsNotCounted()
    {
        using var repository = new TemporaryRepository().Write("huge.txt", new string('\n', 5 * 1024 * 1024 + 1))
            .Write("large.txt", new string('\n', 5 * 1024 * 1024)).Commit();

        var languages = SamplePlan.Run(repository, "languages").Output("languages");

        Assert.Equal((5 * 1024 * 1024, 1), ((int)languages["lines"]!, (int)languages["hugeFiles"]!));
    }

    [Fact]
    public void Largest_EqualSizes_AreInOrderOfName()
    {
        using var repository = new TemporaryRepository().Write("b", "12").Write("a", "12").Write("c", "123").Commit();

        var files = SamplePlan.Run(repository, "largest").Output("largest")["files"]!.AsArray();

        Assert.Equal(["c", "a", "b"], files.Select(file => (string)file!["path"]!));
    }

    [Fact]
    public void Todos_CommentsAndOtherText_CountsCommentsAlone()
    {
        using var repository = new TemporaryRepository()
            .Write("a.cs", "// TODO: first\nvar TODO = 1;\n  * FIXME second\nTODOS // todo\n").Write("b.py", "x # XXX third\n").Commit();

        var todos = SamplePlan.Run(repository, "todos").Output("todos");

        Assert.Equal((3, 2), ((int)todos["total"]!, (int)todos["files"]!));
        Assert.Equal("TODO: first", (string?)todos["examples"]![0]!["text"]);
        Assert.Equal(1, (int)todos["examples"]![1]!["line"]!);
    }

    [Fact]
    public void History_CommitsOfThreeMonths_CountsByMonthAndWeekday()
    {
        using var repository = new TemporaryRepository()
            .Commit(date: "2023-12-31T23:30:00-01:00").Commit(date: "2024-01-02T00:00:00Z").Commit(date: "2024-03-05T00:00:00Z");

        var history = SamplePlan.Run(repository, "history").Output("history");

        Assert.Equal(3, (int)history["commits"]!);
        Assert.Equal(("2024-01-01", "2024-03-05"), ((string?)history["first"], (string?)history["last"]));
        Assert.Equal("""[{"period":"2024-01","commits":2},{"period":"2024-03","commits":1}]""", history["months"]!.ToJsonString());
        Assert.Equal([1, 2, 0, 0, 0, 0, 0], history["weekdays"]!.AsArray().Select(day => (int)day!["commits"]!));
    }

    [Fact]
    public void History_Merge_IsCounted()
    {
        using var repository = new TemporaryRepository().Commit();
        repository.Git(["checkout", "--quiet", "-b", "side"]);
        repository.Write("a", "a").Commit();
        repository.Git(["checkout", "--quiet", "main"]);
        repository.Git(["merge", "--quiet", "--no-ff", "--message=merge", "side"]);

        var history = SamplePlan.Run(repository, "history").Output("history");

        Assert.Equal((3, 1), ((int)history["commits"]!, (int)history["merges"]!));
    }

    [Fact]
    public void Authors_NamesAndAnAddress_AreCountedWithoutAddresses()
    {
        using var repository = new TemporaryRepository()
            .Commit("First Author").Commit("second@example.invalid").Commit("First Author", "2022-05-01T00:00:00Z");

        var authors = SamplePlan.Run(repository, "authors").Output("authors");

        Assert.Equal("""[{"name":"First Author","commits":2,"first":"2022-05-01","last":"2024-01-15"},"""
            + """{"name":"second","commits":1,"first":"2024-01-15","last":"2024-01-15"}]""", authors["topAuthors"]!.ToJsonString());
        Assert.Equal((2, 1), ((int)authors["authorCount"]!, (int)authors["halfOfCommits"]!));
    }

    [Fact]
    public void Churn_ChangedAndRemovedFiles_CountsWhatIsStillThere()
    {
        using var repository = new TemporaryRepository().Write("a", "1").Write("b", "1").Write("gone", "1")
            .Commit(date: "2024-01-01T00:00:00Z");
        repository.Write("a", "2").Commit(date: "2024-02-01T00:00:00Z");
        File.Delete(Path.Combine(repository.Path, "gone"));
        repository.Commit(date: "2024-03-01T00:00:00Z");

        var churn = SamplePlan.Run(repository, "churn").Output("churn");

        Assert.Equal("""[{"path":"a","changes":2,"last":"2024-02-01"},{"path":"b","changes":1,"last":"2024-01-01"}]""",
            churn["files"]!.ToJsonString());
        Assert.Equal((3, 2), ((int)churn["changes"]!, (int)churn["goneChanges"]!));
    }

    [Fact]
    public void Hotspots_LinesAndChanges_AreMultiplied()
    {
        using var repository = new TemporaryRepository().Write("a.cs", "1\n2\n3\n").Write("once.cs", "1\n2\n").Write("data.json", "1\n")
            .Commit();
        repository.Write("a.cs", "1\n2\n").Write("data.json", "2\n").Commit();

        var files = SamplePlan.Run(repository, "hotspots").Output("hotspots")["files"]!;

        Assert.Equal("""[{"path":"a.cs","language":"C#","lines":2,"changes":2,"score":4}]""", files.ToJsonString());
    }

    [Fact]
    public void Folders_NestedFiles_AreSummedUpByTwoLevels()
    {
        using var repository = new TemporaryRepository().Write("a.txt", "1\n").Write("x/b.txt", "1\n").Write("x/y/c.txt", "1\n")
            .Write("x/y/z/d.txt", "1\n2\n").Commit();

        var folders = SamplePlan.Run(repository, "folders").Output("folders")["folderTotals"]!.AsArray();

        Assert.Equal(["x/y 2 3", ". 1 1", "x 1 1"], folders.Select(folder => $"{folder!["path"]} {folder["files"]} {folder["lines"]}"));
    }

    [Fact]
    public void People_YearWithoutCommits_IsListedAndCountedAsPause()
    {
        using var repository = new TemporaryRepository()
            .Commit(date: "2022-11-01T00:00:00Z").Commit("Second Author", "2024-02-01T00:00:00Z").Commit(date: "2024-02-01T00:00:00Z");

        var people = SamplePlan.Run(repository, "people").Output("people");

        Assert.Equal("""[{"year":2022,"commits":1,"newAuthors":1},{"year":2023,"commits":0,"newAuthors":0},"""
            + """{"year":2024,"commits":2,"newAuthors":1}]""",
            people["years"]!.ToJsonString());
        Assert.Equal(14, (int)people["longestQuietMonths"]!);
        Assert.Equal(66.7, (double)people["authors"]![0]!["percent"]!);
    }
}
