using System.CommandLine;
using Miyabi.Cli.Contracts;
using Miyabi.Cli.View;
using Miyabi.Core.Transfer;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi copy RUN --to STORE</c>: copies a run to another store, and proves it in both.</summary>
internal static class CopyCommand
{
    private const string Target = "--to";

    internal static Command Create()
    {
        var run = RunArgument.Create();
        var to = new Option<string>(Target) { Description = "The store to copy to", HelpName = "STORE", Required = true };
        var command = new Command("copy", Root.Help(
            "Copies a run to another store, byte for byte, and verifies it in both. "
            + "What was cut short goes on when the command is repeated; nothing is overwritten",
            "copy hello-20260131-120000-1a2b --to archive"))
        {
            run, to,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var id = RunArgument.Of(parsed, run);
            var name = parsed.GetRequiredValue(to);
            var target = Root.StoreOf(Target, name);
            using var installation = await Installation.OpenForReadingAsync(Root.SourceOf(parsed), cancellationToken);
            var report = await RunCopy.MakeAsync(
                installation.Store, target, installation.Trust, id, Guid.NewGuid().ToString("N"), cancellationToken);
            if (parsed.GetValue(Root.Json))
                await Contract.WriteAsync(CopyJson.Of(RemoteOptions.AreMeant(parsed) ? installation.Store.Address : parsed.GetRequiredValue(Root.Store), name, report));
            else
                CopyRenderer.Render(Terminal.Console, report, Root.StoreHintOf(parsed), StoreHint.Of(name));
            return report.IsCopied ? ExitCode.Success : ExitCode.Failed;
        });
        return command;
    }
}
