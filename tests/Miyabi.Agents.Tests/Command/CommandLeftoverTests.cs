using System.Diagnostics;
using Miyabi.Agents.Command;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Testing.Agents;

namespace Miyabi.Agents.Tests.Command;

/// <summary>What is ended when an attempt is taken over from a runner that is gone, and what is not.</summary>
public sealed class CommandLeftoverTests : IDisposable
{
    private const string DeadRunner = "1 1"; // with the machine before it: a process that started with the boot's first tick

    private readonly CommandHost host = new();
    private readonly List<Process> processes = [];

    private string Folder => Path.Combine(host.Root, "run-1", "Task-1", "1");

    public void Dispose()
    {
        foreach (var process in processes)
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }

        host.Dispose();
    }

    [Fact]
    public async Task Started_NamesTheProcess_BeforeItIsGivenItsInstruction()
    {
        AgentProcess? started = null;
        var request = host.TextScript("cat > /dev/null; [ -e \"$0\" ] && printf told || printf untold; printf ' %s' $$") with
        {
            StartedAsync = async (process, token) =>
            {
                started = process;
                await File.WriteAllTextAsync(Path.Combine(host.Outside, "told"), "", token);
            },
        };
        request = request.WithTask(task => task with
        {
            Command = task.Command! with { Arguments = [Path.Combine(host.Outside, "told")] },
        });

        var printed = await host.PrintedAsync(request);

        Assert.Equal($"told {started!.Group}", printed);
        Assert.Equal(ProcessName.Machine, started.Machine);
        Assert.Equal(ProcessName.Current, started.Runner);
        Assert.Equal(Folder, started.Workspace);
        Assert.NotEmpty(started.Started);
    }

    [Fact]
    public async Task Started_ThatIsCancelled_EndsTheAttempt()
    {
        using var cancel = new CancellationTokenSource();
        var request = host.Script("sleep 3600") with
        {
            StartedAsync = async (_, token) =>
            {
                await cancel.CancelAsync();
                token.ThrowIfCancellationRequested();
            },
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.RunAsync(request, cancel.Token));

        Assert.Empty(host.AtWork());
    }

    [Fact]
    public async Task Recorded_Session_IsEnded_AlsoWhereItsMarkIsGone()
    {
        var leader = Start("env -i sleep 3600 & echo $! > \"$1/child\"; wait");
        var child = await host.ProcessIdAsync("child");

        Assert.Null(await EndAsync(Recorded(leader)));

        Assert.False(CommandHost.IsAlive(leader));
        Assert.False(CommandHost.IsAlive(child));
    }

    [Fact]
    public async Task Recorded_IdThatAnotherProcessHasByNow_IsNotEnded()
    {
        var leader = Start("sleep 3600 & echo $! > \"$1/child\"; wait");
        var child = await host.ProcessIdAsync("child");

        Assert.Null(await EndAsync(Recorded(leader) with { Started = "1" }));

        Assert.True(CommandHost.IsAlive(leader));
        Assert.True(CommandHost.IsAlive(child));
    }

    [Fact]
    public async Task Recorded_LeaderThatHasEnded_IsNoProofOfItsSession()
    {
        // The session's number alone may be another's by now: only who works in the workspace is known.
        Directory.CreateDirectory(Folder);
        var leader = Start("sleep 3600 & echo $! > \"$1/elsewhere\"; cd \"$2\"; sleep 3600 & echo $! > \"$1/inside\"; exit 0");
        var (elsewhere, inside) = (await host.ProcessIdAsync("elsewhere"), await host.ProcessIdAsync("inside"));
        await Until.TrueAsync(() => !Directory.Exists($"/proc/{leader}"), "the leader has ended and was fetched by its parent");

        Assert.Null(await EndAsync(new AgentProcess(ProcessName.Machine!, leader, "1", $"{ProcessName.Machine} {DeadRunner}", Folder)));

        Assert.True(CommandHost.IsAlive(elsewhere));
        Assert.False(CommandHost.IsAlive(inside));
        UnixKill(elsewhere);
    }

    [Fact]
    public async Task Recorded_OnAnotherMachine_IsNotEnded()
    {
        var leader = Start("exec sleep 3600");

        Assert.Null(await EndAsync(Recorded(leader) with { Machine = "another-boot/pid" }));

        Assert.True(CommandHost.IsAlive(leader));
    }

    [Fact]
    public async Task Recorded_ByALivingRunnerOfAnotherStore_IsNotEnded()
    {
        var leader = Start("exec sleep 3600");

        Assert.Null(await EndAsync(Recorded(leader) with { Workspace = "/elsewhere/1", Runner = ProcessName.Current }));
        Assert.True(CommandHost.IsAlive(leader));

        Assert.Null(await EndAsync(Recorded(leader) with { Workspace = "/elsewhere/1", Runner = $"{ProcessName.Machine} {DeadRunner}" }));
        Assert.False(CommandHost.IsAlive(leader));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public async Task Recorded_IdThatNamesMoreThanAProcess_EndsNothing(int id)
    {
        var bystander = Start("exec sleep 3600");

        Assert.Null(await EndAsync(Recorded(bystander) with { Group = id, Started = ProcessName.StartOf(1) ?? "1" }));

        Assert.True(CommandHost.IsAlive(bystander));
    }

    [Fact]
    public async Task NothingRecorded_WhatIsMarkedIsEnded_AndNothingElse()
    {
        var mine = Start("exec sleep 3600", Folder);
        var nested = Start("exec sleep 3600", Folder + "-tmp/miyabi-x/run-2/Task-1/1");
        var others = new[] { Folder + "0", Path.Combine(host.Root, "run-1", "Task-1", "2"), Path.Combine(host.Root, "run-1~0123456789ab", "Task-1", "1") }
            .Select(other => Start("exec sleep 3600", other)).ToList();

        Assert.Null(await EndAsync(null));

        Assert.False(CommandHost.IsAlive(mine));
        Assert.False(CommandHost.IsAlive(nested));
        Assert.All(others, other => Assert.True(CommandHost.IsAlive(other)));
    }

    private Task<AgentFailure?> EndAsync(AgentProcess? recorded) =>
        host.Agent.EndLeftoversAsync(new AgentLeftovers("run-1", "Task-1", 1, recorded), CancellationToken.None);

    private AgentProcess Recorded(int leader) =>
        new(ProcessName.Machine!, leader, ProcessName.StartOf(leader)!, $"{ProcessName.Machine} {DeadRunner}", Folder);

    // As a runner would have: in a session of its own; here without the mark, unless one is given.
    private int Start(string script, string? workspace = null)
    {
        var start = new ProcessStartInfo("setsid", ["sh", "-c", script, "sh", host.Outside, Folder]);
        start.Environment.Remove("MIYABI_WORKSPACE");
        if (workspace is not null)
            start.Environment["MIYABI_WORKSPACE"] = workspace;
        var process = Process.Start(start)!;
        processes.Add(process);
        var session = process.Id;
        Assert.True(SpinWait.SpinUntil(() => Session(session) is null || Session(session) == session, TimeSpan.FromSeconds(60)), "no session of its own");
        return session;
    }

    private static int? Session(int process)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(status[(status.LastIndexOf(')') + 2)..].Split(' ')[3]);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static void UnixKill(int id)
    {
        using var process = Process.GetProcessById(id);
        process.Kill();
    }
}
