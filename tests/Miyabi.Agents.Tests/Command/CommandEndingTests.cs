using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Testing.Agents;

namespace Miyabi.Agents.Tests.Command;

/// <summary>How an attempt's processes end: all of them, always.</summary>
public sealed class CommandEndingTests : IDisposable
{
    private readonly CommandHost host = new();

    public void Dispose() => host.Dispose();

    [Theory]
    [InlineData("sleep 3600 & echo $! > \"$1/pid\"; wait", "a child")]
    [InlineData("(sleep 3600 & echo $! > \"$1/pid\"; wait) & wait", "a grandchild")]
    [InlineData("(sleep 3600 & echo $! > \"$1/pid\"); sleep 3600", "a grandchild whose parent has exited")]
    [InlineData("setsid sh -c 'echo $$ > \"$0/pid\"; exec sleep 3600' \"$1\" & sleep 3600", "one in a session of its own")]
    [InlineData("(env -i sleep 3600 & echo $! > \"$1/pid\"); sleep 3600", "one without an environment")]
    [InlineData("trap '' TERM INT HUP; echo $$ > \"$1/pid\"; while :; do sleep 1; done", "one that ignores being told")]
    public async Task Cancel_KillsEveryProcess(string script, string which)
    {
        using var cancel = new CancellationTokenSource();
        var attempt = host.RunAsync(WithOutside(script), cancel.Token);
        var process = await host.ProcessIdAsync("pid");
        Assert.True(CommandHost.IsAlive(process), which);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attempt);

        Assert.False(CommandHost.IsAlive(process), which);
        Assert.Empty(host.AtWork());
    }

    [Theory]
    [InlineData("sleep 3600 & echo $! > \"$1/pid\"; echo '{}'", "holds the pipes")]
    [InlineData("sleep 3600 >/dev/null 2>&1 & echo $! > \"$1/pid\"; echo '{}'", "holds nothing")]
    [InlineData("setsid sleep 3600 & echo $! > \"$1/pid\"; echo '{}'", "is in a session of its own")]
    [InlineData("env -i sleep 3600 >/dev/null 2>&1 & echo $! > \"$1/pid\"; echo '{}'", "has no environment")]
    [InlineData("(trap '' HUP TERM; while :; do echo x >&2; sleep 0.1; done) & echo $! > \"$1/pid\"; echo '{}'", "goes on talking")]
    public async Task Exit_WithABackgroundProcessLeft_SucceedsAndKillsIt(string script, string which)
    {
        var result = await host.RunAsync(WithOutside(script));

        Assert.Null(result.Failure);
        Assert.False(CommandHost.IsAlive(await host.ProcessIdAsync("pid")), which);
        Assert.Empty(host.AtWork());
    }

    [Fact]
    public async Task Exit_WithAFilterStillWriting_WaitsForItsLastLines() =>
        Assert.Equal("late", await host.PrintedAsync(host.TextScript("(while kill -0 $$ 2> /dev/null; do :; done; printf late) & exit 0")));

    [Fact]
    public async Task Kill_OfTheProgramItself_IsAFailure()
    {
        var failure = await host.FailureAsync(host.Script("kill -KILL $$"));

        Assert.Equal(FailureKind.Failed, failure.Kind);
        Assert.Equal(137, failure.ExitCode);
    }

    [Fact]
    public async Task Cancel_OfAForkBomb_EndsIt()
    {
        using var cancel = new CancellationTokenSource();
        const string Breed = """
            echo x >> "$1/count"
            if [ $(wc -l < "$1/count") -lt 200 ]; then
              sh -c "$2" sh "$1" "$2" &
              sh -c "$2" sh "$1" "$2" &
            fi
            sleep 3600
            """;
        var settings = new CommandSettings { Arguments = ["sh", host.Outside, Breed] };
        var attempt = host.RunAsync(host.Script(Breed, settings: settings), cancel.Token);
        var count = Path.Combine(host.Outside, "count");
        await Until.TrueAsync(() => File.Exists(count) && new FileInfo(count).Length > 40, "twenty were started");

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attempt);

        Assert.Empty(host.AtWork());
    }

    private AgentRequest WithOutside(string script) =>
        host.Script(script, settings: new CommandSettings { Arguments = ["sh", host.Outside] });
}
