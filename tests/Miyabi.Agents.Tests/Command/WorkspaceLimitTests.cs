using System.Runtime.Versioning;
using Miyabi.Agents.Command;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Testing.Agents;

namespace Miyabi.Agents.Tests.Command;

/// <summary>What workspaces may take up, one and all together; and what is there to be seen.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class WorkspaceLimitTests : IDisposable
{
    private const int MiB = 1024 * 1024;

    private readonly CommandHost host = new(options => options with
    {
        MaxWorkspaceBytes = 8 * MiB, MaxWorkspaceEntries = 1_000, KeepFailed = true, MaxKeptBytes = 3 * MiB,
    });

    public void Dispose() => host.Dispose();

    [Theory]
    [InlineData("head -c 20000000 /dev/zero > big", "8388608 bytes")]
    [InlineData("head -c 20000000 /dev/zero > \"$TMPDIR/big\"", "8388608 bytes")]
    [InlineData("mkdir -p a/b; head -c 20000000 /dev/zero > a/b/big", "8388608 bytes")]
    [InlineData("mkdir d; cd d; seq 2000 | xargs touch", "1000 files")]
    [InlineData("seq 2000 | xargs mkdir", "1000 files")]
    [InlineData("for i in $(seq 100); do d=$(printf '%0200d' 0); mkdir $d; cd -P $d; done", "deeper")]
    public async Task Program_ThatFillsItsWorkspace_IsEnded_AndHasFailedWithTheLimit(string script, string limit)
    {
        var failure = await host.FailureAsync(host.Script(script + "; sleep 3600"));

        Assert.Equal(FailureKind.InvalidOutput, failure.Kind);
        Assert.Contains(limit, failure.Message);
    }

    [Fact]
    public async Task Program_WithAHugeSparseFile_TakesNothingUp()
    {
        var result = await host.RunAsync(host.Script("truncate -s 1T sparse; ln -s / everything; sleep 1.5; echo '{}'"));

        Assert.Null(result.Failure);
        Assert.Empty(host.Workspaces());
    }

    [Fact]
    public async Task Kept_IsTheWorkspaceOfAFailedAttempt_WithoutItsTemporaryFiles()
    {
        await host.FailureAsync(host.Script("echo x > seen; echo y > \"$TMPDIR/aside\"; exit 3"));
        Assert.Null((await host.RunAsync(host.Script("echo '{}'", "Task-2"))).Failure);

        var folder = Assert.Single(host.Provider.Kept.Folders);
        Assert.Equal(Path.Combine(host.Root, "run-1", "Task-1", "1"), folder);
        Assert.Equal("x\n", await File.ReadAllTextAsync(Path.Combine(folder, "seen")));
        Assert.Equal([folder], Directory.GetFileSystemEntries(Path.GetDirectoryName(folder)!));
        Assert.Equal([Path.Combine(host.Root, "run-1", "Task-1")], Directory.GetDirectories(Path.Combine(host.Root, "run-1")));
        Assert.InRange(host.Provider.Kept.Bytes, 1, 64 * 1024);
    }

    [Fact]
    public async Task Kept_IsAlsoTheWorkspaceOfAGate()
    {
        await host.FailureAsync(host.Script("exit 3", "Task-1~gate-2"));

        Assert.Equal(Path.Combine(host.Root, "run-1", "Task-1~gate-2", "1"), Assert.Single(host.Provider.Kept.Folders));
    }

    [Theory]
    [InlineData("echo '{\"a\":'", "")]
    [InlineData("echo '{}'", """{ "type": "object", "required": ["n"] }""")]
    public async Task Kept_IsAlsoWhatTheRunnerWillRefuse(string script, string schema)
    {
        await host.RunAsync(host.Script(script).WithTask(task => task with { OutputSchema = schema.Length == 0 ? null : schema }));

        Assert.Single(host.Provider.Kept.Folders);
    }

    [Fact]
    public async Task Kept_BeyondTheLimit_TheOldestGo()
    {
        foreach (var task in new[] { "Task-1", "Task-2", "Task-3" })
            await host.FailureAsync(host.Script("head -c 1200000 /dev/zero > evidence; exit 1", task));

        Assert.Equal(["Task-2", "Task-3"], host.Provider.Kept.Folders.Select(folder => Path.GetFileName(Path.GetDirectoryName(folder))));
        Assert.False(Directory.Exists(Path.Combine(host.Root, "run-1", "Task-1")));
    }

    [Fact]
    public async Task Kept_WhatIsTooLargeOnItsOwn_IsNot()
    {
        await host.FailureAsync(host.Script("head -c 1000000 /dev/zero > evidence; exit 1"));
        await host.FailureAsync(host.Script("head -c 4000000 /dev/zero > evidence; exit 1", "Task-2"));

        Assert.EndsWith("Task-1/1", Assert.Single(host.Provider.Kept.Folders));
        Assert.False(Directory.Exists(Path.Combine(host.Root, "run-1", "Task-2")));
    }

    [Fact]
    public async Task Inventory_TellsWhatIsInUse_AndRemovesOnlyWhatIsNot()
    {
        using var cancel = new CancellationTokenSource();
        await host.FailureAsync(host.Script("head -c 1000000 /dev/zero > evidence; exit 1"));
        var attempt = host.RunAsync(host.Script("echo $$ > \"$1/pid\"; sleep 3600", "Task-2", new CommandSettings { Arguments = ["sh", host.Outside] }), cancel.Token);
        await host.ProcessIdAsync("pid");
        var inventory = new WorkspaceInventory(host.Root);

        var items = await inventory.ListAsync(default);

        Assert.Equal([("run-1", "Task-1", 1, false), ("run-1", "Task-2", 1, true)], items.Select(item => (item.Run, item.Task, item.Attempt, item.InUse)));
        Assert.InRange(items[0].Bytes, 1_000_000, 1_100_000);
        Assert.True(await inventory.RemoveAsync(items[0], default));
        Assert.False(await inventory.RemoveAsync(items[1], default));
        Assert.Equal("Task-2", Assert.Single(await inventory.ListAsync(default)).Task);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => attempt);
    }

    [Fact]
    public async Task Inventory_OfAProcessThatOutlivedItsRunner_IsInUse()
    {
        var folder = Path.Combine(host.Root, "run-1~0123456789ab", "Task-1", "1");
        Directory.CreateDirectory(folder);
        using var left = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sleep", "3600") { Environment = { ["MIYABI_WORKSPACE"] = folder } })!;
        var inventory = new WorkspaceInventory(host.Root);

        var item = Assert.Single(await inventory.ListAsync(default));
        Assert.True(item.InUse);
        Assert.False(await inventory.RemoveAsync(item, default));

        left.Kill();
        await left.WaitForExitAsync();
        Assert.True(await inventory.RemoveAsync(item, default));
        Assert.Empty(host.Workspaces());
    }

    [Fact]
    public async Task Inventory_FollowsNoLink_AndTouchesNothingElse()
    {
        var kept = Path.Combine(host.Outside, "run-1", "Task-1", "1");
        Directory.CreateDirectory(kept);
        Directory.CreateDirectory(Path.Combine(host.Root, "run-1", "notes", "mine"));
        Directory.CreateDirectory(Path.Combine(host.Root, "run-2", "Task-1"));
        Directory.CreateSymbolicLink(Path.Combine(host.Root, "run-3"), Path.Combine(host.Outside, "run-1"));
        Directory.CreateSymbolicLink(Path.Combine(host.Root, "run-2", "Task-1", "1"), kept);
        var inventory = new WorkspaceInventory(host.Root);

        Assert.Empty(await inventory.ListAsync(default));
        await inventory.RemoveAsync(new WorkspaceItem("run-1", "Task-1", 1, kept, 0, default, false), default);

        Assert.True(Directory.Exists(kept));
    }

    [Fact]
    public async Task Inventory_OfARootThatIsNotThere_IsEmpty() =>
        Assert.Empty(await new WorkspaceInventory(Path.Combine(host.Outside, "nowhere")).ListAsync(default));

    [Fact]
    public async Task Workspaces_OfOneRunInTwoStores_LieApart()
    {
        var first = new CommandProvider(new CommandOptions { WorkspaceRoot = host.Root, Store = "/one" });
        var second = new CommandProvider(new CommandOptions { WorkspaceRoot = host.Root, Store = "/two" });

        var folders = await Task.WhenAll(new[] { first, second }.Select(async provider =>
            (await provider.Agent.RunAsync(host.TextScript("pwd"), host.Progress, default)).Output.GetProperty("text").GetString()));

        Assert.NotEqual(folders[0], folders[1]);
        Assert.Empty(host.Workspaces());
    }

    [Fact]
    public async Task Workspace_ThatWasTakenOver_IsNotRemovedByItsFormerHolder()
    {
        using var cancel = new CancellationTokenSource();
        var settings = new CommandSettings { Arguments = ["sh", host.Outside] };
        var former = host.RunAsync(host.Script("echo $$ > \"$1/former\"; sleep 3600", settings: settings));
        await host.ProcessIdAsync("former");
        var next = host.RunAsync(host.Script("echo $$ > \"$1/next\"; sleep 3600", settings: settings), cancel.Token);
        var process = await host.ProcessIdAsync("next");

        using (var ending = System.Diagnostics.Process.GetProcessById(await host.ProcessIdAsync("former")))
            ending.Kill();
        await Until.TrueAsync(() => former.IsCompleted || !CommandHost.IsAlive(process), "the former has ended");

        Assert.True(Directory.Exists(Path.Combine(host.Root, "run-1", "Task-1", "1")));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }
}
