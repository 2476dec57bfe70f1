using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Notifications;
using Miyabi.Core.Plans;

namespace Miyabi.Core.FrontDoor;

/// <summary>What somebody who starts a run asks for, beside the plan.</summary>
public sealed record RunWish
{
    /// <summary>The largest <see cref="Speed"/>.</summary>
    public const double MaxSpeed = 100_000;

    /// <summary>In place of the plan's schedule.</summary>
    public Schedule? Schedule { get; init; }

    /// <summary>In place of the plan's <c>maxParallel</c>, 1 to 200.</summary>
    public int? MaxParallel { get; init; }

    /// <summary>A provider for every agent of a kind, in place of what the plan says.</summary>
    public ImmutableDictionary<AgentKind, string> Providers { get; init; } = ImmutableDictionary<AgentKind, string>.Empty;

    /// <summary>A provider for every agent of a kind for which neither <see cref="Providers"/> nor the plan has one.</summary>
    public ImmutableDictionary<AgentKind, string> DefaultProviders { get; init; } = ImmutableDictionary<AgentKind, string>.Empty;

    /// <summary>Absolute paths by the plan's input names.</summary>
    public ImmutableSortedDictionary<string, string> Paths { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The plan file's folder, absolute; empty where the plan came without a file.</summary>
    public string PlanDirectory { get; init; } = "";

    /// <summary>Tasks may take accepted results of other runs of the store that were asked for the same.</summary>
    public bool Reuse { get; init; }

    /// <summary>What simulated times are divided by, more than 0 to 100,000.</summary>
    public double Speed { get; init; } = 1;
}

/// <summary>A run cannot be accepted as it is asked for.</summary>
/// <param name="problems">What is wrong and what to do, a line each.</param>
public sealed class RunRefusedException(ImmutableArray<string> problems) : Exception(string.Join('\n', problems))
{
    /// <summary>What is wrong and what to do, a line each.</summary>
    public ImmutableArray<string> Problems { get; } = problems;
}

/// <summary>A run of the id is there already, with another plan or other options.</summary>
/// <param name="run">The id.</param>
/// <param name="difference">What is not the same, for people; empty where it was not looked at.</param>
public sealed class RunExistsException(string run, string difference = "")
    : Exception($"There is a run '{run}' in this store already{(difference.Length == 0 ? "" : $", {difference}")}.")
{
    /// <summary>The id.</summary>
    public string Run { get; } = run;
}

/// <summary>Accepts runs: everything that can be said before the first agent starts is said here, and then the plan stands in the ledger.</summary>
public static class RunAcceptance
{
    private const int MaxTimeouts = 100;

    /// <summary>Checks what is asked for.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="wish">What is asked for beside it.</param>
    /// <param name="providers">A provider by name.</param>
    /// <param name="knownProviders">The names of those that there are.</param>
    /// <param name="terms">What the front door can take; by default what the command line does.</param>
    /// <returns>The options, as the ledger will have them.</returns>
    /// <exception cref="RunRefusedException">Something is missing or cannot be.</exception>
    public static RunOptions Check(
        Plan plan, RunWish wish, Func<string, IAgentProvider?> providers, IReadOnlyCollection<string> knownProviders, AcceptanceTerms? terms = null)
    {
        terms ??= new AcceptanceTerms();
        var problems = ImmutableArray.CreateBuilder<string>();
        if (wish.MaxParallel is < 1 or > PlanLimits.MaxParallel)
            problems.Add($"{terms.MaxParallel} is {wish.MaxParallel}: give 1 to {PlanLimits.MaxParallel}.");
        if (!(wish.Speed > 0 && wish.Speed <= RunWish.MaxSpeed))
            problems.Add($"{terms.Speed} is {wish.Speed}: give more than 0, at most {RunWish.MaxSpeed}.");
        var (chosen, reserves) = Providers(plan, wish, providers, (knownProviders, terms), problems);
        Timeouts(plan, terms, problems);
        var paths = Paths(plan, wish, problems);
        Subscribers(plan, terms.Webhooks, problems);
        if (problems.Count > 0)
            throw new RunRefusedException(problems.ToImmutable());
        return new RunOptions
        {
            Schedule = wish.Schedule,
            MaxParallel = wish.MaxParallel,
            Providers = chosen,
            Reserves = reserves,
            Paths = paths,
            PlanDirectory = wish.PlanDirectory,
            Reuse = wish.Reuse,
            Speed = wish.Speed,
        };
    }

