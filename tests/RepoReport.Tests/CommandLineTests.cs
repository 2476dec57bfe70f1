namespace Miyabi.Samples.RepoReport.Tests;

/// <summary>Arguments, instructions and repositories that are wrong.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("a step is missing")]
    [InlineData("'nothing' is no step", "nothing")]
    [InlineData("does not take '--what'", "inventory", "--what", "x")]
    [InlineData("does not take '--repo'", "report", "--repo", ".")]
    [InlineData("needs '--repo PATH'", "inventory")]
    [InlineData("needs the path", "inventory", "--repo")]
    [InlineData("needs the path", "inventory", "--repo", "")]
    [InlineData("given twice", "inventory", "--repo", ".", "--repo", ".")]
    public void Arguments_Wrong_ExitTwoWithUsage(string expected, params string[] arguments)
    {
        var (exitCode, output, error) = Tool.Run(arguments);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(expected, error);
        Assert.Contains("usage: repo-report", error);
    }

    [Fact]
    public void Help_Asked_ExitsZero()
    {
        var (exitCode, output, _) = Tool.Run(["--help"]);

        Assert.Equal(0, exitCode);
        Assert.Contains("usage: repo-report", output);
    }

    [Theory]
    [InlineData("no-such-folder", "there is no folder")]
    [InlineData("", "is not in a git repository")]
    public void Repository_Missing_ExitsOneAndSaysWhat(string below, string expected)
    {
        var folder = Directory.CreateTempSubdirectory("repo-report-tests-");
        try
        {
            var (exitCode, _, error) = Tool.Run(["inventory", "--repo", Path.Combine(folder.FullName, below)]);

            Assert.Equal(1, exitCode);
            Assert.Contains(expected, error);
            Assert.Contains("--repo PATH", error);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("1111111111111111111111111111111111111111")]
    [InlineData("garbage")]
    public void Repository_DamagedBranch_ExitsOneInsteadOfBeingCalledEmpty(string branch)
    {
        using var repository = new TemporaryRepository().Commit();
        File.WriteAllText(Path.Combine(repository.Path, ".git", "refs", "heads", "main"), branch + "\n");

        var (exitCode, _, error) = Tool.Run(["inventory", "--repo", repository.Path], workspace: repository.Beside("work"));

        Assert.Equal(1, exitCode);
        Assert.Contains("cannot be read", error);
    }

    [Fact]
    public void Languages_MissingObject_ExitsOneAndNamesTheFile()
    {
        using var repository = new TemporaryRepository().Write("lost.cs", "x\n").Commit();
        var id = repository.Git(["rev-parse", "HEAD:lost.cs"]);
        var work = repository.Beside("work");
        Assert.Equal(0, Tool.Run(["inventory", "--repo", repository.Path], workspace: work).ExitCode);
        var objectFile = Path.Combine(repository.Path, ".git", "objects", id[..2], id[2..]);
        File.SetAttributes(objectFile, FileAttributes.Normal);
        File.Delete(objectFile);

        var instruction = """
            {"inputs":[{"output":{"step":"inventory"},"files":[{"path":"inventory/files.json","location":"inventory/files.json"}]}]}
            """;
        var (exitCode, _, error) = Tool.Run(["languages", "--repo", repository.Path], instruction, work);

        Assert.Equal(1, exitCode);
        Assert.Contains("lost.cs", error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"inputs":1}""")]
    [InlineData("""{"inputs":[1]}""")]
    [InlineData("""{"inputs":[{"output":{"step":1}}]}""")]
    public void Instruction_Wrong_ExitsOne(string instruction)
    {
        var (exitCode, _, error) = Tool.Run(["report"], instruction);

        Assert.Equal(1, exitCode);
        Assert.Contains("standard input holds no instruction", error);
    }

    [Fact]
    public void Instruction_WithoutANeededResult_NamesIt()
    {
        var (exitCode, _, error) = Tool.Run(["people"], """{"inputs":[]}""");

        Assert.Equal(1, exitCode);
        Assert.Contains("'history'", error);
        Assert.Contains("dependsOn", error);
    }

    [Theory]
    [InlineData("""{"step":"history"}""")]
    [InlineData("""{"step":"history","commits":"many"}""")]
    public void Instruction_ResultOfAnotherForm_ExitsOne(string output)
    {
        var (exitCode, _, error) = Tool.Run(["people"], $$"""{"inputs":[{"output":{{output}}}]}""");

        Assert.Equal(1, exitCode);
        Assert.Contains("run that task again", error);
    }
}
