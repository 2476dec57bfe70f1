using Miyabi.Core.Plans;

namespace Miyabi.Cli.Doctor;

/// <summary>The programs that a plan's command agents name.</summary>
/// <param name="plan">The plan.</param>
/// <param name="planDirectory">Its folder.</param>
/// <param name="searchPath">PATH.</param>
internal sealed class ProgramsCheck(Plan plan, string planDirectory, string searchPath) : ICheck
{
    private const string Name = "program";
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<CheckResult>>([.. Programs().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(Of)]);

    private IEnumerable<string> Programs() =>
        from task in plan.Tasks
        from agent in plan.Agents
        where agent.Kind == AgentKind.Command && agent.Provider is null or "command"
        where task.Agent.Id is { } id ? agent.Id == id : agent.Kind == task.Agent.Kind
        let own = task.Command?.Run ?? []
        let run = own.IsEmpty ? agent.Command?.Run ?? [] : own
        where !run.IsEmpty
        select run[0];

    private CheckResult Of(string program)
    {
        if (Resolved(program) is not { } resolved)
            return CheckResult.Warning(Name, $"{program} depends on what the run is given", "Name it in the plan, or give its input a default, to have it looked for.");
        var isPath = resolved.Contains('/') || (OperatingSystem.IsWindows() && resolved.AsSpan().ContainsAny('\\', ':'));
        if (isPath)
            return AtPath(program, Path.GetFullPath(resolved, planDirectory));
        return OnSearchPath(resolved) is { } found
            ? CheckResult.Ok(Name, $"{program} is {found}")
            : CheckResult.Missing(Name, $"{program} is not on PATH", "Install it, or name its full path in 'command.run' in the plan.");
    }

    private static CheckResult AtPath(string program, string path) =>
        !File.Exists(path) ? CheckResult.Missing(Name, $"{program} is not at {path}", "Put it there, or mend 'command.run' in the plan.")
        : IsExecutable(path) ? CheckResult.Ok(Name, $"{program} is {path}")
        : CheckResult.Missing(Name, $"{program} at {path} may not be executed", $"chmod +x {Permissions.Quoted(path)}");

    // As the run will: a relative folder in PATH would mean the workspace, which is the agent's own to fill.
    private string? OnSearchPath(string program)
    {
        string[] endings = OperatingSystem.IsWindows() && !Path.HasExtension(program) ? [".exe", ".com"] : [""];
        return searchPath.Split(Path.PathSeparator).Where(Path.IsPathFullyQualified)
            .SelectMany(folder => endings.Select(ending => Path.Combine(folder, program + ending)))
            .FirstOrDefault(path => File.Exists(path) && IsExecutable(path));
    }

    private string? Resolved(string program)
    {
        var resolved = program.Replace("${plan.dir}", planDirectory, StringComparison.Ordinal);
        foreach (var input in plan.Inputs.Where(input => input.Default is not null))
            resolved = resolved.Replace($"${{input.{input.Name}}}", Path.GetFullPath(input.Default!, planDirectory), StringComparison.Ordinal);
        return resolved.Contains("${", StringComparison.Ordinal) || resolved.Contains('\0') ? null : resolved;
    }

    private static bool IsExecutable(string path) => OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & AnyExecute) != default;
}
