using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Miyabi.Core.FrontDoor;
using Miyabi.Core.Plans;

namespace Miyabi.Cli.Commands;

/// <summary>The options that say how a plan is to be run.</summary>
internal static class RunOptionSet
{
    internal static readonly Option<string?> Schedule = new("--schedule")
    {
        Description = "waves: a wave starts when the one before has ended; ready: a task starts when its dependencies are accepted [default: the plan's]",
        HelpName = "waves|ready",
    };

    internal static readonly Option<string?> MaxParallel = new("--max-parallel") { Description = "Tasks at work at once, 1 to 200 [default: the plan's]", HelpName = "N" };

    internal static readonly Option<string[]> Agent = new("--agent")
    {
        Description = "Who carries out the work of agents of a kind: KIND is claude, codex or command; PROVIDER is simulated, command, claude-api or codex-api (repeatable)",
        HelpName = "KIND=PROVIDER",
    };

    internal static readonly Option<string[]> Input = new("--input") { Description = "A path that the plan asks for by name (repeatable)", HelpName = "NAME=PATH" };

    internal static readonly Option<string> Speed = new("--speed")
    {
        Description = "Divides the time of simulated work; more than 0, at most 100000",
        HelpName = "N",
        DefaultValueFactory = _ => "1",
    };

    internal static readonly Option<bool> Reuse = new("--reuse")
    {
        Description = "Take accepted results of the store's other runs for tasks that ask for the same; \"cache\": false on a task keeps it out",
    };

    internal static readonly Option<bool> NoWait = new("--no-wait")
    {
        Description = "Stop, with exit code 1, when nothing can go on before a person decides: an approval, a suspend, a used budget",
    };

    internal static readonly Option<bool> KeepWorkspaces = new("--keep-workspaces")
    {
        Description = "Keep the folders in which command agents worked in vain, 10 GiB of them at most; where they are is said at the end",
    };

    internal static readonly Option<bool> Detach = new("--detach")
    {
        Description = "With --url: do not watch the run, which the function app carries out either way",
    };

    /// <summary>How the command line wants runs carried out here.</summary>
    internal static SessionOptions SessionOf(ParseResult parsed) => new(parsed.GetValue(Root.Json), Waits: !parsed.GetValue(NoWait), parsed.GetValue(KeepWorkspaces));

    internal static Schedule? ScheduleOf(ParseResult parsed) => parsed.GetValue(Schedule) switch
    {
        null => null,
        "waves" => Core.Plans.Schedule.Waves,
        "ready" => Core.Plans.Schedule.Ready,
        var other => throw new UsageException($"--schedule {other}: give waves or ready."),
    };

    internal static int? MaxParallelOf(ParseResult parsed) => parsed.GetValue(MaxParallel) is not { } given ? null
        : int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= PlanLimits.MaxParallel ? number
        : throw new UsageException($"--max-parallel {given}: give 1 to {PlanLimits.MaxParallel}.");

    internal static double SpeedOf(ParseResult parsed) =>
        double.TryParse(parsed.GetRequiredValue(Speed), NumberStyles.Float, CultureInfo.InvariantCulture, out var speed) && speed > 0 && speed <= RunWish.MaxSpeed
            ? speed
            : throw new UsageException($"--speed {parsed.GetRequiredValue(Speed)}: give a number more than 0, at most {RunWish.MaxSpeed}.");

    /// <summary>What the command line asks for.</summary>
    internal static RunWish WishOf(ParseResult parsed, Plan plan, string planDirectory) => new()
    {
        Schedule = ScheduleOf(parsed),
        MaxParallel = MaxParallelOf(parsed),
        Providers = ProvidersOf(parsed),
        Paths = Paths(parsed, plan, planDirectory),
        PlanDirectory = planDirectory,
        Reuse = parsed.GetValue(Reuse),
        Speed = SpeedOf(parsed),
    };

    internal static ImmutableDictionary<AgentKind, string> ProvidersOf(ParseResult parsed) =>
        Pairs(parsed, Agent).ToImmutableDictionary(pair => KindOf(pair.Name), pair => pair.Value);

    private static ImmutableSortedDictionary<string, string> Paths(ParseResult parsed, Plan plan, string planDirectory)
    {
        var paths = plan.Inputs.Where(input => input.Default is not null)
            .ToDictionary(input => input.Name, input => Path.GetFullPath(input.Default!, planDirectory), StringComparer.Ordinal);
        foreach (var (name, value) in Pairs(parsed, Input))
            paths[name] = Path.GetFullPath(value);
        foreach (var (name, path) in paths)
        {
            if (!File.Exists(path) && !Directory.Exists(path))
                throw new UsageException($"The input '{name}' is {path}, which is not there. Give --input {name}=PATH.");
        }

        return paths.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    private static List<(string Name, string Value)> Pairs(ParseResult parsed, Option<string[]> option)
    {
        List<(string Name, string Value)> pairs = [];
        foreach (var given in parsed.GetValue(option) ?? [])
        {
            var equals = given.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || equals == given.Length - 1 || given.Contains('\0'))
                throw new UsageException($"{option.Name} {given}: give {option.HelpName}.");
            if (pairs.Exists(pair => pair.Name == given[..equals]))
                throw new UsageException($"{option.Name} {given[..equals]}=... is given twice.");
            pairs.Add((given[..equals], given[(equals + 1)..]));
        }

        return pairs;
    }

    private static AgentKind KindOf(string name) => name switch
    {
        "claude" => AgentKind.Claude,
        "codex" => AgentKind.Codex,
        "command" => AgentKind.Command,
        _ => throw new UsageException($"--agent {name}=...: the kinds are claude, codex and command."),
    };
}
