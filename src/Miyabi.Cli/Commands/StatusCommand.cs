using System.CommandLine;
using Miyabi.Cli.Contracts;
using Miyabi.Cli.View;
using Miyabi.Core.Runs;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi status RUN</c>: where a run stands.</summary>
internal static class StatusCommand
{
    internal static Command Create()
    {
        var run = RunArgument.Create();
        var command = new Command("status", Root.Help("Shows where a run stands, task by task", "status hello-20260131-120000-1a2b")) { run };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var view = await ReadAsync(parsed, RunArgument.Of(parsed, run), cancellationToken);
            if (parsed.GetValue(Root.Json))
                await Contract.WriteAsync(view);
            else
                RunSummaryRenderer.Render(Terminal.Console, view);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<RunView> ReadAsync(ParseResult parsed, string run, CancellationToken cancellationToken)
    {
        using var app = RemoteOptions.Of(parsed);
        if (app is not null)
            return await app.ReadRunAsync(run, cancellationToken);
        using var installation = await Installation.OpenForReadingAsync(Root.StoreOf(parsed), cancellationToken);
        return await new RunReader(installation.Runs, installation.Store).ReadAsync(run, cancellationToken);
    }
}
