using System.Collections.Immutable;
using System.Text;
using Miyabi.Agents.Command;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;
using Miyabi.Testing.Agents;

namespace Miyabi.Agents.Tests.Command;

/// <summary>A provider <c>command</c> with folders of its own, and a look from outside at what it has running.</summary>
internal sealed class CommandHost : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("miyabi-command-tests-");

    public CommandHost(Func<CommandOptions, CommandOptions>? change = null)
    {
        Outside = folder.CreateSubdirectory("outside").FullName;
        Root = Path.Combine(folder.FullName, "workspaces");
        var options = new CommandOptions { WorkspaceRoot = Root };
        Provider = new CommandProvider(change is null ? options : change(options));
    }

    public CommandProvider Provider { get; }

    public IAgent Agent => Provider.Agent;

    /// <summary>Where the workspaces are.</summary>
    public string Root { get; }

    /// <summary>A folder that is no workspace; commands know it as <c>${input.outside}</c>.</summary>
    public string Outside { get; }

    public RecordedProgress Progress { get; } = new();

    /// <summary>An attempt that runs a shell script. Tests start a shell as they would start any program.</summary>
    public AgentRequest Script(string script, string taskId = "Task-1", CommandSettings? settings = null) => AgentRequests.Of(
        taskId,
        AgentKind.Command,
        task => task with { Command = (settings ?? new CommandSettings()) with { Run = ["/bin/sh", "-c", script] } })
        with
    {
        Paths = ImmutableSortedDictionary<string, string>.Empty.Add("outside", Outside),
    };

    /// <summary>An attempt that runs a shell script and prints text.</summary>
    public AgentRequest TextScript(string script) => Script(script, settings: new CommandSettings { Output = CommandOutput.Text });

    public Task<AgentResult> RunAsync(AgentRequest request, CancellationToken cancellationToken = default) =>
        Agent.RunAsync(request, Progress, cancellationToken).WaitAsync(TimeSpan.FromSeconds(120), CancellationToken.None);

    /// <summary>What a text script printed.</summary>
    public async Task<string> PrintedAsync(AgentRequest request)
    {
        var result = await RunAsync(request);
        Assert.Null(result.Failure);
        return result.Output.GetProperty("text").GetString()!;
    }

    public async Task<AgentFailure> FailureAsync(AgentRequest request)
    {
        var result = await RunAsync(request);
        Assert.NotNull(result.Failure);
        return result.Failure;
    }

    /// <summary>Processes with this host's folder in their environment or arguments, and workspaces that are there.</summary>
    public IReadOnlyCollection<string> AtWork()
    {
        var processes = Directory.GetDirectories("/proc")
            .Where(process => int.TryParse(Path.GetFileName(process), out _) && IsOurs(process));
        return [.. processes, .. Workspaces()];
    }

    /// <summary>What is below the folder for workspaces.</summary>
    public string[] Workspaces() => Directory.Exists(Root) ? Directory.GetFileSystemEntries(Root) : [];

    /// <summary>Waits until a script has written the id of a process to a file outside, and reads it.</summary>
    public async Task<int> ProcessIdAsync(string file)
    {
        var path = Path.Combine(Outside, file);
        await Until.TrueAsync(() => File.Exists(path) && File.ReadAllText(path).EndsWith('\n'), $"a script wrote {file}");
        return int.Parse(File.ReadAllText(path));
    }

    public static bool IsAlive(int process)
    {
        try
        {
            var status = File.ReadAllText($"/proc/{process}/stat");
            return status[status.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    public void Dispose() => folder.Delete(recursive: true);

    private bool IsOurs(string process)
    {
        try
        {
            var environment = Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(process, "environ")));
            var arguments = Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(process, "cmdline")));
            return environment.Contains(Root) || arguments.Contains(folder.FullName);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
