using System.CommandLine;
using Miyabi.Agents;
using Miyabi.Agents.ClaudeApi;
using Miyabi.Agents.CodexApi;
using Miyabi.Agents.Command;
using Miyabi.Cli.Contracts;
using Miyabi.Cli.Doctor;
using Miyabi.Cli.Remote;
using Miyabi.Cli.View;
using Miyabi.Core.Plans;
using Miyabi.Storage;
using Miyabi.Storage.Directories;
using Miyabi.Storage.Keys;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi doctor</c>: what a run needs, whether it is there, and what was left behind.</summary>
internal static class DoctorCommand
{
    private static readonly Option<string?> PlanOption = new("--plan") { Description = "Look for the programs of this plan's command agents too", HelpName = "FILE" };

    private static readonly Option<bool> Clean = new("--clean") { Description = "Remove leftovers; nothing of a run that is at work" };

    private static readonly Option<string?> Run = new("--run") { Description = "Leftovers of this run alone", HelpName = "RUN" };

    internal static Command Create()
    {
        var command = new Command("doctor", Root.Help("Looks whether all that a run needs is there and says what to do; lists what was left behind", "doctor --plan samples/hello.plan.json"))
        {
            PlanOption, Clean, Run,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var app = RemoteOptions.Of(parsed);
            if (app is not null)
                return await TellAsync(parsed, await LookAsync(parsed, app, cancellationToken));
            var plan = parsed.GetValue(PlanOption) is { } file ? await PlanFile.ReadAsync(file, cancellationToken) : default;
            var store = Root.StoreOf(parsed);
            var run = parsed.GetValue(Run);
            if (run is not null)
                await RunArgument.CheckThereAsync(store, PlanLimits.IsId(run) ? run : throw new UsageException($"--run {run}: this is no run id."), cancellationToken);
            using var probe = ProbeStore.Of(store, store.Address);
            var diagnosis = await LookAsync(parsed, store, probe, run, plan.Reading?.Plan, plan.Directory ?? "", cancellationToken);
            return await TellAsync(parsed, diagnosis);
        });
        return command;
    }

    private static async Task<int> TellAsync(ParseResult parsed, Diagnosis diagnosis)
    {
        if (parsed.GetValue(Root.Json))
            await Contract.WriteAsync(DoctorJson.Of(diagnosis));
        else
            DoctorRenderer.Render(Terminal.Console, diagnosis, Root.StoreHintOf(parsed));
        return diagnosis.IsWell ? ExitCode.Success : ExitCode.Environment;
    }

    // What an app carries out needs nothing of this machine but the keys that its documents are proven with.
    private static Task<Diagnosis> LookAsync(ParseResult parsed, RemoteApp app, CancellationToken cancellationToken)
    {
        const string Why = "it is about this machine";
        RemoteOptions.Refuse(parsed, (PlanOption, Why), (Clean, Why), (Run, Why));
        var clock = TimeProvider.System;
        return Diagnosis.MakeAsync(
            [new RuntimeCheck(Environment.Version), new RemoteCheck(app, Root.StoreHintOf(parsed)), .. HomeChecks(clock)], [], clean: false, clock, cancellationToken);
    }

    private static async Task<Diagnosis> LookAsync(
        ParseResult parsed, IAddressedStore store, ProbeStore probe, string? run, Plan? plan, string planDirectory, CancellationToken cancellationToken)
    {
        var clock = TimeProvider.System;
        var inventory = new WorkspaceInventory();
        List<ICheck> checks = [new RuntimeCheck(Environment.Version), new StoreCheck(probe), new StoreClockCheck(probe, clock)];
        if (store is DirectoryBlobStore { Root: var folder })
            checks.Add(new DiskCheck("store's disk", folder, DiskCheck.FreeAt));
        checks.AddRange(HomeChecks(clock));
        checks.AddRange([new WorkspaceCheck(inventory.Root), new DiskCheck("work's disk", inventory.Root, DiskCheck.FreeAt), new SessionStarterCheck(OperatingSystem.IsWindows(), File.Exists)]);
        if (plan is not null)
            checks.Add(new ProgramsCheck(plan, planDirectory, Environment.GetEnvironmentVariable("PATH") ?? ""));
        checks.Add(ModelsOf(plan, clock));

        var clean = parsed.GetValue(Clean);
        using var installation = await OpenAsync(store, cancellationToken);
        // Whose documents cannot be told apart is not to be tidied up: a check says what is wrong with the keys.
        if (installation is null)
            return await Diagnosis.MakeAsync(checks, [], clean, clock, cancellationToken);
        var activity = new RunActivity(installation.Runs, ProcessName.IsDead, clock);
        List<ILeftovers> places =
        [
            new WorkspaceLeftovers(inventory, activity.IsAtWorkAsync, run), new RunLeftovers(installation, activity, run, Root.StoreHintOf(parsed), clock),
        ];
        if (run is null && store is DirectoryBlobStore directory)
            places.Add(new UnfinishedWriteLeftovers(new UnfinishedWrites(directory, clock)));
        if (run is null)
            places.Add(new RehearsalLeftovers(Path.GetTempPath(), clock));
        return await Diagnosis.MakeAsync(checks, places, clean, clock, cancellationToken);
    }

    private static ICheck ModelsOf(Plan? plan, TimeProvider clock)
    {
        try
        {
            var settings = EnvironmentModels.Read();
            return new ModelsCheck([new ClaudeApiProvider(settings.Claude, clock), new CodexApiProvider(settings.Codex, clock)], plan, clock);
        }
        catch (UsageException e)
        {
            return new KnownCheck(CheckResult.Missing("models", e.Message, "Mend the settings of models (docs/agents.md)."));
        }
    }

    private static IEnumerable<ICheck> HomeChecks(TimeProvider clock)
    {
        string home;
        try
        {
            home = MiyabiHome.Find();
        }
        catch (KeyException e)
        {
            return [new KnownCheck(CheckResult.Missing("home", e.Message, "Set MIYABI_HOME."))];
        }

        return [new HomeCheck(home), new KeyCheck(home), new TrustCheck(home, clock)];
    }

    private static async Task<Installation?> OpenAsync(IAddressedStore store, CancellationToken cancellationToken)
    {
        try
        {
            return await Installation.OpenForReadingAsync(store, cancellationToken);
        }
        catch (KeyException)
        {
            return null;
        }
    }

    /// <summary>What is known without looking.</summary>
    private sealed class KnownCheck(CheckResult result) : ICheck
    {
        public Task<IReadOnlyList<CheckResult>> RunAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<CheckResult>>([result]);
    }
}
