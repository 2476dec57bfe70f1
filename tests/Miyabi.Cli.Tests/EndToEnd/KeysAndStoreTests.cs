namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>Other installations, several runs at once, and plans from elsewhere.</summary>
public sealed class KeysAndStoreTests : IDisposable
{
    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public async Task Verify_ByAnotherInstallation_SucceedsOnceTheKeyIsTrusted()
    {
        await sandbox.SucceedAsync("run", Repository.Sample("hello"), "--speed", "1000", "--run-id", "r");
        var key = PublishedSchema.Check("keys", await sandbox.SucceedAsync("keys", "--json")).GetProperty("ownKey").GetString()!;
        sandbox.Write("key.pem", await sandbox.SucceedAsync("keys", "export"));
        sandbox.Home = "other-home";
        await sandbox.SucceedAsync("keys");

        var refused = await sandbox.RunAsync("verify", "r", "--json");
        Assert.Equal(1, refused.Code);
        var findings = PublishedSchema.Check("verify", refused.Output).GetProperty("findings").EnumerateArray().ToList();
        Assert.Contains(findings, finding => finding.GetProperty("kind").GetString() == "unknownKey" && finding.GetProperty("message").GetString()!.Contains(key));

        foreach (var command in new[] { "resume", "status", "results" })
        {
            var result = await sandbox.RunAsync(command, "r");
            Assert.True(result.Code == 1, $"{command}: {result}");
            Assert.Contains(key, result.Error);
            Assert.Contains("miyabi keys trust", result.Error);
        }

        await sandbox.SucceedAsync("keys", "trust", "key.pem", "--name", "first");
        Assert.Contains("first", await sandbox.SucceedAsync("keys"));
        await sandbox.SucceedAsync("verify", "r");
        await sandbox.SucceedAsync("status", "r");

        await sandbox.SucceedAsync("keys", "remove", key);
        Assert.Equal(1, (await sandbox.RunAsync("verify", "r")).Code);
    }

    [Fact]
    public async Task List_ByAnotherInstallation_SaysWhatCannotBeRead()
    {
        await sandbox.SucceedAsync("run", Repository.Sample("hello"), "--speed", "1000", "--run-id", "r");
        sandbox.Home = "other-home";

        var list = PublishedSchema.Check("list", await sandbox.SucceedAsync("list", "--json"));

        Assert.Equal("unreadable", list.GetProperty("runs")[0].GetProperty("state").GetString());
        Assert.False(Directory.Exists(sandbox["other-home"]));
    }

    [Fact]
    public async Task Run_TwiceAtOnceInOneStore_SucceedsTwice()
    {
        var both = await Task.WhenAll(
            sandbox.RunAsync("run", Repository.Sample("hello"), "--speed", "20", "--run-id", "one"),
            sandbox.RunAsync("run", Repository.Sample("hello"), "--speed", "20", "--run-id", "two"));

        Assert.All(both, result => Assert.True(result.Code == 0, result.ToString()));
        await sandbox.SucceedAsync("verify", "one");
        await sandbox.SucceedAsync("verify", "two");
    }

    [Fact]
    public async Task Run_TwiceAtOnceOfOneId_SucceedsOnce()
    {
        var both = await Task.WhenAll(
            sandbox.RunAsync("run", Repository.Sample("hello"), "--speed", "20", "--run-id", "one"),
            sandbox.RunAsync("run", Repository.Sample("hello"), "--speed", "20", "--run-id", "one"));

        Assert.Equal([0, 2], both.Select(result => result.Code).Order());
        await sandbox.SucceedAsync("verify", "one");
    }

    [Fact]
    public async Task Run_OfStandardInput_Runs()
    {
        var result = await sandbox.RunAsync(await File.ReadAllTextAsync(Repository.Sample("hello")), ["run", "-", "--speed", "1000"]);
        Assert.True(result.Code == 0, result.ToString());
        Assert.Matches(@"miyabi verify hello-\d{8}-\d{6}-[0-9a-f]{4}", result.Output);
    }

    [Fact]
    public async Task Run_OfATaskQueue_Runs()
    {
        sandbox.Write("task_queue.json", """
            { "version": "1.0", "tasks": [
              { "task_id": "Task-1", "agent": "CCG-1", "description": "Plan it", "dependencies": [], "status": "READY", "priority": 1, "estimated_time": 8, "module": "core" },
              { "task_id": "Task-2", "agent": "CG-1", "description": "Make it", "dependencies": ["Task-1"], "status": "PENDING", "priority": 2, "estimated_time": 12, "module": "core" } ] }
            """);
        var plan = PublishedSchema.Check("plan", await sandbox.SucceedAsync("plan", "task_queue.json", "--json"));
        Assert.Equal("PT20S", plan.GetProperty("expectedMakespan").GetString());

        await sandbox.SucceedAsync("run", "task_queue.json", "--speed", "1000", "--run-id", "queue");

        await sandbox.SucceedAsync("verify", "queue");
        Assert.True(File.Exists(Path.Combine(sandbox[".miyabi"], "runs", "queue", "results", "Task-2_codex_result.json")));
    }

    [Fact]
    public async Task Run_WithEitherSchedule_HasTheSameContent()
    {
        List<string?> roots = [];
        foreach (var schedule in new[] { "waves", "ready" })
        {
            await sandbox.SucceedAsync("run", Repository.Sample("webapp-framework"), "--speed", "1000", "--run-id", schedule, "--schedule", schedule, "--max-parallel", "2");
            var run = PublishedSchema.Check("run", await sandbox.SucceedAsync("status", schedule, "--json"));
            Assert.Equal((schedule, 2), (run.GetProperty("schedule").GetString(), run.GetProperty("maxParallel").GetInt32()));
            roots.Add(PublishedSchema.Check("verify", await sandbox.SucceedAsync("verify", schedule, "--json")).GetProperty("contentRoot").GetString());
        }

        Assert.Equal(roots[0], roots[1]);
    }

    [Fact]
    public async Task Json_OfTextFromElsewhere_IsReadableAndCannotSteerATerminal()
    {
        sandbox.Write("plan.json", """
            { "name": "日本語　の計画", "version": 1, "agents": [{ "id": "A", "kind": "claude", "provider": "simulated" }],
              "tasks": [ { "id": "t", "title": "It's 雅", "agent": "A", "simulated": { "output": { "text": "\u001b[2J\u202e evil \u009b \u2028 'quoted' 🎉" } } } ] }
            """);
        await sandbox.SucceedAsync("run", "plan.json", "--run-id", "r");

        var status = await sandbox.SucceedAsync("status", "r", "--json");
        var results = await sandbox.SucceedAsync("results", "r", "t", "--json");

        Assert.Contains("日本語　の計画", status);
        Assert.Contains("It's 雅", status);
        Assert.Contains("'quoted'", results);
        Assert.Contains("\\u202e", results);
        Assert.DoesNotContain(results + await sandbox.SucceedAsync("results", "r", "t"), c => c is '\u001b' or '\u202e' or '\u009b' or '\u2028');
        var output = PublishedSchema.Check("results", results).GetProperty("results")[0].GetProperty("output");
        Assert.Equal("\u001b[2J\u202e evil \u009b \u2028 'quoted' 🎉", output.GetProperty("text").GetString());
    }
}
