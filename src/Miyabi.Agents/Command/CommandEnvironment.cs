using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Command;

/// <summary>The environment of a child process: an allow-list, so that no secret of the runner gets there unasked.</summary>
internal static class CommandEnvironment
{
    /// <summary>The variable that names an attempt's workspace; also the mark by which its processes are found.</summary>
    public const string WorkspaceVariable = "MIYABI_WORKSPACE";

    private static readonly string[] Allowed = OperatingSystem.IsWindows()
        ? ["PATH", "PATHEXT", "ComSpec", "SystemRoot", "SystemDrive", "USERPROFILE", "USERNAME", "APPDATA", "LOCALAPPDATA",
            "ProgramData", "ProgramFiles", "ProgramFiles(x86)", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "TZ", "DOTNET_ROOT"]
        : ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "DOTNET_ROOT"];

    /// <summary>Allowed and passed variables of the runner, the plan's own, and, before all, those that name the attempt.</summary>
    public static Dictionary<string, string> Of(AgentRequest request, Workspace workspace)
    {
        var agents = request.Agent.Command ?? new CommandSettings();
        var tasks = request.Task.Command ?? new CommandSettings();
        var environment = new Dictionary<string, string>(
            OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

        foreach (var name in Allowed.Concat(agents.PassEnvironment).Concat(tasks.PassEnvironment))
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
                environment[name] = value;
        }

        foreach (var name in (string[])["TMPDIR", "TEMP", "TMP"])
            environment[name] = workspace.TemporaryFolder;
        foreach (var (name, value) in agents.Environment.Concat(tasks.Environment))
            environment[name] = value;

        if (request.Trace is { } trace)
            environment["TRACEPARENT"] = trace; // the name that OpenTelemetry's environment carriers have for it
        environment["MIYABI_RUN"] = request.RunId;
        environment["MIYABI_TASK"] = request.Task.Id;
        environment["MIYABI_ATTEMPT"] = request.Attempt.ToString();
        environment[WorkspaceVariable] = workspace.Folder;
        return environment;
    }
}
