using System.CommandLine;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Scheduling;

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
            run, BudgetOptionSet.Cost, BudgetOptionSet.Tokens, BudgetOptionSet.Time, RunOptionSet.NoWait, RunOptionSet.KeepWorkspaces,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var id = RunArgument.Of(parsed, run);
            using var app = RemoteOptions.Of(parsed);
            var budget = BudgetOptionSet.Of(parsed) is { } given ? new Control(ControlKind.RaiseBudget) { Budget = given } : null;
            if (app is not null)
            {
                return budget is null
                    ? await RemoteControls.ResumeAsync(parsed, app, id, cancellationToken)
                    : await RemoteControls.SendAsync(parsed, app, id, budget, cancellationToken);
            }

            var store = Root.StoreOf(parsed);
            await RunArgument.CheckThereAsync(store, id, cancellationToken);
            using var installation = await Installation.OpenAsync(store, cancellationToken);
            if (budget is not null)
                await new RunControls(installation.Runs, TimeProvider.System).SendAsync(id, budget, cancellationToken);
            return await RunSession.ExecuteAsync(installation, id, RunOptionSet.SessionOf(parsed), cancellationToken);
        });
        return command;
    }
}
