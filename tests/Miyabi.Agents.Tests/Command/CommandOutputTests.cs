using System.Text;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Tests.Command;

/// <summary>What comes back from a program: output, standard error, progress, exit code.</summary>
public sealed class CommandOutputTests : IDisposable
{
    private readonly CommandHost host = new();

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task ResultFile_GoesBeforeStandardOutput()
    {
        var result = await host.RunAsync(host.Script("""echo '{"from":"stdout"}'; echo '{"from":"file"}' > result.json"""));

        Assert.Equal("file", result.Output.GetProperty("from").GetString());
    }

    [Fact]
    public async Task ResultFile_GoesBeforeTextToo()
    {
        var result = await host.RunAsync(host.TextScript("""echo text; echo '{"from":"file"}' > result.json"""));

        Assert.Equal("file", result.Output.GetProperty("from").GetString());
    }

    [Theory]
    [InlineData("ln -s \"$1\" result.json")]
    [InlineData("ln -s nowhere result.json")]
    [InlineData("mkdir result.json")]
    [InlineData("mkfifo result.json")]
    [InlineData("head -c 17000000 /dev/zero > result.json")]
    [InlineData(": > result.json")]
    [InlineData("echo '{\"half\":' > result.json")]
    public async Task ResultFile_ThatIsNoJsonFile_IsInvalidOutput(string script)
    {
        var target = Path.Combine(host.Outside, "secret.json");
        await File.WriteAllTextAsync(target, "{}");
        var settings = new CommandSettings { Arguments = ["name", target] };

        var failure = await host.FailureAsync(host.Script(script + "; echo '{}'", settings: settings));

        Assert.Equal(FailureKind.InvalidOutput, failure.Kind);
        Assert.Contains("result.json", failure.Message);
    }

    [Fact]
    public async Task ResultFile_WithAByteOrderMark_IsRead()
    {
        var result = await host.RunAsync(host.Script("""printf '\357\273\277{"a":1}' > result.json"""));

        Assert.Equal(1, result.Output.GetProperty("a").GetInt32());
    }

    [Fact]
    public async Task Text_IsTheOutputsText() =>
        Assert.Equal("über {\n", await host.PrintedAsync(host.TextScript("echo 'über {'")));

    [Theory]
    [InlineData("true", "is empty")]
    [InlineData("printf ' \\n\\t'", "is empty")]
    [InlineData("echo '{\"a\": [1, 2'", "is not one JSON value at line ")]
    [InlineData("echo '{} {}'", "is not one JSON value at line 1, byte 4")]
    [InlineData("echo '{\"a\":1,\"a\":2}'", "is not one JSON value")]
    [InlineData("printf '\"\\377\\376\"'", "is not UTF-8")]
    public async Task Json_ThatIsNone_IsInvalidOutputWithAReason(string script, string reason)
    {
        var failure = await host.FailureAsync(host.Script(script));

        Assert.Equal(FailureKind.InvalidOutput, failure.Kind);
        Assert.Contains("Standard output " + reason, failure.Message);
    }

    [Fact]
    public async Task Json_ThatIsNone_IsQuotedShortAndSafe()
    {
        var failure = await host.FailureAsync(host.Script("""printf 'oops \033[31m\n'; head -c 5000 /dev/zero | tr '\0' x"""));

        Assert.Contains("oops \\u001b[31m\\n", failure.Message);
        Assert.DoesNotContain(failure.Message, char.IsControl);
        Assert.InRange(failure.Message.Length, 100, 400);
    }

    [Fact]
    public async Task Text_ThatIsNotUtf8_IsInvalidOutput() =>
        Assert.Equal(FailureKind.InvalidOutput, (await host.FailureAsync(host.TextScript("printf '\\377'"))).Kind);

    [Fact]
    public async Task StandardOutput_BeyondTheLimit_EndsTheProgramWithInvalidOutput()
    {
        var failure = await host.FailureAsync(host.TextScript("yes | head -c 1000000000; sleep 3600"));

        Assert.Equal(FailureKind.InvalidOutput, failure.Kind);
        Assert.Contains($"{AgentLimits.MaxOutputBytes} bytes", failure.Message);
        Assert.Empty(host.AtWork());
    }

