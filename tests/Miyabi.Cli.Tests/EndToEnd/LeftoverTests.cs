using System.Diagnostics;
using System.Text.Json;
using Miyabi.Testing.Agents;

namespace Miyabi.Cli.Tests.EndToEnd;

/// <summary>A runner that is killed leaves no agent behind: what it left at work is ended before the attempt is made again.</summary>
public sealed class LeftoverTests : IDisposable
{
    // Three processes: one in the session, one that left it, one in the session without an environment. The next go looks which of them run.
    private const string Script = """
        look() { for file in "$1"/leader "$1"/detached "$1"/bare; do grep -s '^State:' "/proc/$(cat $file)/status" | grep -v '[ZX]' >> "$1/seen"; done; }
        if [ -e "$1/leader" ]; then look "$1"; echo '{}'; exit 0; fi
        trap '' TERM HUP
        setsid sh -c 'echo $$ > "$1/detached"; trap "" TERM; while :; do sleep 1; done' sh "$1" &
        env -i sh -c 'echo $$ > "$1/bare"; while :; do sleep 1; done' sh "$1" &
        while ! [ -s "$1/detached" -a -s "$1/bare" ]; do sleep 0.01; done
        touch started-here
        echo $$ > "$1/leader.new"; mv "$1/leader.new" "$1/leader"
        while :; do sleep 1; done
        """;

    private static readonly string[] Marks = ["leader", "detached", "bare"];

    private readonly CliSandbox sandbox = new();

    public LeftoverTests()
    {
        Directory.CreateDirectory(sandbox["marks"]);
        sandbox.Write("long.json", $$"""
            {
              "name": "long", "version": 1, "inputs": { "marks": { "default": "marks" } },
              "agents": [ { "id": "Shell", "kind": "command", "provider": "command",
                "command": { "run": ["sh", "-c", {{JsonSerializer.Serialize(Script)}}, "sh", "${input.marks}"] } } ],
              "defaults": { "timeout": "PT5M" },
              "tasks": [ { "id": "long", "agent": "Shell" } ]
            }
            """);
    }

    public void Dispose()
    {
        // A test that fails must not leave what it is about.
        foreach (var id in Marks.Where(mark => File.Exists(sandbox[$"marks/{mark}"])).Select(Id).Where(IsAlive))
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }

        sandbox.Dispose();
    }

    [LinuxFact]
    public async Task Resume_AfterSigkillOfTheRunner_EndsItsAgentsBeforeTheAttemptIsMadeAgain()
    {
        await KillTheRunnerAsync();
        Assert.All(Marks, mark => Assert.True(IsAlive(Id(mark)), $"{mark} lives on after its runner"));
        var (group, started) = Recorded();
        Assert.Equal(Id("leader"), group);
        Assert.Equal(StartOf(group), started);

        await sandbox.SucceedAsync("resume", "r");

        Assert.All(Marks, mark => Assert.False(IsAlive(Id(mark)), $"{mark} was ended"));
        Assert.Equal("", await File.ReadAllTextAsync(sandbox["marks/seen"])); // when the next go began
        await sandbox.SucceedAsync("verify", "r");
        AssertNothingIsLeft();
    }

    [LinuxFact]
    public async Task Resume_InACopyOfTheStore_EndsTheAgentsOfTheDeadRunner()
    {
        await KillTheRunnerAsync();
        FolderCopy.Make(sandbox[".miyabi"], sandbox["copied"]);

        await sandbox.SucceedAsync("resume", "r", "--store", "copied");

        Assert.All(Marks, mark => Assert.False(IsAlive(Id(mark)), $"{mark} was ended"));
        Assert.Equal("", await File.ReadAllTextAsync(sandbox["marks/seen"]));
    }

    [LinuxFact]
    public async Task Cancel_AfterSigkillOfTheRunner_EndsItsAgents()
    {
        await KillTheRunnerAsync();

        await sandbox.RunAsync("cancel", "r");

        Assert.All(Marks, mark => Assert.False(IsAlive(Id(mark)), $"{mark} was ended"));
        Assert.False(File.Exists(sandbox["marks/seen"]));
    }

    [LinuxFact]
    public async Task KeptWorkspace_OfAFailedAttempt_IsNamedAtTheEnd_AndOthersAreNot()
    {
        sandbox.Write("failing.json", """
            {
              "name": "failing", "version": 1,
              "agents": [ { "id": "Shell", "kind": "command", "provider": "command" } ],
              "defaults": { "retry": { "maxAttempts": 1 } },
              "tasks": [
                { "id": "fine", "agent": "Shell", "command": { "run": ["sh", "-c", "echo x > fine.txt; echo '{}'"] } },
                { "id": "bad", "agent": "Shell", "command": { "run": ["sh", "-c", "echo evidence > bad.txt; exit 3"] } } ]
            }
            """);

        var kept = await sandbox.RunAsync("run", "failing.json", "--keep-workspaces");
        var folder = kept.Error.Split('\n').Single(line => line.StartsWith("  /", StringComparison.Ordinal)).Trim();

        Assert.Equal(1, kept.Code);
        Assert.EndsWith("/bad/1", folder);
        Assert.Contains("Kept what 1 attempt left that did not succeed, 4 KiB", kept.Error);
        Assert.Equal("evidence\n", await File.ReadAllTextAsync(Path.Combine(folder, "bad.txt")));
        Assert.DoesNotContain(WorkspaceFiles(), file => file.EndsWith("fine.txt", StringComparison.Ordinal));

        var unkept = await sandbox.RunAsync("run", "failing.json");
        Assert.DoesNotContain("Kept", unkept.Error);
        Assert.Single(WorkspaceFiles());
    }

    private async Task KillTheRunnerAsync()
    {
        using var runner = sandbox.Start(CliSandbox.Command("run", "long.json", "--run-id", "r"));
        await Until.TrueAsync(() => File.Exists(sandbox["marks/leader"]) && LeaseFiles().Length == 1 && Lease().TryGetProperty("process", out _), "the agent is at work");
        runner.Kill();
        await runner.EndAsync();
    }

    private void AssertNothingIsLeft()
    {
        Assert.Empty(WorkspaceFiles());
        Assert.Empty(LeaseFiles());
    }

    private string[] WorkspaceFiles()
    {
        var root = sandbox[$"tmp/{Path.GetFileName(Agents.Command.CommandProvider.DefaultWorkspaceRoot)}"];
        return Directory.Exists(root) ? Directory.GetFiles(root, "*", SearchOption.AllDirectories) : [];
    }

    private string[] LeaseFiles() => Directory.Exists(sandbox[".miyabi/runs/r/leases/long"]) ? Directory.GetFiles(sandbox[".miyabi/runs/r/leases/long"]) : [];

    private JsonElement Lease() => JsonElement.Parse(File.ReadAllText(LeaseFiles().Single())).GetProperty("document");

    private (int Group, string Started) Recorded() =>
        (Lease().GetProperty("process").GetProperty("group").GetInt32(), Lease().GetProperty("process").GetProperty("started").GetString()!);

    private int Id(string mark) => int.Parse(File.ReadAllText(sandbox[$"marks/{mark}"]));

    private static bool IsAlive(int process) => StartOf(process) is not null;

    private static string? StartOf(int process)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{process}/stat");
            var fields = status[(status.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : fields[19];
        }
        catch (IOException)
        {
            return null;
        }
    }
}
