using System.Text.Json;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>What each command says of a run that has ended, to people and to programs.</summary>
public sealed class FinishedRunTests(FinishedRuns runs) : IClassFixture<FinishedRuns>
{
    private readonly CliSandbox sandbox = runs.Sandbox;

    [Fact]
    public void Run_Hello_SucceedsAndSaysWhatToDoNext()
    {
        Assert.True(runs.Hello.Code == 0, runs.Hello.ToString());
        Assert.Empty(runs.Hello.Error);
        Assert.Contains("Run succeeded", runs.Hello.Output);
        Assert.Contains("miyabi results hello-1", runs.Hello.Output);
        Assert.Contains("miyabi verify hello-1", runs.Hello.Output);
    }

    [Fact]
    public void Run_WithJson_PrintsItsContractAlone()
    {
        Assert.True(runs.Webapp.Code == 0, runs.Webapp.ToString());
        Assert.Empty(runs.Webapp.Error);
        var run = PublishedSchema.Check("run", runs.Webapp.Output);
        Assert.Equal("succeeded", run.GetProperty("state").GetString());
        Assert.Equal(15, run.GetProperty("counts").GetProperty("accepted").GetInt32());
        Assert.Equal(8, run.GetProperty("waves").GetInt32());
        Assert.Equal(1, run.GetProperty("progress").GetDouble());
    }

    [Fact]
    public void Run_ToAPipe_HasNoEscapeCharacter() => Assert.DoesNotContain('\u001b', runs.Hello.Output);

