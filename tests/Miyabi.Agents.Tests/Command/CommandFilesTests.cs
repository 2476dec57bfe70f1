using System.Text;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Testing.Agents;

namespace Miyabi.Agents.Tests.Command;

/// <summary>The files of an attempt: its inputs and what it produces.</summary>
public sealed class CommandFilesTests : IDisposable
{
    private readonly CommandHost host = new();

    public void Dispose() => host.Dispose();

    [Fact]
    public async Task Files_MatchingWrites_AreCollectedInOrder()
    {
        var result = await RunAsync(
            "mkdir -p docs/b; cd docs; printf 2 > b/two.md; printf 1 > Z.md; printf 0 > a.txt; cd ..; printf x > x.md; touch y; echo '{}'",
            "**/*.md",
            "docs/a.txt");

        Assert.Null(result.Failure);
        Assert.Equal(["docs/Z.md=1", "docs/a.txt=0", "docs/b/two.md=2", "x.md=x"], result.Files.Select(Shown));
    }

    [Fact]
    public async Task Files_WithoutWrites_AreLeft()
    {
        var result = await RunAsync("printf 1 > a; echo '{}'");

        Assert.Null(result.Failure);
        Assert.Empty(result.Files);
    }

    [Fact]
    public async Task Files_ThatAreNotTheTasksOwn_AreLeft()
    {
        var request = WithFile("Task-0", "in.txt", "in").WithTask(task => task with
        {
            Command = new CommandSettings
            {
                Run = ["/bin/sh", "-c", "mkdir sub; printf 1 > sub/result.json; printf 1 > mine; echo '{}' > result.json"],
            },
            Writes = ["**"],
        });

        var result = await host.RunAsync(request);

        Assert.Equal(["mine=1", "sub/result.json=1"], result.Files.Select(Shown));
    }

    [Fact]
    public async Task Links_AreNeitherCollectedNorFollowed()
    {
        var result = await RunAsync(
            "ln -s real.txt link.txt; mkdir sub; ln -s ../sub sub/folder; ln -s nowhere dangling; mkfifo pipe; printf 1 > real.txt; echo '{}'",
            "**");

        Assert.Null(result.Failure);
        Assert.Equal(["real.txt=1"], result.Files.Select(Shown));
    }

    [Theory]
    [InlineData("ln -s \"$1/secret.txt\" link", "link", "**")]
    [InlineData("ln -s \"$1\" link", "link", "link/**")]
    [InlineData("mkdir sub; ln -s ../../x sub/link", "sub/link", "sub/*")]
    [InlineData("ln -s \"$PWD-tmp\" link", "link", "link")]
    public async Task LinksThatLeaveTheWorkspace_AmongWhatTheTaskMayWrite_AreRefused(string script, string link, string writes)
    {
        await File.WriteAllTextAsync(Path.Combine(host.Outside, "secret.txt"), "secret");

        var failure = (await RunAsync(script + "; echo '{}'", writes)).Failure;

        Assert.Equal(FailureKind.InvalidOutput, failure?.Kind);
        Assert.StartsWith($"{link} is a link that leaves the workspace", failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LinksThatLeaveTheWorkspace_ElsewhereInIt_AreNobodysBusiness() =>
        Assert.Null((await RunAsync("ln -s \"$1\" link; echo '{}'", "other/**")).Failure);

    [Theory]
    [InlineData("truncate -s 67108865 big", "64 MiB for a file")]
    [InlineData("for i in 1 2 3 4 5; do truncate -s 60000000 big$i; done", "256 MiB for all files")]
    [InlineData("mkdir d; cd d; seq -f 'f%.0f' 1 10001 | xargs touch", "10000 files")]
    [InlineData("n=$(printf '%0200d' 0); mkdir -p $n/$n; touch $n/$n/x", "400 bytes")]
    [InlineData("printf x > locked; chmod 000 locked; [ $(id -u) = 0 ] && truncate -s 67108865 locked", "locked")]
    public async Task Files_BeyondALimit_AreInvalidOutputNamingIt(string script, string limit)
    {
        var result = await RunAsync(script + "; echo '{}'", "**");

        Assert.Equal(FailureKind.InvalidOutput, result.Failure?.Kind);
        Assert.Contains(limit, result.Failure!.Message);
    }

    [Fact]
    public async Task Inputs_AreLaidOutReadOnly_AndNamedInTheInstruction()
    {
        var request = WithFile("Task-0", "core/a.txt", "content of a").WithTask(task => task with
        {
            Command = new CommandSettings
            {
                Run = ["/bin/sh", "-c", "stat -c %a inputs/Task-0/core/a.txt >&2; cat inputs/Task-0/core/a.txt >&2; exit 1"],
            },
        });
        var read = request.WithTask(task => task with { Command = new CommandSettings { Run = ["cat"] } });

        var failure = await host.FailureAsync(request);
        var input = (await host.RunAsync(read)).Output.GetProperty("inputs")[0];

        Assert.Equal("400\ncontent of a", failure.ErrorTail);
        Assert.Equal("Task-0", input.GetProperty("task").GetString());
        Assert.Equal("core/a.txt", input.GetProperty("files")[0].GetProperty("path").GetString());
        Assert.Equal("inputs/Task-0/core/a.txt", input.GetProperty("files")[0].GetProperty("location").GetString());
        Assert.Equal(12, input.GetProperty("files")[0].GetProperty("bytes").GetInt64());
        Assert.Equal("aa", input.GetProperty("files")[0].GetProperty("sha256").GetString());
    }

    [Theory]
    [InlineData("../../../../escaped.txt")]
    [InlineData("/escaped.txt")]
    public async Task Input_WithAnUnsafePath_IsNotLaidOut(string path)
    {
        var failure = await host.FailureAsync(WithFile("Task-0", path, "x"));

        Assert.Equal(FailureKind.Rejected, failure.Kind);
        Assert.False(File.Exists(Path.Combine(host.Root, "..", "escaped.txt")));
    }

    [Fact]
    public async Task Inputs_BeyondTheLimit_AreNotEvenRead()
    {
        var request = WithFile("Task-0", "a", "x");
        var input = request.Inputs[0];
        request = request with
        {
            Inputs = [input with { Files = [new ArtifactReference("a", "aa", 2L * 1024 * 1024 * 1024)] }],
            ReadArtifactAsync = (_, _) => throw new InvalidOperationException("read"),
        };

        Assert.Equal(FailureKind.ContextTooLong, (await host.FailureAsync(request)).Kind);
    }

    private static string Shown(AgentFile file) => $"{file.Path}={Encoding.UTF8.GetString(file.Content.Span)}";

    private Task<AgentResult> RunAsync(string script, params string[] writes) => host.RunAsync(
        host.Script(script, settings: new CommandSettings { Arguments = ["sh", host.Outside] })
            .WithTask(task => task with { Writes = [.. writes] }));

    private AgentRequest WithFile(string taskId, string path, string content)
    {
        var request = host.Script("echo '{}'").WithInputs(taskId);
        return request with
        {
            Inputs = [request.Inputs[0] with { Files = [new ArtifactReference(path, "aa", content.Length)] }],
            ReadArtifactAsync = (sha256, _) => Task.FromResult<ReadOnlyMemory<byte>>(
                sha256 == "aa" ? Encoding.UTF8.GetBytes(content) : throw new InvalidOperationException(sha256)),
        };
    }
}
