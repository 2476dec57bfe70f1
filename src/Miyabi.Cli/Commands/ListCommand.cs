using System.CommandLine;
using Miyabi.Cli.Contracts;
using Miyabi.Cli.View;
using Miyabi.Core.Runs;
using Miyabi.Web.Contracts;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi list</c>: the runs of a store.</summary>
internal static class ListCommand
{
    internal static Command Create()
    {
        var command = new Command("list", Root.Help("Shows the runs of a store, the newest last", "list"));
        command.SetAction(async (parsed, cancellationToken) =>
        {
            List<RunSummary> runs = [.. (await ReadAsync(parsed, cancellationToken)).OrderBy(run => run.StartedAt ?? DateTimeOffset.MinValue).ThenBy(run => run.Run, StringComparer.Ordinal)];
            if (parsed.GetValue(Root.Json))
                await Contract.WriteAsync(new ListJson { Runs = [.. runs] });
            else
                RunListRenderer.Render(Terminal.Console, runs);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<List<RunSummary>> ReadAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var app = RemoteOptions.Of(parsed);
        if (app is not null)
            return await app.ListAsync(cancellationToken).ToListAsync(cancellationToken);
        using var installation = await Installation.OpenForReadingAsync(Root.StoreOf(parsed), cancellationToken);
        return await new RunReader(installation.Runs, installation.Store).ListAsync(cancellationToken).ToListAsync(cancellationToken);
    }
}
