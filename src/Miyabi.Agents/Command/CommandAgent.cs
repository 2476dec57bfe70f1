using Miyabi.Core.Activities;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Command;

/// <summary>Carries out an attempt by a child process.</summary>
/// <remarks>
/// The program is started by an argument list, never through a shell, in a workspace of its own, with an allow-listed environment.
/// It reads a <see cref="CommandInstruction"/> on standard input and finds its dependencies' files under <c>inputs/</c>. Its output is the
/// file <c>result.json</c> in the workspace, else what it printed. Files that match the task's <c>writes</c> are collected. A line
/// <c>progress 0.4 a message</c> on standard error says how far it is; the rest of standard error is kept for the failure.
/// When the attempt ends, in whatever way, its processes are killed and its workspace is removed, unless it is kept after a failure. On Linux
/// that holds for processes that detached themselves too; elsewhere it holds for those whose parents still live when the attempt ends.
/// Without a sandbox the program has its user's rights.
/// </remarks>
internal sealed class CommandAgent(CommandOptions options, WorkspaceKeeper keeper) : IAgent
{
    private readonly string store = WorkspacePath.NameOf(options.Store);

    public async Task<AgentResult> RunAsync(AgentRequest request, IProgress<AgentProgress> progress, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using var workspace = Workspace.Create(PathOf(request.RunId, request.Task.Id, request.Attempt));
            var hasSucceeded = false;
            try
            {
                var result = await RunAsync(request, workspace, progress, cancellationToken);
                // What the runner will refuse is a failure too; it looks again itself.
                hasSucceeded = result.Failure is null && ResultCheck.WhatIsWrong(request.Task, result, TimeProvider.System) is null;
                return result;
            }
            finally
            {
                if (!hasSucceeded)
                    keeper.Keep(workspace);
            }
        }
        catch (AttemptFailedException failure)
        {
            return AgentResult.Failed(failure.Kind, Limited(failure.Message));
        }
    }

    public async Task<AgentFailure?> EndLeftoversAsync(AgentLeftovers leftovers, CancellationToken cancellationToken)
    {
        var path = PathOf(leftovers.RunId, leftovers.TaskId, leftovers.Attempt);
        return await LeftoverProcesses.EndAsync(path, leftovers.Process, cancellationToken)
            ? null
            : new AgentFailure(
                FailureKind.Unavailable,
                $"Processes that an earlier runner started for this attempt cannot be ended. Look for those with {CommandEnvironment.WorkspaceVariable}={path.Folder} "
                + "in their environment, and end them.");
    }

    private WorkspacePath PathOf(string run, string task, int attempt) => new(Path.GetFullPath(options.WorkspaceRoot), store, run, task, attempt);

    private async Task<AgentResult> RunAsync(
        AgentRequest request, Workspace workspace, IProgress<AgentProgress> progress, CancellationToken cancellationToken)
    {
        var environment = CommandEnvironment.Of(request, workspace);
        var command = CommandLine.Of(request, workspace, environment.GetValueOrDefault("PATH"));
        await InputFiles.LayOutAsync(request, workspace, cancellationToken);

        var errors = new ErrorStream(progress);
        var child = new ChildProcess(command, environment, workspace, new WorkspaceWatch(workspace, options), request.StartedAsync);
        var ending = await child.RunAsync(CommandInstruction.Of(request).ToUtf8(), errors, cancellationToken);
        return ending.ExitCode == 0
            ? new AgentResult
            {
                Output = CommandResult.Read(workspace, ending.Output, command.Output),
                Files = ProducedFiles.Collect(workspace, request.Task.Writes, cancellationToken),
            }
            : new AgentResult { Failure = Failure(command, ending, errors, isGate: StageName.Parse(request.Task.Id) is { Stage: TaskStage.Gate }) };
    }

    // A gate says no by its exit code, and why on either stream; of any other program standard output is the result, which there is none of.
    private static AgentFailure Failure(CommandLine command, ChildEnding ending, ErrorStream errors, bool isGate)
    {
        var tail = errors.Tail();
        var output = isGate ? ErrorStream.EndOf(ending.Output.Span) : "";
        var lastLine = LastLine(tail) ?? LastLine(output);
        var message = $"{Path.GetFileName(command.Program)} exited with {ending.ExitCode}"
            + (lastLine is null ? "." : $": {SafeText.Quote(lastLine.Trim(), 500)}");
        return new AgentFailure(FailureKind.Failed, Limited(message)) { ExitCode = ending.ExitCode, ErrorTail = tail, OutputTail = output.Length == 0 ? null : output };
    }

    private static string? LastLine(string text) => text.Split('\n').LastOrDefault(line => !string.IsNullOrWhiteSpace(line));

    private static string Limited(string message) =>
        message.Length <= AgentLimits.MaxMessageCharacters ? message : message[..AgentLimits.MaxMessageCharacters];
}
