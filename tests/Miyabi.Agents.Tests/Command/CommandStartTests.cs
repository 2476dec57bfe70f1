using System.Collections.Immutable;
using System.Runtime.Versioning;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Tests.Command;

/// <summary>What a program is started with: arguments, environment, instruction.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CommandStartTests : IDisposable
{
    private readonly CommandHost host = new();

    public void Dispose() => host.Dispose();

    [Theory]
    [InlineData("two words")]
    [InlineData("\"double\" and 'single'")]
    [InlineData("$(touch pwned) `id` $HOME ; & | > x")]
    [InlineData("one\ntwo\n")]
    [InlineData("")]
    [InlineData("--option=ü\\")]
    [InlineData("${HOME} ${input.} ${other}")]
    public async Task Argument_OfAnyText_ArrivesUntouched(string argument)
    {
        var settings = new CommandSettings { Output = CommandOutput.Text, Arguments = ["name", argument] };

        Assert.Equal($"1 <{argument}>", await host.PrintedAsync(host.Script("printf '%s <%s>' $# \"$1\"", settings: settings)));
    }

    [Fact]
    public async Task PlaceHolders_StandForTheirPaths_AndAreReplacedOnce()
    {
        var settings = new CommandSettings { Output = CommandOutput.Text, Arguments = ["name", "${input.a}|${plan.dir}", "${workspace}"] };
        var request = host.Script("printf '%s|' \"$@\"; [ \"$2\" = \"$PWD\" ] && printf same", settings: settings) with
        {
            PlanDirectory = host.Outside,
            Paths = ImmutableSortedDictionary<string, string>.Empty.Add("a", "${plan.dir}"),
        };

        var workspace = Path.Combine(host.Root, "run-1", "Task-1", "1");
        Assert.Equal($"${{plan.dir}}|{host.Outside}|{workspace}|same", await host.PrintedAsync(request));
    }

    [Fact]
    public async Task PlaceHolder_ForAPathThatWasNotGiven_IsUnavailableWithTheOption()
    {
        var failure = await host.FailureAsync(host.Script("true", settings: new CommandSettings { Arguments = ["${input.repo}"] }));

        Assert.Equal(FailureKind.Unavailable, failure.Kind);
        Assert.Contains("--input repo=PATH", failure.Message);
    }

    [Theory]
    [InlineData("${plan.dir}/x")]
    [InlineData("a\0b")]
    public async Task Argument_ThatCannotBeGiven_IsUnavailable(string argument)
    {
        var failure = await host.FailureAsync(host.Script("true", settings: new CommandSettings { Arguments = [argument] }));

        Assert.Equal(FailureKind.Unavailable, failure.Kind);
    }

    // What a model may put out must not end every program that reads it, a gate among them.
    [Fact]
    public async Task Input_NestedAsDeepAsAnOutputMayBe_IsGiven()
    {
        var deepest = $"{new string('[', 64)}{new string(']', 64)}";
        var request = host.TextScript("cat") with { Inputs = [new AgentInput("before", JsonElement.Parse(deepest), [])] };

        Assert.Contains($"\"output\":{deepest}", await host.PrintedAsync(request));
    }

    [Fact]
    public async Task Run_OfTheAgent_TakesItsArgumentsAndThenTheTasks()
    {
        var request = host.TextScript("");
        request = request with
        {
            Agent = request.Agent with { Command = new CommandSettings { Run = ["printf", "%s-%s-%s"], Arguments = ["a", "b"] } },
            Task = request.Task with { Command = new CommandSettings { Arguments = ["c"], Output = CommandOutput.Text } },
        };

        Assert.Equal("a-b-c", await host.PrintedAsync(request));
    }

    [Fact]
    public async Task Run_OfTheTask_ReplacesTheAgents()
    {
        var request = host.TextScript("printf task");
        request = request with
        {
            Agent = request.Agent with { Command = new CommandSettings { Run = ["false"], Arguments = ["a"] } },
        };

        Assert.Equal("task", await host.PrintedAsync(request));
    }

    [Theory]
    [InlineData("no-such-program-anywhere", "PATH")]
    [InlineData("tools/no-such-program", "command.run")]
    [InlineData("/no/such/program", "command.run")]
    [InlineData("tools/not-executable", "chmod +x")]
    public async Task Program_ThatIsNotThere_IsUnavailableWithTheCure(string program, string cure)
    {
        Directory.CreateDirectory(Path.Combine(host.Outside, "tools"));
        await File.WriteAllTextAsync(Path.Combine(host.Outside, "tools", "not-executable"), "#!/bin/sh\n");
        var request = host.Script("") with { PlanDirectory = host.Outside };

        var failure = await host.FailureAsync(
            request with { Task = request.Task with { Command = new CommandSettings { Run = [program] } } });

        Assert.Equal(FailureKind.Unavailable, failure.Kind);
        Assert.Contains(cure, failure.Message);
    }

    [Fact]
    public async Task Program_OfARelativePath_IsFoundFromThePlansFolder()
    {
        var program = Path.Combine(host.Outside, "tool");
        // Written by another process: what this one writes is busy as long as a process that another test is just starting has it too.
        using (var write = System.Diagnostics.Process.Start("sh", ["-c", "printf '#!/bin/sh\\nprintf found\\n' > \"$0\"; chmod 500 \"$0\"", program]))
            await write.WaitForExitAsync();
        var request = host.Script("") with { PlanDirectory = host.Outside };
        var settings = new CommandSettings { Run = ["./tool"], Output = CommandOutput.Text };

        Assert.Equal("found", await host.PrintedAsync(request with { Task = request.Task with { Command = settings } }));
    }

    [Fact]
    public async Task Environment_HoldsTheAllowedAndTheNamedOnly()
    {
        Environment.SetEnvironmentVariable("MIYABI_TEST_SECRET", "hunter2");
        Environment.SetEnvironmentVariable("TEST_PASSED", "passed on");
        var settings = new CommandSettings
        {
            Output = CommandOutput.Text,
            PassEnvironment = ["TEST_PASSED", "TEST_ABSENT"],
            Environment = ImmutableSortedDictionary<string, string>.Empty.Add("OWN", "mine").Add("MIYABI_TASK", "another"),
        };

        var printed = await host.PrintedAsync(host.Script("env", settings: settings));
        var variables = printed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0]);

        Assert.DoesNotContain("hunter2", printed);
        string[] allowed =
        [
            "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "DOTNET_ROOT", "TMPDIR", "TEMP", "TMP", "OWN", "TEST_PASSED",
            "MIYABI_RUN", "MIYABI_TASK", "MIYABI_ATTEMPT", "MIYABI_WORKSPACE", "PWD", "OLDPWD", "SHLVL", "_",
        ];
        Assert.Empty(variables.Except(allowed));
        Assert.Contains("TEST_PASSED=passed on\n", printed);
        Assert.Contains("OWN=mine\n", printed);
        Assert.Contains("MIYABI_RUN=run-1\n", printed);
        Assert.Contains("MIYABI_TASK=Task-1\n", printed);
        Assert.Contains("MIYABI_ATTEMPT=1\n", printed);
    }

    [Fact]
    public async Task TemporaryFolder_IsTheAttemptsOwn_AndRemovedWithIt()
    {
        var folder = await host.PrintedAsync(host.TextScript("touch \"$TMPDIR/x\" && printf %s \"$TMPDIR\""));

        Assert.StartsWith(host.Root, folder);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public async Task Instruction_ArrivesOnStandardInput()
    {
        var request = host.Script("cat").WithTask(task => task with
        {
            Prompt = "Say \"ü\".",
            OutputSchema = """{ "type": "object" }""",
            Writes = ["docs/**"],
        }) with
        {
            Attempt = 2,
            Findings = [new AttemptFinding("too short"), new AttemptFinding("no tests", new StageName("Task-1", TaskStage.Review, 1))],
        };

        var output = (await host.RunAsync(request)).Output;

        Assert.Equal("run-1", output.GetProperty("run").GetString());
        Assert.Equal("Task-1", output.GetProperty("task").GetString());
        Assert.Equal(2, output.GetProperty("attempt").GetInt32());
        Assert.Equal("agent-1", output.GetProperty("agent").GetString());
        Assert.Equal("Title of Task-1", output.GetProperty("title").GetString());
        Assert.Equal("Say \"ü\".", output.GetProperty("prompt").GetString());
        Assert.Equal("docs/**", output.GetProperty("writes")[0].GetString());
        Assert.Equal("object", output.GetProperty("outputSchema").GetProperty("type").GetString());
        Assert.Equal("""["too short",{"check":"Task-1~review-1","text":"no tests"}]""", JsonSerializer.Serialize(output.GetProperty("findings")));
        Assert.Equal(host.Outside, output.GetProperty("paths").GetProperty("outside").GetString());
        Assert.Equal(JsonValueKind.Array, output.GetProperty("inputs").ValueKind);
    }

    [Fact]
    public async Task Instruction_LeftUnread_FailsNothing()
    {
        var request = host.TextScript("printf done").WithTask(task => task with { Prompt = new string('x', PlanLimits.MaxPromptBytes) });

        Assert.Equal("done", await host.PrintedAsync(request));
    }

    [Fact]
    public async Task Instruction_LeftUnreadWhileMuchIsPrinted_DoesNotBlock()
    {
        var request = host.TextScript("head -c 1000000 /dev/zero | tr '\\0' x; exec 0<&-; head -c 1000000 /dev/zero | tr '\\0' y")
            .WithTask(task => task with { Prompt = new string('x', PlanLimits.MaxPromptBytes) });

        Assert.Equal(2_000_000, (await host.PrintedAsync(request)).Length);
    }
}
