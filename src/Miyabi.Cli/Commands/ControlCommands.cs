using System.CommandLine;
using System.Globalization;
using Miyabi.Cli.Contracts;
using Miyabi.Cli.Embedded;
using Miyabi.Core.Activities;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Web.Contracts;

namespace Miyabi.Cli.Commands;

/// <summary>The commands by which a person decides about a run, from any terminal that reaches its store.</summary>
internal static class ControlCommands
{
    private static readonly TimeSpan LookForOwner = TimeSpan.FromMilliseconds(250);

    private const string Example = "hello-20260131-120000-1a2b";

    private static readonly Option<string> Reason = new("--reason")
    {
        Description = "Why; it stands in the sealed document",
        HelpName = "TEXT",
        DefaultValueFactory = _ => "",
    };

    internal static IEnumerable<Command> Create() =>
    [
        OfRun(ControlKind.Cancel, "cancel", "Ends a run: agents at work are stopped within 5 s, the rest is skipped. Nothing that was accepted is lost"),
        OfRun(ControlKind.Suspend, "suspend", "Lets a run start nothing new; what is at work goes on to its end"),
        OfRun(ControlKind.Unsuspend, "unsuspend", "Lets a suspended run go on"),
        OfTask(ControlKind.Approve, "approve", "Lets a task start that waits for an approval"),
        OfTask(ControlKind.Reject, "reject", "Fails a task that waits for an approval"),
        Retry(),
        RaiseBudget(),
    ];

    private static Command OfRun(ControlKind kind, string name, string what)
    {
        var run = RunArgument.Create();
        var command = new Command(name, Root.Help(what, $"{name} {Example}")) { run, Reason };
        command.SetAction((parsed, cancellationToken) => SendAsync(parsed, RunArgument.Of(parsed, run), new Control(kind, null, ReasonOf(parsed)), cancellationToken));
        return command;
    }

    private static Command OfTask(ControlKind kind, string name, string what)
    {
        var run = RunArgument.Create();
        var task = new Argument<string>("TASK") { Description = "The task's id (miyabi status shows which wait)" };
        var command = new Command(name, Root.Help(what, $"{name} {Example} greet")) { run, task, Reason };
        command.SetAction((parsed, cancellationToken) =>
            SendAsync(parsed, RunArgument.Of(parsed, run), new Control(kind, parsed.GetRequiredValue(task), ReasonOf(parsed)), cancellationToken));
        return command;
    }

    private static Command RaiseBudget()
    {
        var run = RunArgument.Create();
        var command = new Command("raise-budget", Root.Help("Sets a new budget for a run; it goes on if the old one was used up", $"raise-budget {Example} --max-cost-usd 50"))
        {
            run, BudgetOptionSet.Cost, BudgetOptionSet.Tokens, BudgetOptionSet.Time, Reason,
        };
        command.SetAction((parsed, cancellationToken) =>
            SendAsync(parsed, RunArgument.Of(parsed, run), new Control(ControlKind.RaiseBudget, null, ReasonOf(parsed)) { Budget = BudgetOptionSet.Of(parsed) }, cancellationToken));
        return command;
    }

    private static Command Retry()
    {
        var run = RunArgument.Create();
        var task = new Argument<string?>("TASK")
        {
            Description = "Only this task and all that depends on it, also if it was accepted [default: every task that did not succeed]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("retry", Root.Help("Takes a run up again that has ended, and carries it on here: what was accepted stays", $"retry {Example}"))
        {
            run, task, Reason, RunOptionSet.NoWait, RunOptionSet.KeepWorkspaces,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var id = RunArgument.Of(parsed, run);
            var control = new Control(ControlKind.Retry, parsed.GetValue(task), ReasonOf(parsed));
            using var app = RemoteOptions.Of(parsed);
            if (app is not null)
                return await RemoteControls.SendAsync(parsed, app, id, control, cancellationToken);
            using var installation = await OpenAsync(parsed, id, cancellationToken);
            var sent = await new RunControls(installation.Runs, TimeProvider.System).SendAsync(id, control, cancellationToken);
            if (await WhoTookUpAsync(installation, id, sent, cancellationToken) is { } owner)
                return await TellAsync(parsed, id, sent, owner);
            installation.Runs.Close(id); // what was read of it is of before
            return await RunSession.ExecuteAsync(installation, id, RunOptionSet.SessionOf(parsed), cancellationToken);
        });
        return command;
    }

