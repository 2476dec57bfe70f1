namespace Miyabi.Cli.Tests.EndToEnd;

public sealed class HelpTests : IDisposable
{
    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("run")]
    [InlineData("plan")]
    [InlineData("resume")]
    [InlineData("status")]
    [InlineData("watch")]
    [InlineData("doctor")]
    [InlineData("list")]
    [InlineData("results")]
    [InlineData("export")]
    [InlineData("verify")]
    [InlineData("copy")]
    [InlineData("keys")]
    [InlineData("keys export")]
    [InlineData("keys trust")]
    [InlineData("keys remove")]
    public async Task Help_OfEachCommand_ShowsAnExampleWithin80Columns(string command)
    {
        var output = await sandbox.SucceedAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Contains($"Example:\n  miyabi {command}".TrimEnd(), output);
        Assert.Contains("Usage:\n", output);
        Assert.Contains("--store STORE", output);
        Assert.Contains("--json", output);
        Assert.All(output.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.False(Directory.Exists(sandbox["home"]));
    }

    [Fact]
    public async Task Help_OfRun_ShowsEveryOption()
    {
        var output = await sandbox.SucceedAsync("run", "--help");
        Assert.All(
            ["--run-id", "--schedule", "--max-parallel", "--agent KIND=PROVIDER", "--input NAME=PATH", "--speed", "--keep-workspaces"], option => Assert.Contains(option, output));
    }

    [Fact]
    public async Task Plan_WritesNothing()
    {
        PublishedSchema.Check("plan", await sandbox.SucceedAsync("plan", Repository.Sample("hello"), "--json"));
        Assert.Equal(["tmp"], Directory.EnumerateFileSystemEntries(sandbox.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task PlanJson_OfTheReferencePlan_HasItsWavesAndCriticalPath()
    {
        var plan = PublishedSchema.Check("plan", await sandbox.SucceedAsync("plan", Repository.Sample("webapp-framework"), "--json"));

        Assert.Equal([1, 4, 2, 2, 1, 3, 1, 1], plan.GetProperty("waves").EnumerateArray().Select(wave => wave.GetArrayLength()));
        Assert.Equal("Task-1", plan.GetProperty("waves")[0][0].GetString());
        Assert.Equal(8, plan.GetProperty("criticalPath").GetArrayLength());
        Assert.Equal("Task-15", plan.GetProperty("criticalPath")[7].GetString());
        Assert.Equal(4, plan.GetProperty("peakParallelism").GetInt32());
        Assert.Equal("PT1M20S", plan.GetProperty("expectedMakespan").GetString());
    }
}
