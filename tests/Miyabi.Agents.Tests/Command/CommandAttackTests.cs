using System.Runtime.Versioning;
using System.Text;
using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Tests.Command;

/// <summary>Programs that mean harm: each ends as a failed attempt with its reason, or harmlessly, and nothing of it is left.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CommandAttackTests : IDisposable
{
    private readonly CommandHost host = new();

    public void Dispose() => host.Dispose();

    [Theory]
    [InlineData("head -c 1000000000 /dev/zero", "more than 16777216 bytes on standard output")]
    [InlineData("head -c 1000000000 /dev/zero >&2; exit 4", "exited with 4")]
    [InlineData("ln -s /etc/passwd result.json", "result.json is no regular file")]
    [InlineData("ln -s /dev/zero result.json", "result.json is no regular file")]
    [InlineData("mkfifo result.json", "result.json is no regular file")]
    [InlineData("mkdir result.json", "result.json is no regular file")]
    [InlineData("mknod result.json c 1 5 2>/dev/null || mkfifo result.json", "result.json is no regular file")]
    [InlineData("truncate -s 1T result.json", "16777216 are allowed")]
    [InlineData("kill -STOP $$", "")]
    [InlineData("cd ..; rm -rf 1; echo '{}' > 1", "")]
    [InlineData("cd ..; rm -rf 1 1-tmp 1.lock; ln -s \"$1\" 1; echo '{}'", "")]
    [InlineData("printf '{\"a\": \"\\377\"}'", "not UTF-8")]
    [InlineData("head -c 100000 /dev/zero | tr '\\0' '['", "not one JSON value")]
    public async Task Attack_IsAFailureOrHarmless_AndLeavesNothing(string script, string reason)
    {
        await File.WriteAllTextAsync(Path.Combine(host.Outside, "kept"), "kept");
        using var patience = new CancellationTokenSource();
        var attempt = host.RunAsync(Attack(script), patience.Token);
        if (script.Contains("STOP"))
            await CancelAsync(patience, attempt);
        else if ((await attempt).Failure is { } failure)
            Assert.Contains(reason, failure.Message);
        else
            Assert.Equal("", reason);

        Assert.Empty(host.AtWork());
        Assert.Equal("kept", await File.ReadAllTextAsync(Path.Combine(host.Outside, "kept")));
    }

    [Theory]
    [InlineData("touch \"$(printf 'a\\nb')\"", "control character")]
    [InlineData("touch \"$(printf 'a\\033[31mb')\"", "control character")]
    [InlineData("touch \"$(printf 'a\\377b')\"", "not Unicode")]
    [InlineData("touch 'a\\b'", "backslash")]
    [InlineData("touch CON", "reserved")]
    [InlineData("touch x X", "twice")]
    [InlineData("mknod device c 1 5 2>/dev/null; mkfifo pipe", "")]
    [InlineData("ln -s \"$1\" folder; ln -s \"$1/kept\" file; ln -s ../../.. up; rm -rf inputs; ln -s \"$1\" inputs", "leaves the workspace")]
    [InlineData("rm -rf inputs; ln -s \"$1\" inputs", "")]
    public async Task ProducedFile_ThatIsNone_IsRefusedOrLeft(string script, string reason)
    {
        await File.WriteAllTextAsync(Path.Combine(host.Outside, "kept"), "kept");
        var request = Attack(script + "; echo '{}'").WithTask(task => task with { Writes = ["**"] });

        var result = await host.RunAsync(request);
        var failure = result.Failure ?? ResultCheck.WhatIsWrong(request.Task, result, TimeProvider.System);

        if (reason.Length == 0)
            Assert.Null(failure);
        else
            Assert.Contains(reason, failure!.Message);
        Assert.True(failure is not null || result.Files.IsEmpty, string.Join(", ", result.Files.Select(file => file.Path)));
        Assert.Equal("kept", await File.ReadAllTextAsync(Path.Combine(host.Outside, "kept")));
        Assert.Empty(host.AtWork());
    }

    [Fact]
    public async Task HardLink_ToAFileOutside_IsCollectedAsWhatItIs_AndTheOtherNameStays()
    {
        var kept = Path.Combine(host.Outside, "kept");
        await File.WriteAllTextAsync(kept, "kept");
        File.SetUnixFileMode(kept, UnixFileMode.UserRead);

        var result = await host.RunAsync(Attack("ln \"$1/kept\" mine; echo '{}'").WithTask(task => task with { Writes = ["mine"] }));

        Assert.Equal("kept", Encoding.UTF8.GetString(Assert.Single(result.Files).Content.Span));
        Assert.Equal("kept", await File.ReadAllTextAsync(kept));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(kept));
    }

    [Fact]
    public async Task Workspace_DeeperThanAnyPath_IsRemoved()
    {
        await host.RunAsync(Attack("d=$(printf '%0200d' 0); for i in $(seq 300); do mkdir $d; cd -P $d; done; cd /; echo '{}'"));

        Assert.Empty(host.Workspaces());
    }

    [Theory]
    [InlineData("setsid sh -c 'setsid sh -c \"$0\" \"$1\" & exit' \"$2\" \"$1\"; sleep 3600", "twice in a session of its own")]
    [InlineData("( (sh -c \"$2\" \"$1\" &) & ) ; sleep 3600", "forked twice")]
    [InlineData("( (sh -c \"$2\" \"$1\" <&- >&- 2>&- &) & ) ; sleep 3600", "forked twice with its pipes closed")]
    [InlineData("env -i PATH=\"$PATH\" setsid sh -c \"$2\" \"$1\" & sleep 3600", "without a mark, in a session of its own, its parent alive")]
    [InlineData("sh -c \"$2\" \"$1\" & kill -STOP $$", "under a stopped parent")]
    public async Task Cancel_FindsADetachedProcess_ThatIs(string script, string which)
    {
        const string Child = "trap '' TERM HUP; echo $$ > \"$0/pid.new\"; mv \"$0/pid.new\" \"$0/pid\"; while :; do sleep 1; done";
        using var cancel = new CancellationTokenSource();
        var attempt = host.RunAsync(host.Script(script, settings: new CommandSettings { Arguments = ["sh", host.Outside, Child] }), cancel.Token);
        var process = await host.ProcessIdAsync("pid");

        await CancelAsync(cancel, attempt);

        Assert.False(CommandHost.IsAlive(process), which);
        Assert.Empty(host.AtWork());
    }

    [Fact]
    public async Task Cancel_AsksFirst_SoThatAProgramCanEndInOrder()
    {
        using var cancel = new CancellationTokenSource();
        var attempt = host.RunAsync(
            Attack("trap 'echo bye > \"$1/bye\"; exit' TERM; echo $$ > \"$1/pid\"; while :; do sleep 0.05; done"), cancel.Token);
        await host.ProcessIdAsync("pid");

        await CancelAsync(cancel, attempt);

        Assert.Equal("bye\n", await File.ReadAllTextAsync(Path.Combine(host.Outside, "bye")));
    }

    private static async Task CancelAsync(CancellationTokenSource cancel, Task attempt)
    {
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attempt);
    }

    private AgentRequest Attack(string script) => host.Script(script, settings: new CommandSettings { Arguments = ["sh", host.Outside] });
}
