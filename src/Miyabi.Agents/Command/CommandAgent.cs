using Miyabi.Core.Agents;

namespace Miyabi.Agents.Command;

/// <summary>Carries out an attempt by a child process.</summary>
/// <remarks>
/// The program is started by an argument list, never through a shell, in a workspace of its own, with an allow-listed environment.
/// It reads a <see cref="CommandInstruction"/> on standard input and finds its dependencies' files under <c>inputs/</c>. Its output is the
/// file <c>result.json</c> in the workspace, else what it printed. Files that match the task's <c>writes</c> are collected. A line
/// <c>progress 0.4 a message</c> on standard error says how far it is; the rest of standard error is kept for the failure.
/// When the attempt ends, in whatever way, its processes are killed and its workspace is removed. On Linux that holds for processes that
/// detached themselves too; elsewhere it holds for those whose parents still live when the attempt ends.
/// Without a sandbox the program has its user's rights.
/// </remarks>
internal sealed class CommandAgent(string workspaceRoot) : IAgent
{
    public async Task<AgentResult> RunAsync(AgentRequest request, IProgress<AgentProgress> progress, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using var workspace = Workspace.Create(workspaceRoot, request);
            return await RunAsync(request, workspace, progress, cancellationToken);
        }
        catch (AttemptFailedException failure)
        {
            return AgentResult.Failed(failure.Kind, Limited(failure.Message));
        }
    }

    private static async Task<AgentResult> RunAsync(
        AgentRequest request, Workspace workspace, IProgress<AgentProgress> progress, CancellationToken cancellationToken)
    {
        var environment = CommandEnvironment.Of(request, workspace);
        var command = CommandLine.Of(request, workspace, environment.GetValueOrDefault("PATH"));
        await InputFiles.LayOutAsync(request, workspace, cancellationToken);

        var errors = new ErrorStream(progress);
        var child = new ChildProcess(command, environment, workspace);
        var ending = await child.RunAsync(CommandInstruction.Of(request).ToUtf8(), errors, cancellationToken);
        return ending.ExitCode == 0
            ? new AgentResult
            {
                Output = CommandResult.Read(workspace, ending.Output, command.Output),
                Files = ProducedFiles.Collect(workspace, request.Task.Writes, cancellationToken),
            }
            : new AgentResult { Failure = Failure(command, ending.ExitCode, errors) };
    }

    private static AgentFailure Failure(CommandLine command, int exitCode, ErrorStream errors)
    {
        var tail = errors.Tail();
        var lastLine = tail.Split('\n').LastOrDefault(line => !string.IsNullOrWhiteSpace(line));
        var message = $"{Path.GetFileName(command.Program)} exited with {exitCode}"
            + (lastLine is null ? "." : $": {SafeText.Quote(lastLine.Trim(), 500)}");
        return new AgentFailure(FailureKind.Failed, Limited(message)) { ExitCode = exitCode, ErrorTail = tail };
    }

    private static string Limited(string message) =>
        message.Length <= AgentLimits.MaxMessageCharacters ? message : message[..AgentLimits.MaxMessageCharacters];
}
