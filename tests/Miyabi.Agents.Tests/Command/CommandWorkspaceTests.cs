using System.Runtime.Versioning;
using Miyabi.Agents.Command;
using Miyabi.Core.Agents;

namespace Miyabi.Agents.Tests.Command;

/// <summary>Where an attempt works, and that it leaves nothing there.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CommandWorkspaceTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly CommandHost host = new();

    private string Folder => Path.Combine(host.Root, "run-1", "Task-1", "1");

    public void Dispose() => host.Dispose();

    [Theory]
    [InlineData("mkdir -p a/b; touch a/b/c; echo x")]
    [InlineData("exit 1")]
    [InlineData("mkdir locked; touch locked/x; chmod 000 locked; echo x")]
    [InlineData("mkdir in; touch in/x; chmod 555 in; chmod 000 .; echo x")]
    public async Task Workspace_OfAnEndedAttempt_IsRemoved(string script)
    {
        await host.RunAsync(host.TextScript(script));

        Assert.Empty(host.Workspaces());
    }

    [Fact]
    public async Task Workspace_WithLinksToTheOutside_IsRemovedWithoutThem()
    {
        var kept = await KeptFileAsync();

        await host.RunAsync(host.Script($"ln -s '{host.Outside}' folder; ln -s '{kept}' file; ln -s nowhere dangling; chmod 000 ."));

        Assert.True(File.Exists(kept));
        Assert.Empty(host.Workspaces());
    }

    [Fact]
    public async Task Workspace_LeftOver_IsRemovedFirst_WithoutFollowingItsLinks()
    {
        var kept = await KeptFileAsync();
        MakeRoot();
        Directory.CreateDirectory(Path.Combine(Folder, "sub"));
        Directory.CreateSymbolicLink(Path.Combine(Folder, "sub", "link"), host.Outside);
        await File.WriteAllTextAsync(Path.Combine(Folder, "old.txt"), "old");

        Assert.Equal("", await host.PrintedAsync(host.TextScript("ls -A")));

        Assert.True(File.Exists(kept));
    }

    [Theory]
    [InlineData("run-1")]
    [InlineData("run-1/Task-1")]
    [InlineData("run-1/Task-1/1")]
    [InlineData("run-1/Task-1/1-tmp")]
    public async Task Workspace_WithALinkInItsPath_IsMadeInItsPlace(string link)
    {
        var kept = await KeptFileAsync();
        MakeRoot();
        var path = Path.Combine(host.Root, link);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Directory.CreateSymbolicLink(path, host.Outside);

        Assert.Equal(Folder, await host.PrintedAsync(host.TextScript("touch x \"$TMPDIR/x\"; printf %s \"$(pwd -P)\"")));

        Assert.Equal([kept], Directory.GetFileSystemEntries(host.Outside));
    }

    [Fact]
    public async Task Root_ThatIsNotThere_IsMadeForItsOwnerAlone()
    {
        await host.RunAsync(host.TextScript("true"));

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(host.Root));
    }

    [Fact]
    public async Task Root_ThatIsALink_IsRefused()
    {
        Directory.CreateSymbolicLink(host.Root, host.Outside);

        var failure = await host.FailureAsync(host.TextScript("true"));

        Assert.Equal(FailureKind.Unavailable, failure.Kind);
        Assert.Contains("it is a link", failure.Message);
        Assert.Empty(Directory.GetFileSystemEntries(host.Outside));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task Root_ThatOthersMayWriteTo_IsRefused(UnixFileMode others)
    {
        MakeRoot();
        File.SetUnixFileMode(host.Root, OwnerOnly | others);

        var failure = await host.FailureAsync(host.TextScript("true"));

        Assert.Equal(FailureKind.Unavailable, failure.Kind);
        Assert.Contains("chmod go-w", failure.Message);
    }

    [Fact]
    public async Task Root_OfAnotherUser_IsRefused()
    {
        // Root can give a folder away; others find one that is root's.
        var foreign = "/usr";
        if (Environment.UserName == "root")
        {
            MakeRoot();
            foreign = host.Root;
            using var chown = System.Diagnostics.Process.Start("chown", ["12345", foreign]);
            await chown.WaitForExitAsync();
        }

        var result = await new CommandProvider(new CommandOptions { WorkspaceRoot = foreign }).Agent.RunAsync(host.TextScript("true"), host.Progress, CancellationToken.None);

        Assert.Contains("another user", result.Failure?.Message);
    }

    [Fact]
    public async Task Root_ThatIsAFile_IsUnavailable()
    {
        await File.WriteAllTextAsync(host.Root, "");

        Assert.Equal(FailureKind.Unavailable, (await host.FailureAsync(host.TextScript("true"))).Kind);
        File.Delete(host.Root);
    }

    private void MakeRoot() => Directory.CreateDirectory(host.Root, OwnerOnly);

    private async Task<string> KeptFileAsync()
    {
        var kept = Path.Combine(host.Outside, "kept.txt");
        await File.WriteAllTextAsync(kept, "kept");
        return kept;
    }
}
