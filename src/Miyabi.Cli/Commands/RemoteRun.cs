using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using Miyabi.Cli.Contracts;
using Miyabi.Cli.Remote;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Plans;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi run FILE --url URL</c>: has a function app carry a plan out, and watches.</summary>
internal static class RemoteRun
{
    internal static async Task<int> StartAsync(ParseResult parsed, RemoteApp app, PlanReading reading, string id, CancellationToken cancellationToken)
    {
        RemoteOptions.Refuse(
            parsed,
            (RunOptionSet.Input, "paths of this machine mean nothing there"),
            (RunOptionSet.KeepWorkspaces, "its workspaces are not on this machine"));
        if (!reading.Plan!.Inputs.IsEmpty)
            throw new UsageException($"The plan asks for paths of the machine that carries it out ({string.Join(", ", reading.Plan.Inputs.Select(input => input.Name))}): a function app cannot be given any. Run it with --store.");
        using var plan = JsonDocument.Parse(reading.Json, new JsonDocumentOptions { MaxDepth = 128 });
        var started = await app.StartAsync(new StartRequest(plan.RootElement, id, OptionsOf(parsed)), cancellationToken);
        var hint = Root.StoreHintOf(parsed);
        if (started.Standing == RunStanding.Stalled)
        {
            await Console.Error.WriteLineAsync($"miyabi: Run {id} is there already, and stands still: what carried it out has ended before the run did. Have it go on: miyabi resume {id}{hint}");
            return ExitCode.Failed;
        }

        if (!parsed.GetValue(RunOptionSet.Detach))
        {
            var watch = new RemoteWatch(app, id, hint)
            {
                JsonAtEnd = parsed.GetValue(Root.Json),
                Waits = !parsed.GetValue(RunOptionSet.NoWait),
                FromStart = started.Standing == RunStanding.Started,
            };
            return await watch.FollowAsync(cancellationToken);
        }

        if (parsed.GetValue(Root.Json))
            await Contract.WriteAsync(await app.ReadRunAsync(id, cancellationToken));
        else
            Terminal.WriteLine($"Run {id} is carried out at {app.Address.Text}. See it with: miyabi watch {id}{hint}");
        return ExitCode.Success;
    }

    private static StartOptions OptionsOf(ParseResult parsed) => new(
        RunOptionSet.ScheduleOf(parsed)?.ToString().ToLowerInvariant(),
        RunOptionSet.MaxParallelOf(parsed),
        RunOptionSet.ProvidersOf(parsed).ToImmutableSortedDictionary(pair => pair.Key.ToString().ToLowerInvariant(), pair => pair.Value, StringComparer.Ordinal),
        parsed.GetValue(RunOptionSet.Reuse),
        RunOptionSet.SpeedOf(parsed));
}