    [Fact]
    public async Task ExitCode_NotZero_IsAFailureWithTheLastLineOfStandardError()
    {
        var failure = await host.FailureAsync(
            host.Script("echo '{}'; echo first >&2; echo '  fatal: no such thing ' >&2; echo >&2; exit 128"));

        Assert.Equal(FailureKind.Failed, failure.Kind);
        Assert.Equal(128, failure.ExitCode);
        Assert.Equal("sh exited with 128: fatal: no such thing", failure.Message);
        Assert.Equal("first\n  fatal: no such thing \n\n", failure.ErrorTail);
    }

    [Fact]
    public async Task ExitCode_NotZeroAndNothingSaid_IsAFailureAllTheSame()
    {
        var failure = await host.FailureAsync(host.Script("exit 7"));

        Assert.Equal("sh exited with 7.", failure.Message);
        Assert.Equal("", failure.ErrorTail);
    }

    [Fact]
    public async Task ExitCode_NotZeroOfAGate_SaysWhatItPrintedToo()
    {
        var failure = await host.FailureAsync(host.Script("printf 'a is red\\033[2J\\n1 failed\\n'; exit 1", "Task-1~gate-2"));

        Assert.Equal("sh exited with 1: 1 failed", failure.Message);
        Assert.Equal("a is red[2J\n1 failed\n", failure.OutputTail);
    }

    [Fact]
    public async Task ExitCode_NotZeroOfAnyOther_DropsWhatItPrinted()
    {
        var failure = await host.FailureAsync(host.Script("echo secret; exit 1"));

        Assert.Equal("sh exited with 1.", failure.Message);
        Assert.Null(failure.OutputTail);
    }

    [Fact]
    public async Task StandardError_ThatIsLong_IsKeptAtItsEnd()
    {
        var failure = await host.FailureAsync(host.Script("seq 1 100000 >&2; echo last >&2; exit 1"));

        Assert.EndsWith("99999\n100000\nlast\n", failure.ErrorTail);
        Assert.Equal(AgentLimits.MaxErrorTailBytes, failure.ErrorTail!.Length);
    }

    [Fact]
    public async Task StandardError_InOneEndlessLine_IsKeptAtItsEnd()
    {
        var failure = await host.FailureAsync(host.Script("head -c 1000000 /dev/zero | tr '\\0' x >&2; printf end >&2; exit 1"));

        Assert.EndsWith("xxxend", failure.ErrorTail);
        Assert.Equal(AgentLimits.MaxErrorTailBytes, failure.ErrorTail!.Length);
    }

    [Fact]
    public async Task StandardError_OfAnyBytes_IsSafeTextWithinTheLimit()
    {
        var failure = await host.FailureAsync(host.Script("""printf 'a\033[2Jb\r\n\tc\n' >&2; exit 1"""));
        var binary = await host.FailureAsync(host.Script("head -c 200000 /dev/zero | tr '\\0' '\\377' >&2; exit 1"));

        Assert.Equal("a[2Jb\n\tc\n", failure.ErrorTail);
        Assert.InRange(Encoding.UTF8.GetByteCount(binary.ErrorTail!), 1, AgentLimits.MaxErrorTailBytes);
    }

    [Fact]
    public async Task StandardError_OfASuccess_FailsNothing() =>
        Assert.Equal("fine", await host.PrintedAsync(host.TextScript("echo careful >&2; printf fine")));

    [Fact]
    public async Task ProgressLines_AreReportedAndNotKept()
    {
        var script = """
            {
              echo 'progress 0.25 a quarter'
              echo 'progress 1.5 too much'
              echo 'progress -0.1'
              echo 'progress NaN'
              echo 'progress 0.1 back'
              printf 'progress 1'
            } >&2
            exit 1
            """;

        var failure = await host.FailureAsync(host.Script(script));

        Assert.Equal(
            [new AgentProgress(0.25, "a quarter"), new AgentProgress(0.25, "back"), new AgentProgress(1)], host.Progress.Reports);
        Assert.Equal("progress 1.5 too much\nprogress -0.1\nprogress NaN\n", failure.ErrorTail);
    }

    [Fact]
    public async Task ProgressLines_WithoutEnd_AreReportedToALimit()
    {
        await host.RunAsync(host.TextScript("yes 'progress 0.5 x' | head -n 5000 >&2"));

        Assert.Equal(1_000, host.Progress.Reports.Count);
    }
}