    /// <summary>Writes the plan document.</summary>
    /// <exception cref="RunExistsException">There is a run of the id.</exception>
    public static async Task AcceptAsync(
        RunLedger ledger, PlanReading reading, RunOptions options, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var json = Parse(reading);
        if (!await CreateAsync(ledger, json, options, now, cancellationToken))
            throw new RunExistsException(ledger.Run);
    }

    /// <summary>Writes the plan document, or finds that it is there: asked again for the same run, it answers the same.</summary>
    /// <returns>Whether it was written now.</returns>
    /// <exception cref="RunExistsException">There is a run of the id, with another plan or other options; or something that is no run.</exception>
    /// <exception cref="SealException">The plan document that is there does not hold.</exception>
    /// <exception cref="UntrustedKeyException">It is sealed by a key that is not trusted.</exception>
    /// <exception cref="StoreException">The store could not be read or written; the run may have been accepted or not.</exception>
    public static async Task<bool> AcceptOnceAsync(
        RunLedger ledger, PlanReading reading, RunOptions options, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var json = Parse(reading);
        if (await ledger.ReadPlanAsync(cancellationToken) is null && await CreateAsync(ledger, json, options, now, cancellationToken))
            return true;
        var there = await ledger.ReadPlanAsync(cancellationToken) ?? throw new RunExistsException(ledger.Run, "though without a plan: it may be a copy that was cut short");
        if (there.Value.PlanDigest != LedgerJson.DigestOf(json.RootElement))
            throw new RunExistsException(ledger.Run, "with another plan");
        return JsonOf(there.Value.Options).AsSpan().SequenceEqual(JsonOf(options)) ? false : throw new RunExistsException(ledger.Run, "with the same plan and other options");
    }

    private static JsonDocument Parse(PlanReading reading) => JsonDocument.Parse(reading.Json, new JsonDocumentOptions { MaxDepth = 128 });

    private static byte[] JsonOf(RunOptions options) => JsonSerializer.SerializeToUtf8Bytes(options, Compact.Json.RunOptions);

    private static async Task<bool> CreateAsync(RunLedger ledger, JsonDocument json, RunOptions options, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var document = new PlanDocument
        {
            Run = ledger.Run,
            AcceptedAt = now,
            PlanDigest = LedgerJson.DigestOf(json.RootElement),
            Options = options,
            Plan = json.RootElement,
        };
        // A folder without a plan may be a copy that was cut short: two runs must not get mixed.
        return !await ledger.HasAnythingAsync(cancellationToken) && await ledger.CreatePlanAsync(document, cancellationToken) is not null;
    }

    private static void Timeouts(Plan plan, AcceptanceTerms terms, ImmutableArray<string>.Builder problems)
    {
        foreach (var (task, what) in Stages(plan).Where(stage => stage.Spec.Timeout > terms.LongestTask).Take(MaxTimeouts))
        {
            problems.Add($"{what} has a timeout of {Iso8601Duration.ToText(task.Timeout)}; here a task may take {Iso8601Duration.ToText(terms.LongestTask!.Value)}. "
                + $"Give it a shorter timeout. {terms.LongerTasks}".TrimEnd());
        }
    }

