using System.Text;
using Miyabi.Cli.Doctor;
using Miyabi.Cli.Tests.EndToEnd;
using Miyabi.Core.Plans;

namespace Miyabi.Cli.Tests.Doctor;

public sealed class WorkChecksTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("10.0.1", CheckState.Ok)]
    [InlineData("11.0.0", CheckState.Ok)]
    [InlineData("9.0.5", CheckState.Missing)]
    public async Task Runtime_ByItsVersion_IsJudged(string version, object expected) =>
        Assert.Equal(expected, Assert.Single(await new RuntimeCheck(Version.Parse(version)).RunAsync(default)).State);

    [Fact]
    public async Task SessionStarter_ByWhatIsThere_IsJudged()
    {
        Assert.Equal("/bin/setsid", Assert.Single(await new SessionStarterCheck(false, file => file == "/bin/setsid").RunAsync(default)).Found);
        Assert.Equal(CheckState.Warning, Assert.Single(await new SessionStarterCheck(false, _ => false).RunAsync(default)).State);
        Assert.Empty(await new SessionStarterCheck(true, _ => false).RunAsync(default));
    }

    [Fact]
    public async Task Workspaces_ThatAreNotThereYet_AreOkAndNotMade()
    {
        Assert.Equal(CheckState.Ok, await WorkspacesAsync("a/b"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [UnixFact]
    public async Task Workspaces_ThatAreNotSafe_AreMissing()
    {
        File.WriteAllText(folder["file"], "");
        Directory.CreateDirectory(folder["open"]);
        TemporaryFolder.SetMode(folder["open"], "777");
        Directory.CreateDirectory(folder["own"]);
        TemporaryFolder.SetMode(folder["own"], "700");
        Directory.CreateSymbolicLink(folder["link"], folder["own"]);
        Assert.Equal(CheckState.Ok, await WorkspacesAsync("own"));
        Assert.All(["file", "open", "link"], name => Assert.Equal(CheckState.Missing, WorkspacesAsync(name).Result));
    }

    [UnixFact]
    public async Task Programs_OfAPlan_AreLookedForAsTheRunWill()
    {
        Program("there");
        Directory.CreateDirectory(folder["bin"]);
        Program("bin/tool");
        File.WriteAllText(folder["plain"], "");
        TemporaryFolder.SetMode(folder["plain"], "400");

        var results = await ProgramsAsync("tool", "no-such-tool", "./there", "./gone", "./plain", "${plan.dir}/there", "${input.given}", "${input.known}");

        Assert.Equal(
            [
                (CheckState.Ok, "${input.known} is " + folder["there"]), (CheckState.Warning, "${input.given} depends on what the run is given"),
                (CheckState.Ok, "${plan.dir}/there is " + folder["there"]), (CheckState.Missing, "./gone is not at " + folder["gone"]), (CheckState.Missing, "./plain at " + folder["plain"] + " may not be executed"),
                (CheckState.Ok, "./there is " + folder["there"]), (CheckState.Missing, "no-such-tool is not on PATH"), (CheckState.Ok, "tool is " + folder["bin/tool"]),
            ],
            results.Select(result => (result.State, result.Found)).OrderBy(result => result.Found.Replace("{input.known", "{a", StringComparison.Ordinal), StringComparer.Ordinal));
        Assert.All(results, result => Assert.Equal(result.State == CheckState.Ok, result.Cure is null));
    }

    [Fact]
    public async Task Programs_OfSimulatedAgents_AreNotNeeded() => Assert.Empty(await ProgramsAsync("simulated", ["no-such-tool"]));

    private void Program(string name)
    {
        File.WriteAllText(folder[name], "#!/bin/sh\n");
        TemporaryFolder.SetMode(folder[name], "755");
    }

    private Task<IReadOnlyList<CheckResult>> ProgramsAsync(params string[] programs) => ProgramsAsync("command", programs);

    private Task<IReadOnlyList<CheckResult>> ProgramsAsync(string provider, string[] programs)
    {
        var tasks = programs.Select((program, i) => $$"""{ "id": "t{{i}}", "agent": "S", "command": { "run": ["{{program}}"] } }""");
        var reading = PlanReader.Read(Encoding.UTF8.GetBytes($$"""
            { "name": "p", "version": 1, "inputs": { "given": {}, "known": { "default": "there" } },
              "agents": [ { "id": "S", "kind": "command", "provider": "{{provider}}" } ], "tasks": [ {{string.Join(',', tasks)}} ] }
            """));
        Assert.True(reading.Plan is not null, string.Join('\n', reading.Errors));
        return new ProgramsCheck(reading.Plan, folder.Path, $"relative{Path.PathSeparator}{folder["bin"]}").RunAsync(default);
    }

    private async Task<object> WorkspacesAsync(string name) => Assert.Single(await new WorkspaceCheck(folder[name]).RunAsync(default)).State;
}
