using System.CommandLine;
using System.Security.Cryptography;
using Miyabi.Core.FrontDoor;

namespace Miyabi.Cli.Commands;

/// <summary><c>miyabi run FILE</c>: accepts a plan and carries it out to its end.</summary>
internal static class RunCommand
{
    internal static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A plan, or the reference system's task_queue.json; - reads standard input" };
        var runId = new Option<string?>("--run-id") { Description = "The run's id [default: the plan's name and the time]", HelpName = "ID" };
        var command = new Command("run", Root.Help("Carries a plan out", "run samples/webapp-framework.plan.json --speed 10"))
        {
            file, runId, RunOptionSet.Schedule, RunOptionSet.MaxParallel, RunOptionSet.Agent, RunOptionSet.Input, RunOptionSet.Speed, RunOptionSet.Reuse,
            RunOptionSet.NoWait, RunOptionSet.KeepWorkspaces, RunOptionSet.Detach,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (reading, directory) = await PlanFile.ReadAsync(parsed.GetRequiredValue(file), cancellationToken);
            var id = parsed.GetValue(runId) is { } given ? Checked(given) : RunIds.New(reading.Plan!.Name, TimeProvider.System.GetUtcNow(), RandomNumberGenerator.GetHexString(4, lowercase: true));
            using var app = RemoteOptions.Of(parsed);
            if (app is not null)
                return await RemoteRun.StartAsync(parsed, app, reading, id, cancellationToken);
            if (parsed.GetValue(RunOptionSet.Detach))
                throw new UsageException($"{RunOptionSet.Detach.Name} goes with {RemoteOptions.Url.Name}: here this command is what carries the run out.");
            var store = Root.StoreOf(parsed);
            var models = EnvironmentModels.Read();
            var providers = Agents.AgentProviders.Standard(TimeProvider.System, models: models);
            using var webhooks = EnvironmentWebhooks.Open();
            var options = RunAcceptance.Check(
                reading.Plan!,
                RunOptionSet.WishOf(parsed, reading.Plan!, directory) with { DefaultProviders = models.DefaultProviders },
                name => providers.TryFind(name, out var provider, out _) ? provider : null,
                [.. providers.Names],
                new AcceptanceTerms { Webhooks = webhooks });
            await store.CheckUsableAsync(cancellationToken);
            using var installation = await Installation.OpenAsync(store, cancellationToken);
            await RunAcceptance.AcceptAsync(installation.Runs.LedgerOf(id), reading, options, TimeProvider.System.GetUtcNow(), cancellationToken);
            return await RunSession.ExecuteAsync(installation, id, RunOptionSet.SessionOf(parsed), cancellationToken);
        });
        return command;
    }

    private static string Checked(string id) => RunIds.WhyNot(id) is { } why ? throw new UsageException($"--run-id {id}: {why}") : id;
}