    private static (ImmutableSortedDictionary<string, string> Names, ImmutableSortedDictionary<string, CallReserve>? Reserves) Providers(
        Plan plan,
        RunWish wish,
        Func<string, IAgentProvider?> providers,
        (IReadOnlyCollection<string> Known, AcceptanceTerms Terms) door,
        ImmutableArray<string>.Builder problems)
    {
        var chosen = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var agents = new Dictionary<string, IAgentProvider>(StringComparer.Ordinal);
        foreach (var agent in plan.Agents)
        {
            var kind = NameOf(agent.Kind);
            if ((wish.Providers.GetValueOrDefault(agent.Kind) ?? agent.Provider ?? wish.DefaultProviders.GetValueOrDefault(agent.Kind)) is not { } name)
                problems.Add($"Agent '{agent.Id}' has no provider: give {door.Terms.GiveProvider(kind)}, or a provider in the plan.");
            else if (providers(name) is not { } provider)
                problems.Add($"Agent '{agent.Id}' has the unknown provider '{name}': known are {string.Join(", ", door.Known)}.");
            else if (!provider.Kinds.Contains(agent.Kind))
                problems.Add($"Agent '{agent.Id}' is of kind {kind}, which the provider '{name}' cannot carry out.");
            else
                (chosen[agent.Id], agents[agent.Id]) = (name, provider);
        }

        foreach (var (task, what) in Stages(plan))
        {
            var can = plan.Agents.Where(agent => task.Agent.Id is { } id ? agent.Id == id : agent.Kind == task.Agent.Kind);
            var why = can.Where(agent => agents.ContainsKey(agent.Id)).Select(agent => agents[agent.Id].WhyNot(agent, task)).FirstOrDefault(found => found is not null);
            if (why is not null)
                problems.Add($"{what}: {why}");
            if (problems.Count >= 100)
                break;
        }

        var reserves = CallReserves.Of(plan.Agents, Stages(plan).Select(stage => stage.Spec), agents);
        if (plan.Policy.Budget.MaxCostUsd is not null && CallReserves.WhyNoCost(reserves) is { } unknown)
            problems.Add(unknown);
        return (chosen.ToImmutable(), reserves);
    }

    // The tasks and their checks, each with its name for people.
    private static IEnumerable<(PlanTask Spec, string What)> Stages(Plan plan) => plan.Tasks.SelectMany(task => StageTask.StagesOf(task).Select(stage =>
        (StageTask.Of(task, stage), stage == TaskStage.Work ? $"Task '{task.Id}'" : $"The {StageName.WordOf(stage)} of task '{task.Id}'")));

    private static void Subscribers(Plan plan, IWebhookSender? webhooks, ImmutableArray<string>.Builder problems)
    {
        if (webhooks is null && !plan.Notify.IsEmpty)
            problems.Add("The plan's 'notify' cannot be kept: nobody delivers webhooks here. Leave it out.");
        for (var i = 0; webhooks is not null && i < plan.Notify.Length; i++)
        {
            if (webhooks.WhyNot(plan.Notify[i]) is { } why)
                problems.Add($"notify[{i}] ({plan.Notify[i].Origin}): {why}");
        }
    }

    private static ImmutableSortedDictionary<string, string> Paths(Plan plan, RunWish wish, ImmutableArray<string>.Builder problems)
    {
        var names = plan.Inputs.Select(input => input.Name).ToList();
        foreach (var name in wish.Paths.Keys.Except(names))
            problems.Add($"--input {name}=...: the plan has no input '{name}'; it has {(names.Count == 0 ? "none" : string.Join(", ", names))}.");
        foreach (var input in plan.Inputs.Where(input => !wish.Paths.ContainsKey(input.Name)))
            problems.Add($"The plan's input '{input.Name}' is missing: give --input {input.Name}=PATH.{(input.Description.Length == 0 ? "" : $" It is: {input.Description}")}");
        return wish.Paths;
    }

    private static string NameOf(AgentKind kind) => kind.ToString().ToLowerInvariant();
}
