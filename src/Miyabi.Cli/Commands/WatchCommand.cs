using System.CommandLine;
using Miyabi.Cli.Remote;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi watch RUN</c>: follows a run that another process carries out.</summary>
internal static class WatchCommand
{
    internal static Command Create()
    {
        var run = RunArgument.Create();
        var command = new Command("watch", Root.Help(
            "Follows a run from another terminal or machine, to its end. Ctrl-C leaves it alone. --json prints where it stands on a line after each change",
            "watch hello-20260131-120000-1a2b"))
        {
            run,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var id = RunArgument.Of(parsed, run);
            using var app = RemoteOptions.Of(parsed);
            if (app is not null)
                return await new RemoteWatch(app, id, Root.StoreHintOf(parsed)) { Json = parsed.GetValue(Root.Json) }.FollowAsync(cancellationToken);
            using var installation = await Installation.OpenForReadingAsync(Root.StoreOf(parsed), cancellationToken);
            return await new WatchSession(installation, id, Root.StoreHintOf(parsed)).FollowAsync(parsed.GetValue(Root.Json), cancellationToken);
        });
        return command;
    }
}