    private static async Task<int> SendAsync(ParseResult parsed, string run, Control control, CancellationToken cancellationToken)
    {
        using var app = RemoteOptions.Of(parsed);
        if (app is not null)
            return await RemoteControls.SendAsync(parsed, app, run, control, cancellationToken);
        using var installation = await OpenAsync(parsed, run, cancellationToken);
        var sent = await new RunControls(installation.Runs, TimeProvider.System).SendAsync(run, control, cancellationToken);
        // An instance of a function app renews no lease while it waits for a person: it is there all the same.
        var owner = await OwnerAsync(installation, run, cancellationToken) is var found && (found.IsAtWork || found.Instance is not null) ? found : null;
        if (owner is null && control.Kind == ControlKind.Cancel)
            await EndAsync(installation, run, cancellationToken);
        return await TellAsync(parsed, run, sent, owner);
    }

    // Before anything is made, keys included: the run must be there.
    private static async Task<Installation> OpenAsync(ParseResult parsed, string run, CancellationToken cancellationToken)
    {
        var store = Root.StoreOf(parsed);
        await RunArgument.CheckThereAsync(store, run, cancellationToken);
        return await Installation.OpenAsync(store, cancellationToken);
    }

    private static Task<RunOwner> OwnerAsync(Installation installation, string run, CancellationToken cancellationToken) =>
        new OwnerReader(installation.Runs.LedgerOf(run), ProcessIdentity.IsDead, TimeProvider.System).ReadAsync(cancellationToken);

    // The runner that ended the run looks for no controls any more, and holds the run until it has let go of it or its lease is over.
    private static async Task<RunOwner?> WhoTookUpAsync(Installation installation, string run, SentControl sent, CancellationToken cancellationToken)
    {
        while (await OwnerAsync(installation, run, cancellationToken) is { IsAtWork: true } owner)
        {
            var record = await (await installation.Runs.GetAsync(run, cancellationToken)).ReadLatestAsync(cancellationToken);
            if (record.Controls.Exists(taken => taken.Digest == sent.Digest))
                return owner;
            await Task.Delay(LookForOwner, cancellationToken);
        }

        return null;
    }

    // Nobody is there to hear of a cancel: the run's last step is taken here, and starts nothing.
    private static async Task EndAsync(Installation installation, string run, CancellationToken cancellationToken)
    {
        var providers = installation.Providers();
        var untold = new UntoldNotices();
        using var webhooks = EnvironmentWebhooks.Open();
        try
        {
            var runner = new EmbeddedRunner(
                installation.Runs, name => RunSession.Provider(providers, name), TimeProvider.System, untold, ProcessIdentity.Current()) { Webhooks = webhooks };
            await runner.RunAsync(run, _ => { }, cancellationToken);
        }
        catch (RunOwnedException)
        {
            // A runner has come in this moment: it finds the cancel.
        }

        untold.Tell();
    }

    private static async Task<int> TellAsync(ParseResult parsed, string run, SentControl sent, RunOwner? owner)
    {
        await ControlAnswer.TellAsync(ControlAnswer.JsonOf(run, sent, owner), ControlAnswer.Of(run, sent, owner, Root.StoreHintOf(parsed)), parsed.GetValue(Root.Json));
        return ExitCode.Success;
    }

    private static string ReasonOf(ParseResult parsed) => parsed.GetRequiredValue(Reason);
}
