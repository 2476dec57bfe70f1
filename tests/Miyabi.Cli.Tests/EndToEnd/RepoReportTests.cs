using System.Diagnostics;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>The sample that does real work, on real repositories.</summary>
public sealed class RepoReportTests : IDisposable
{
    private readonly CliSandbox sandbox = new();

    public RepoReportTests()
    {
        // As in a checkout: the plan in samples/, the tool in artifacts/samples/.
        Directory.CreateDirectory(sandbox["product/samples"]);
        Directory.CreateDirectory(sandbox["product/artifacts/samples"]);
        File.Copy(Repository.Sample("repo-report"), sandbox["product/samples/repo-report.plan.json"]);
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "repo-report.*"))
            File.Copy(file, Path.Combine(sandbox["product/artifacts/samples"], Path.GetFileName(file)));
        Directory.CreateDirectory(sandbox["repository"]);
        Git("init", "--quiet", "--initial-branch=main");
    }

    public void Dispose()
    {
        // git makes its objects read-only, which keeps some systems from deleting them.
        foreach (var file in Directory.EnumerateFiles(sandbox["repository"], "*", SearchOption.AllDirectories))
            File.SetAttributes(file, FileAttributes.Normal);
        sandbox.Dispose();
    }

    [Fact]
    public async Task Report_OfASmallRepository_HasTablesAboutIt()
    {
        Directory.CreateDirectory(sandbox["repository/src"]);
        sandbox.Write("repository/src/program.py", "# TODO: greet by name\nprint('hello')\n");
        sandbox.Write("repository/README.md", "# A repository\n");
        Commit("Begin");
        sandbox.Write("repository/src/program.py", "# TODO: greet by name\nprint('hello')\nprint('bye')\n");
        Commit("Say goodbye");

        var report = await ReportAsync();

        Assert.Contains("| ---", report.Replace("|---", "| ---").Replace("| :-", "| ---"));
        Assert.Contains("Python", report);
        Assert.Contains("src/program.py", report);
        Assert.Contains("greet by name", report);
        Assert.Contains("First Author", report);
    }

    [Fact]
    public async Task Report_OfAnEmptyRepository_IsWritten() => Assert.StartsWith("# ", await ReportAsync());

    [Fact]
    public async Task Report_WithoutTheRepository_IsRefused()
    {
        var result = await sandbox.RunAsync("run", "product/samples/repo-report.plan.json", "--input", "repo=nowhere");
        Assert.Equal(2, result.Code);
        Assert.Contains("--input repo=PATH", result.Error);
        Assert.False(Directory.Exists(sandbox[".miyabi"]));
    }

    private async Task<string> ReportAsync()
    {
        await sandbox.SucceedAsync("run", "product/samples/repo-report.plan.json", "--input", "repo=repository", "--run-id", "report");
        await sandbox.SucceedAsync("verify", "report");
        await sandbox.SucceedAsync("export", "report", "--to", "out");
        return await File.ReadAllTextAsync(sandbox["out/report/REPORT.md"]);
    }

    private void Commit(string message)
    {
        Git("add", "--all");
        Git("-c", "user.name=First Author", "-c", "user.email=person@example.invalid", "commit", "--quiet", $"--message={message}");
    }

    private void Git(params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = sandbox["repository"], UseShellExecute = false };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("GIT_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["GIT_CONFIG_GLOBAL"] = OperatingSystem.IsWindows() ? "NUL" : "/dev/null";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        using var git = Process.Start(start)!;
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
    }
}
