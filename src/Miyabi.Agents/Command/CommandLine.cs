using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Command;

/// <summary>What is started for an attempt: a program's full path, its arguments, and what its standard output is.</summary>
internal sealed partial record CommandLine(string Program, ImmutableArray<string> Arguments, CommandOutput Output)
{
    /// <summary>Whether the task or its agent names a program.</summary>
    public static bool NamesProgram(AgentSpec agent, PlanTask task) => !Parts(agent, task).IsEmpty;

    /// <summary>The command line of an attempt, its place holders replaced and its program found.</summary>
    /// <exception cref="AttemptFailedException">There is no such program, or a place holder stands for nothing.</exception>
    public static CommandLine Of(AgentRequest request, Workspace workspace, string? searchPath)
    {
        var parts = Parts(request.Agent, request.Task);
        if (parts.IsEmpty)
        {
            throw new AttemptFailedException(
                FailureKind.Unavailable,
                $"Task '{request.Task.Id}' names no program. Add \"command\": {{ \"run\": [\"PROGRAM\"] }} to it.");
        }

        var replaced = parts.Select(part => Replace(part, request, workspace)).ToImmutableArray();
        if (replaced.Any(part => part.Contains('\0')))
        {
            throw new AttemptFailedException(
                FailureKind.Unavailable, "An argument holds the character U+0000, which no program can be given. Take it out of the plan.");
        }

        var output = request.Task.Command?.Output ?? request.Agent.Command?.Output ?? CommandOutput.Json;
        return new CommandLine(ProgramPath.Find(replaced[0], request.PlanDirectory, searchPath), replaced[1..], output);
    }

    private static ImmutableArray<string> Parts(AgentSpec agent, PlanTask task)
    {
        var own = task.Command ?? new CommandSettings();
        var agents = agent.Command ?? new CommandSettings();
        if (!own.Run.IsEmpty)
            return [.. own.Run, .. own.Arguments];
        return agents.Run.IsEmpty ? [] : [.. agents.Run, .. agents.Arguments, .. own.Arguments];
    }

    // One pass: what is put in is never looked through again.
    private static string Replace(string part, AgentRequest request, Workspace workspace) => PlaceHolder().Replace(part, match =>
        match.Value switch
        {
            "${workspace}" => workspace.Folder,
            "${plan.dir}" => request.PlanDirectory is { Length: > 0 } folder
                ? folder
                : throw new AttemptFailedException(
                    FailureKind.Unavailable, "The command names ${plan.dir}, but this plan came without a file. Run it from a file."),
            _ => request.Paths.TryGetValue(match.Groups["name"].Value, out var path)
                ? path
                : throw new AttemptFailedException(
                    FailureKind.Unavailable,
                    $"The command names {match.Value}, which the run was not given. Run with --input {match.Groups["name"].Value}=PATH."),
        });

    [GeneratedRegex(
        @"\$\{(workspace|plan\.dir|input\.(?<name>" + PlanLimits.IdPattern + @"))\}",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex PlaceHolder();
}
