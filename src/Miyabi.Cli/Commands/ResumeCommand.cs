using System.CommandLine;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi resume RUN</c>: carries a run on from where its ledger has it.</summary>
internal static class ResumeCommand
{
    internal static Command Create()
    {
        var run = RunArgument.Create();
        var command = new Command("resume", Root.Help(
            "Carries a run on from its ledger, after a crash, an interruption, or in a copied store. No ended attempt is made again", "resume hello-20260131-120000-1a2b"))
        {
            run, RunOptionSet.NoWait, RunOptionSet.KeepWorkspaces,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var id = RunArgument.Of(parsed, run);
            using var app = RemoteOptions.Of(parsed);
            if (app is not null)
                return await RemoteControls.ResumeAsync(parsed, app, id, cancellationToken);
            var store = Root.StoreOf(parsed);
            await RunArgument.CheckThereAsync(store, id, cancellationToken);
            using var installation = await Installation.OpenAsync(store, cancellationToken);
            return await RunSession.ExecuteAsync(installation, id, RunOptionSet.SessionOf(parsed), cancellationToken);
        });
        return command;
    }
}
