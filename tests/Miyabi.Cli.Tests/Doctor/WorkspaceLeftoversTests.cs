using Miyabi.Agents.Command;
using Miyabi.Cli.Doctor;

namespace Miyabi.Cli.Tests.Doctor;

public sealed class WorkspaceLeftoversTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly HashSet<string> atWork = [];

    public WorkspaceLeftoversTests()
    {
        foreach (var run in new[] { "a", "b" })
            Directory.CreateDirectory(folder[$"{run}/t/1"]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Find_WorkspaceOfARunAtWork_IsKept()
    {
        atWork.Add("a");
        Assert.Equal(
            [("a", "the run is at work"), ("b", null)],
            (await FindAsync(null)).Select(found => (found.Run, found.KeptFor)).OrderBy(found => found.Run, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Find_OfOneRun_GivesItsOwn() => Assert.Equal(["b"], (await FindAsync("b")).Select(found => found.Run));

    [Fact]
    public async Task Remove_OfARunThatWentOnSince_RemovesNothing()
    {
        var found = Assert.Single(await FindAsync("a"));
        atWork.Add("a");
        Assert.False(await found.Remove(default));
        Assert.True(Directory.Exists(folder["a/t/1"]));
        atWork.Clear();
        Assert.True(await found.Remove(default));
        Assert.False(Directory.Exists(folder["a/t/1"]));
    }

    private Task<IReadOnlyList<Leftover>> FindAsync(string? only) =>
        new WorkspaceLeftovers(new WorkspaceInventory(folder.Path), (run, _) => Task.FromResult(atWork.Contains(run)), only).FindAsync(_ => { }, default);
}
