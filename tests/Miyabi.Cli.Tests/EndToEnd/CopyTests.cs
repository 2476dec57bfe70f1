using Miyabi.Testing.Agents;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>Runs that move between stores.</summary>
public sealed class CopyTests : IDisposable
{
    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public async Task Copy_OfAFinishedRun_IsProvenInTheOtherStore()
    {
        await RunHelloAsync();

        var copy = PublishedSchema.Check("copy", await sandbox.SucceedAsync("copy", "r", "--to", "other", "--json"));

        Assert.True(copy.GetProperty("copied").GetBoolean());
        Assert.Equal((".miyabi", "other"), (copy.GetProperty("from").GetString(), copy.GetProperty("to").GetString()));
        var root = copy.GetProperty("targetRoot").GetString()!;
        Assert.Equal(copy.GetProperty("sourceRoot").GetString(), root);
        await sandbox.SucceedAsync("verify", "r", "--store", "other", "--expect-root", root);
        var again = await sandbox.SucceedAsync("copy", "r", "--to", "other");
        Assert.Contains("copied and proven", again);
        Assert.Contains("were there already", again);
        Assert.Contains(root, again);
        Assert.All(again.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public async Task Copy_OntoSomethingElse_ExitsWith1AndKeepsIt()
    {
        await RunHelloAsync();
        var document = Path.Combine(Directory.CreateDirectory(Path.Combine(sandbox["other"], "runs", "r", "steps")).FullName, "2.json");
        await File.WriteAllTextAsync(document, "something else");

        var told = await sandbox.RunAsync("copy", "r", "--to", "other");
        var result = await sandbox.RunAsync("copy", "r", "--to", "other", "--json");

        Assert.Equal((1, 1), (told.Code, result.Code));
        Assert.Contains("runs/r/steps/2.json", told.Output);
        var copy = PublishedSchema.Check("copy", result.Output);
        Assert.Equal("target", copy.GetProperty("wrongIn").GetString());
        Assert.Equal("runs/r/steps/2.json", Assert.Single(copy.GetProperty("findings").EnumerateArray()).GetProperty("path").GetString());
        Assert.Equal("something else", await File.ReadAllTextAsync(document));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(sandbox["other"], "runs"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Copy_OfAChangedRun_ExitsWith1AndMakesNothing()
    {
        await RunHelloAsync();
        await File.AppendAllTextAsync(Path.Combine(sandbox[".miyabi"], "runs", "r", "results", "plan_result.json"), " ");

        var result = await sandbox.RunAsync("copy", "r", "--to", "other", "--json");

        Assert.True(result.Code == 1, result.ToString());
        var copy = PublishedSchema.Check("copy", result.Output);
        Assert.Equal("source", copy.GetProperty("wrongIn").GetString());
        Assert.False(Directory.Exists(sandbox["other"]));
    }

    [UnixFact]
    public async Task Copy_OntoItself_IsRefusedHoweverTheStoreIsNamed()
    {
        await RunHelloAsync();
        var before = FolderCopy.Snapshot(sandbox[".miyabi"]);
        Directory.CreateSymbolicLink(sandbox["link"], sandbox[".miyabi"]);

        foreach (var name in new[] { ".miyabi", "tmp/../.miyabi/", "link" })
        {
            var result = await sandbox.RunAsync("copy", "r", "--to", name);
            Assert.True(result.Code == 2, result.ToString());
            Assert.Contains("another store", result.Error);
        }

        Assert.Equal(before, FolderCopy.Snapshot(sandbox[".miyabi"]));
    }

    [UnixFact]
    public async Task Copy_OfARunAtWork_IsResumedAndProvenInTheOtherStore()
    {
        CountingPlan.WriteWaiting(sandbox);
        using var process = sandbox.Start(CliSandbox.Command("run", "waiting.json", "--run-id", "r"));
        await Until.TrueAsync(() => File.Exists(sandbox["marks/shell"]), "the program has started");

        var told = await sandbox.SucceedAsync("copy", "r", "--to", "other");
        var copy = PublishedSchema.Check("copy", await sandbox.SucceedAsync("copy", "r", "--to", "other", "--json"));

        Assert.Contains("may still be going on", told);
        Assert.Contains("miyabi resume r --store other", told);
        Assert.False(copy.GetProperty("hasEnded").GetBoolean());
        Assert.False(copy.TryGetProperty("sourceRoot", out _));

        process.Signal("TERM");
        await process.EndAsync();
        sandbox.Write("marks/go", "");
        await sandbox.SucceedAsync("resume", "r", "--store", "other");
        Assert.True(PublishedSchema.Check("verify", await sandbox.SucceedAsync("verify", "r", "--json", "--store", "other")).GetProperty("proven").GetBoolean());

        var after = await sandbox.RunAsync("copy", "r", "--to", "other");
        Assert.True(after.Code == 1, after.ToString());
    }

    private Task<string> RunHelloAsync() => sandbox.SucceedAsync("run", Repository.Sample("hello"), "--speed", "1000", "--run-id", "r");
}