    [Theory]
    [InlineData("status hello-1", "succeeded", "implement", "CG-1")]
    [InlineData("list", "hello-1", "webapp-1", "15/15")]
    [InlineData("results hello-1", "implement", "succeeded", "{\"steps\":[")]
    [InlineData("results hello-1 review", "\"approved\": true", "review.md", "sha256:")]
    [InlineData("verify hello-1", "proven", "Content root", "sealed documents")]
    [InlineData("keys", "own", "run, agent, control", "signing-key.pem")]
    public async Task Command_OnAPipe_IsPlainAndWithin80Columns(string command, params string[] expected)
    {
        var output = await sandbox.SucceedAsync(command.Split(' '));

        Assert.All(expected, text => Assert.Contains(text, output));
        Assert.DoesNotContain('\u001b', output);
        // Digests and paths are for copying, and are never folded.
        Assert.All(output.Split('\n').Where(line => !line.Contains("sha256:") && !line.StartsWith("In ")), line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public async Task Results_OfAllTasks_TakeOneLineEach() =>
        Assert.Equal(4, (await sandbox.SucceedAsync("results", "hello-1")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

    [Fact]
    public async Task StatusJson_AgreesWithRunJson()
    {
        var told = PublishedSchema.Check("run", runs.Webapp.Output);
        var read = PublishedSchema.Check("run", await sandbox.SucceedAsync("status", "webapp-1", "--json"));

        foreach (var name in new[] { "run", "state", "startedAt", "endedAt", "step", "counts", "agents", "usage" })
            Assert.Equal(told.GetProperty(name).GetRawText(), read.GetProperty(name).GetRawText());
        Assert.Equal(Phases(told), Phases(read));
    }

    [Fact]
    public async Task ListJson_NamesTheRuns_TheNewestLast()
    {
        var list = PublishedSchema.Check("list", await sandbox.SucceedAsync("list", "--json"));

        Assert.Equal(["hello-1", "webapp-1"], list.GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("run").GetString()));
        Assert.All(list.GetProperty("runs").EnumerateArray(), run => Assert.Equal("succeeded", run.GetProperty("state").GetString()));
    }

    [Fact]
    public async Task ResultsJson_HasEveryOutput()
    {
        var results = PublishedSchema.Check("results", await sandbox.SucceedAsync("results", "hello-1", "--json")).GetProperty("results");

        Assert.Equal(["plan", "implement", "review"], results.EnumerateArray().Select(result => result.GetProperty("task").GetString()));
        Assert.Equal("greet(name) returns 'Hello, NAME!'", results[0].GetProperty("output").GetProperty("steps")[0].GetString());
    }

    [Fact]
    public async Task ResultsJson_OfOneTask_HasThatOne()
    {
        var results = PublishedSchema.Check("results", await sandbox.SucceedAsync("results", "hello-1", "review", "--json")).GetProperty("results");
        Assert.Equal("review", Assert.Single(results.EnumerateArray()).GetProperty("task").GetString());
    }

    [Fact]
    public async Task VerifyJson_OfAnUntouchedRun_Proves()
    {
        var report = PublishedSchema.Check("verify", await sandbox.SucceedAsync("verify", "webapp-1", "--json"));

        Assert.True(report.GetProperty("proven").GetBoolean());
        Assert.Equal("succeeded", report.GetProperty("outcome").GetString());
        Assert.Equal(0, report.GetProperty("findings").GetArrayLength());
        await sandbox.SucceedAsync("verify", "webapp-1", "--expect-root", report.GetProperty("root").GetString()!);
        Assert.Equal(1, (await sandbox.RunAsync("verify", "webapp-1", "--expect-root", new string('0', 64))).Code);
    }

    [Fact]
    public async Task KeysJson_HasTheOwnKey()
    {
        var keys = PublishedSchema.Check("keys", await sandbox.SucceedAsync("keys", "--json"));
        Assert.Contains(keys.GetProperty("keys").EnumerateArray(), key => key.GetProperty("keyId").GetString() == keys.GetProperty("ownKey").GetString());
    }

    [Fact]
    public async Task Json_IsReadable()
    {
        var output = await sandbox.SucceedAsync("results", "hello-1", "--json");
        Assert.Contains("'Hello, NAME!'", output);
        Assert.DoesNotContain("\\u", output);
    }

    [Fact]
    public async Task Export_LaysFilesOutAtTheirPaths_AndOnlyWhereThereIsNothing()
    {
        await sandbox.SucceedAsync("export", "hello-1", "--to", "out");
        string[] files = [.. Directory.EnumerateFiles(sandbox["out"], "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(sandbox["out"], file).Replace('\\', '/')).Order(StringComparer.Ordinal)];
        Assert.Equal(["hello/greeting.py", "hello/test_greeting.py", "review.md"], files);

        var again = await sandbox.RunAsync("export", "hello-1", "--to", "out");
        Assert.Equal(2, again.Code);
        Assert.Contains("out", again.Error);
    }

    [Fact]
    public async Task Verify_OfAChangedCopy_NamesTheDocumentByItsPath()
    {
        FolderCopy.Make(sandbox[".miyabi"], sandbox["changed"]);
        var document = Path.Combine(sandbox["changed"], "runs", "hello-1", "results", "plan_result.json");
        await File.WriteAllTextAsync(document, (await File.ReadAllTextAsync(document)).Replace("CCG-1", "CCG-2"));

        var verified = await sandbox.RunAsync("verify", "hello-1", "--store", "changed", "--json");

        Assert.Equal(1, verified.Code);
        var report = PublishedSchema.Check("verify", verified.Output);
        Assert.False(report.GetProperty("proven").GetBoolean());
        Assert.Contains(report.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("path").GetString() == "runs/hello-1/results/plan_result.json");
        var told = await sandbox.RunAsync("verify", "hello-1", "--store", "changed");
        Assert.Equal(1, told.Code);
        Assert.Contains("runs/hello-1/results/plan_result.json", told.Output);
    }

    [Fact]
    public async Task Run_OfAnIdInUse_IsRefusedAndChangesNothing()
    {
        var before = FolderCopy.Snapshot(sandbox[".miyabi"]);

        var result = await sandbox.RunAsync("run", Repository.Sample("webapp-framework"), "--run-id", "hello-1");

        Assert.Equal(2, result.Code);
        Assert.Contains("'hello-1'", result.Error);
        Assert.Contains("miyabi resume hello-1", result.Error);
        Assert.Equal(before, FolderCopy.Snapshot(sandbox[".miyabi"]));
    }

    [Fact]
    public async Task Resume_OfAnEndedRun_ChangesNothing()
    {
        var before = FolderCopy.Snapshot(Path.Combine(sandbox[".miyabi"], "runs", "hello-1"));
        await sandbox.SucceedAsync("resume", "hello-1");
        Assert.Equal(before, FolderCopy.Snapshot(Path.Combine(sandbox[".miyabi"], "runs", "hello-1")));
    }

    private static IEnumerable<string?> Phases(JsonElement run) =>
        run.GetProperty("tasks").EnumerateArray().Select(task => $"{task.GetProperty("id")} {task.GetProperty("phase")} {task.GetProperty("attempt")}");
}
