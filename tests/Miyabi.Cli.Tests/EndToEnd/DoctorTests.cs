using System.Text.Json;
using Miyabi.Testing.Agents;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>What doctor says of real folders, and what it removes.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly CliSandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public async Task Doctor_BeforeTheFirstRun_IsWellAndMakesNothing()
    {
        var told = await sandbox.SucceedAsync("doctor", "--plan", Repository.Sample("hello"));
        Assert.Contains("All that a run needs is there.", told);
        Assert.All(told.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.True(Report(await sandbox.SucceedAsync("doctor", "--json")).GetProperty("well").GetBoolean());
        Assert.Equal(["tmp"], Directory.EnumerateFileSystemEntries(sandbox.Folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Doctor_AfterARun_IsWellAndChangesNothing()
    {
        await RunAsync("r");
        var before = Entries();
        Assert.Contains("All that a run needs is there.", await sandbox.SucceedAsync("doctor"));
        Assert.Equal(before, Entries());
    }

    [UnixFact]
    public async Task Doctor_OfAKeyThatOthersMayRead_ExitsWith3AndHasTheCure()
    {
        await RunAsync("r");
        var key = Path.Combine(sandbox["home"], "signing-key.pem");
        Doctor.TemporaryFolder.SetMode(key, "644");

        Assert.Equal($"chmod 600 '{key}'", (await MissingAsync("doctor", "--json")).GetProperty("cure").GetString());

        Doctor.TemporaryFolder.SetMode(key, "600");
        await sandbox.SucceedAsync("doctor");
    }

    [Fact]
    public async Task Doctor_OfAStoreThatIsAFile_ExitsWith3()
    {
        sandbox.Write("file", "x");
        Assert.Contains("is a file", (await MissingAsync("doctor", "--json", "--store", "file")).GetProperty("found").GetString());
    }

    [UnixFact]
    public async Task Doctor_OfAStoreThatCannotBeWritten_ExitsWith3()
    {
        // Under a file nobody can make a folder, root neither.
        sandbox.Write("file", "x");
        Assert.Equal("store", (await MissingAsync("doctor", "--json", "--store", "file/store")).GetProperty("name").GetString());
        if (Environment.UserName == "root")
            return; // may write anywhere
        Directory.CreateDirectory(sandbox["closed"]);
        Doctor.TemporaryFolder.SetMode(sandbox["closed"], "500");
        Assert.Equal("store", (await MissingAsync("doctor", "--json", "--store", "closed")).GetProperty("name").GetString());
    }

    [Fact]
    public async Task Doctor_OfAPlanWhoseProgramIsNotThere_ExitsWith3()
    {
        sandbox.Write("plan.json", """
            { "name": "p", "version": 1, "agents": [ { "id": "S", "kind": "command", "provider": "command", "command": { "run": ["no-such-program"] } } ],
              "tasks": [ { "id": "t", "agent": "S" } ] }
            """);
        Assert.Equal("no-such-program is not on PATH", (await MissingAsync("doctor", "--json", "--plan", "plan.json")).GetProperty("found").GetString());
        Assert.Equal(2, (await sandbox.RunAsync("doctor", "--plan", "gone.json")).Code);
    }

    [Fact]
    public async Task Doctor_OfATrustFileThatIsNone_ExitsWith3AndRemovesNothing()
    {
        await RunAsync("r");
        sandbox.Write("home/trust.json", "{");
        var before = Entries();
        Assert.Equal("trust", (await MissingAsync("doctor", "--json", "--clean")).GetProperty("name").GetString());
        Assert.Equal(before, Entries());
    }

    [Fact]
    public async Task Doctor_Clean_RemovesWhatIsLeftAndTheRunIsStillProven()
    {
        await LeaveThingsAsync();
        var before = Entries();

        var listed = Report(await sandbox.SucceedAsync("doctor", "--json")).GetProperty("leftovers").EnumerateArray().ToList();
        Assert.Equal(before, Entries());
        Assert.Equal(
            ["lease a", "lease b", "quarantined a", "rehearsal ", "write "],
            listed.Select(item => $"{item.GetProperty("kind").GetString()} {(item.TryGetProperty("run", out var run) ? run.GetString() : "")}").Order(StringComparer.Ordinal));
        Assert.All(listed, item => Assert.Equal("found", item.GetProperty("state").GetString()));

        var told = await sandbox.SucceedAsync("doctor", "--clean");
        Assert.Contains("5 leftovers", told);
        Assert.Contains("removed", told);
        Assert.DoesNotContain('\u001b', told);

        Assert.Empty(Report(await sandbox.SucceedAsync("doctor", "--json")).GetProperty("leftovers").EnumerateArray());
        Assert.False(Directory.Exists(sandbox["tmp/miyabi-rehearsal-old"]));
        Assert.True(Directory.Exists(sandbox["tmp/miyabi-rehearsal-new"]));
        await sandbox.SucceedAsync("verify", "a");
        await sandbox.SucceedAsync("resume", "b");
    }

    [Fact]
    public async Task Doctor_CleanOfOneRun_LeavesTheOthersAlone()
    {
        await LeaveThingsAsync();

        var report = Report(await sandbox.SucceedAsync("doctor", "--clean", "--run", "a", "--json"));

        Assert.Equal(["a", "a"], report.GetProperty("leftovers").EnumerateArray().Select(item => item.GetProperty("run").GetString()));
        var left = Report(await sandbox.SucceedAsync("doctor", "--json")).GetProperty("leftovers").EnumerateArray();
        Assert.Equal(["lease", "rehearsal", "write"], left.Select(item => item.GetProperty("kind").GetString()).Order(StringComparer.Ordinal));
        Assert.Equal(2, (await sandbox.RunAsync("doctor", "--run", "none")).Code);
    }

    [Fact]
    public async Task Doctor_OfAPoisonedRun_NamesItAndKeepsWhatIsItsOwn()
    {
        await RunAsync("good");
        await RunAsync("bad");
        sandbox.Write(".miyabi/runs/bad/plan.json", "{}");
        Directory.CreateDirectory(sandbox[".miyabi/runs/bad/quarantine"]);
        sandbox.Write(".miyabi/runs/bad/quarantine/x.1", "x");

        var report = Report(await sandbox.SucceedAsync("doctor", "--clean", "--json"));

        var unreadable = Assert.Single(report.GetProperty("unreadable").EnumerateArray().ToList());
        Assert.Equal("run bad", unreadable.GetProperty("place").GetString());
        Assert.Contains("miyabi verify bad", unreadable.GetProperty("cure").GetString());
        var kept = report.GetProperty("leftovers").EnumerateArray().Single(item => item.GetProperty("run").GetString() == "bad");
        Assert.Equal(("kept", "the run cannot be read"), (kept.GetProperty("state").GetString(), kept.GetProperty("keptFor").GetString()));
        Assert.True(File.Exists(sandbox[".miyabi/runs/bad/quarantine/x.1"]));
    }

    [UnixFact]
    public async Task Doctor_CleanWhileARunIsAtWork_RemovesNothingOfIt()
    {
        CountingPlan.WriteWaiting(sandbox);
        using var runner = sandbox.Start(OperatingSystem.IsLinux()
            ? ["env", "--default-signal=INT", .. CliSandbox.Command("run", "waiting.json", "--run-id", "r")] : CliSandbox.Command("run", "waiting.json", "--run-id", "r"));
        await Until.TrueAsync(() => File.Exists(sandbox["marks/shell"]), "the program has started");
        Directory.CreateDirectory(sandbox[".miyabi/runs/r/quarantine"]);
        sandbox.Write(".miyabi/runs/r/quarantine/x.1", "x");

        var report = Report(await sandbox.SucceedAsync("doctor", "--clean", "--json"));

        Assert.Equal(
            ["quarantined kept the run is at work", "workspace kept it is in use"],
            report.GetProperty("leftovers").EnumerateArray().Select(item => $"{item.GetProperty("kind")} {item.GetProperty("state")} {item.GetProperty("keptFor")}").Order(StringComparer.Ordinal));
        Assert.False(runner.HasEnded);

        runner.Signal("KILL");
        await runner.EndAsync();
        File.WriteAllText(sandbox["marks/go"], "");
        await sandbox.SucceedAsync("resume", "r");
        report = Report(await sandbox.SucceedAsync("doctor", "--clean", "--json"));
        Assert.All(report.GetProperty("leftovers").EnumerateArray(), item => Assert.Equal("removed", item.GetProperty("state").GetString()));
        await sandbox.SucceedAsync("verify", "r");
    }

    [UnixFact]
    public async Task Doctor_CleanOfARunThatWasSetGoingAgainAndLostItsRunner_KeepsItsLeases()
    {
        Directory.CreateDirectory(sandbox["marks"]);
        // Its input comes when its lease is there.
        const string script = """cat > /dev/null; n=0; [ -e "$1/n" ] && n=$(wc -c < "$1/n"); printf x >> "$1/n"; [ $n -eq 0 ] && exit 1; [ $n -eq 1 ] && sleep 300; printf '{}'""";
        sandbox.Write("plan.json", $$"""
            { "name": "p", "version": 1, "inputs": { "marks": { "default": "marks" } },
              "agents": [ { "id": "S", "kind": "command", "provider": "command", "command": { "run": ["sh", "-c", {{JsonSerializer.Serialize(script)}}, "sh", "${input.marks}"] } } ],
              "tasks": [ { "id": "t", "agent": "S", "retry": { "maxAttempts": 1 } } ] }
            """);
        Assert.Equal(1, (await sandbox.RunAsync("run", "plan.json", "--run-id", "r")).Code);
        using var runner = sandbox.Start(CliSandbox.Command("retry", "r"));
        await Until.TrueAsync(() => new FileInfo(sandbox["marks/n"]).Length == 2, "the second attempt is at work");
        runner.Kill();
        await runner.EndAsync();

        var report = Report(await sandbox.SucceedAsync("doctor", "--clean", "--json"));

        Assert.DoesNotContain(report.GetProperty("leftovers").EnumerateArray(), item => item.GetProperty("kind").GetString() == "lease");
        Assert.True(Directory.Exists(sandbox[".miyabi/runs/r/leases/t"]));
        await sandbox.SucceedAsync("resume", "r");
        await sandbox.SucceedAsync("watch", "r");
        await sandbox.SucceedAsync("verify", "r");
    }

    [UnixFact]
    public async Task Doctor_Clean_RemovesAWorkspaceThatNobodyUses()
    {
        var root = sandbox[$"tmp/miyabi-{Environment.UserName}"];
        Directory.CreateDirectory(Path.Combine(root, "gone", "t", "1"));
        Doctor.TemporaryFolder.SetMode(root, "700");
        File.WriteAllText(Path.Combine(root, "gone", "t", "1", "big"), new string('x', 10_000));

        var item = Assert.Single(Report(await sandbox.SucceedAsync("doctor", "--clean", "--json")).GetProperty("leftovers").EnumerateArray().ToList());

        Assert.Equal(("workspace", "gone", "gone/t/1", "removed"), (
            item.GetProperty("kind").GetString(), item.GetProperty("run").GetString(), item.GetProperty("name").GetString(), item.GetProperty("state").GetString()));
        Assert.True(item.GetProperty("bytes").GetInt64() >= 10_000);
        Assert.False(Directory.Exists(Path.Combine(root, "gone", "t", "1")));
    }

    private static JsonElement Report(string json) => PublishedSchema.Check("doctor", json);

    private async Task RunAsync(string id) => await sandbox.SucceedAsync("run", Repository.Sample("hello"), "--speed", "1000", "--run-id", id);

    // The one check that found something missing.
    private async Task<JsonElement> MissingAsync(params string[] arguments)
    {
        var result = await sandbox.RunAsync(arguments);
        Assert.True(result.Code == 3, result.ToString());
        var report = Report(result.Output);
        Assert.False(report.GetProperty("well").GetBoolean());
        return Assert.Single(report.GetProperty("checks").EnumerateArray().Where(check => check.GetProperty("state").GetString() == "missing").ToList());
    }

    private async Task LeaveThingsAsync()
    {
        await RunAsync("a");
        await RunAsync("b");
        foreach (var run in new[] { "a", "b" })
        {
            // An attempt's lease that nobody ended. The owner's own is no leftover.
            Directory.CreateDirectory(sandbox[$".miyabi/runs/{run}/leases/one"]);
            File.Copy(sandbox[$".miyabi/runs/{run}/leases/owner-1.json"], sandbox[$".miyabi/runs/{run}/leases/one/1.json"]);
        }

        Directory.CreateDirectory(sandbox[".miyabi/runs/a/quarantine"]);
        sandbox.Write(".miyabi/runs/a/quarantine/steps.9.json.0123456789abcdef", "bad");
        var write = $".miyabi/~writing/{(OperatingSystem.IsWindows() ? "hostile" : "hos\u001b[2Jtile")}";
        File.SetLastWriteTimeUtc(sandbox[sandbox.Write(write, "half")], DateTime.UtcNow.AddDays(-2));
        sandbox.Write(".miyabi/~writing/young", "half");
        Directory.CreateDirectory(sandbox["tmp/miyabi-rehearsal-new"]);
        Directory.CreateDirectory(sandbox["tmp/miyabi-rehearsal-old"]);
        Directory.SetLastWriteTimeUtc(sandbox["tmp/miyabi-rehearsal-old"], DateTime.UtcNow.AddDays(-2));
    }

    private List<string> Entries() => [.. Directory.EnumerateFileSystemEntries(sandbox.Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
