using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Miyabi.Core.Agents;
using Miyabi.Core.Json;
using Miyabi.Core.Schemas;

namespace Miyabi.Core.Plans;

/// <summary>What tasks have that do not say otherwise.</summary>
internal sealed record TaskDefaults(TimeSpan Timeout, RetryPolicy Retry, TimeSpan? Estimate);

/// <summary>A task as it stands in the file: some of it may be wrong, and be in the log.</summary>
/// <param name="Task">The task; without a good id its id is empty.</param>
/// <param name="IdPlace">Where a good id stands.</param>
/// <param name="AgentIsKnown">Whether the task's agent is more than a stand-in.</param>
/// <param name="DependencyPlaces">Where each of the task's dependencies stands.</param>
/// <param name="WritePlaces">Where each of the task's globs stands.</param>
internal sealed record TaskDraft(
    PlanTask Task, JsonTree? IdPlace, bool AgentIsKnown, IReadOnlyList<JsonTree> DependencyPlaces, IReadOnlyList<JsonTree> WritePlaces);

/// <summary>Reads the tasks of a plan, one by one; how they fit together is checked afterwards.</summary>
internal sealed class TaskReader(
    PlanErrorLog log, ReadOnlyMemory<byte> file, TaskDefaults defaults, AgentDirectory agents, CommandReader commands)
{
    private static readonly string[] Known =
    [
        "id", "title", "agent", "dependsOn", "priority", "prompt", "model", "outputSchema", "writes", "timeout", "retry", "estimate", "approval",
        "gate", "review", "cache", "simulated", "command",
    ];

    private readonly SimulatedReader _simulated = new(log, file);
    private readonly CheckReader _checks = new(log, file, defaults, agents, commands);

    public TaskDraft? Read(JsonTree node)
    {
        if (PlanFields.Of(node, log, Known) is not { } fields)
            return null;
        var idPlace = fields.Required("id", "\"Task-1\"");
        var id = PlanIds.Read(idPlace, log);
        var dependencies = Texts(fields.Items("dependsOn", 0, PlanLimits.MaxDependencies));
        var writes = Writes(fields);
        ImmutableArray<string> globs = [.. writes.Select(place => place.Text)];
        var simulated = _simulated.Read(fields.Find("simulated"), globs);
        var agent = agents.Select(fields.Required("agent", "the id of an agent, or { \"kind\": \"codex\" }"));
        var task = new PlanTask
        {
            Id = id ?? "",
            Title = fields.Text("title", 1, PlanLimits.MaxTitleCharacters, oneLine: true) ?? id ?? "",
            Agent = agent ?? new AgentSelector("", AgentKind.Claude),
            DependsOn = [.. dependencies.Select(place => place.Text)],
            Priority = (int)(fields.Integer("priority", -PlanLimits.MaxPriority, PlanLimits.MaxPriority) ?? 0),
            Prompt = Prompt(fields),
            OutputSchema = Schema(fields.Find("outputSchema")),
            Writes = globs,
            Model = PlanIds.ReadModel(fields.Find("model"), log),
            Timeout = fields.Duration("timeout", PlanLimits.MinTimeout, PlanLimits.MaxTime) ?? defaults.Timeout,
            Retry = ReadRetry(fields.Find("retry"), defaults.Retry, log),
            Estimate = fields.Duration("estimate", TimeSpan.Zero, PlanLimits.MaxTime)
                ?? (fields.Find("simulated")?.Find("work") is null ? null : simulated?.Work)
                ?? defaults.Estimate ?? PlanLimits.DefaultEstimate,
            Approval = Approval(fields.Find("approval")),
            Gate = _checks.Gate(fields.Find("gate")),
            Review = _checks.Review(fields.Find("review"), agent),
            Cache = fields.Flag("cache") ?? true,
            Simulated = simulated,
            Command = commands.Read(fields.Find("command")),
        };
        return new(task, id is null ? null : idPlace, agent is not null, dependencies, writes);
    }

    /// <summary>Reads a retry policy: what it does not say stays as it was.</summary>
    public static RetryPolicy ReadRetry(JsonTree? node, RetryPolicy usual, PlanErrorLog log)
    {
        if (PlanFields.Of(node, log, "maxAttempts", "backoff", "factor", "maxBackoff") is not { } fields)
            return usual;
        return new RetryPolicy
        {
            MaxAttempts = (int)(fields.Integer("maxAttempts", 1, PlanLimits.MaxAttempts) ?? usual.MaxAttempts),
            Backoff = fields.Duration("backoff", TimeSpan.Zero, TimeSpan.FromHours(1)) ?? usual.Backoff,
            Factor = (double?)fields.Amount("factor", 1, 10) ?? usual.Factor,
            MaxBackoff = fields.Duration("maxBackoff", TimeSpan.Zero, PlanLimits.MaxTime) ?? usual.MaxBackoff,
        };
    }

    private List<JsonTree> Texts(IReadOnlyList<JsonTree> items) => [.. items.Where(item => PlanFields.Is(item, JsonValueKind.String, log))];

    private List<JsonTree> Writes(PlanFields fields)
    {
        var good = new List<JsonTree>();
        var seen = new HashSet<string>();
        foreach (var item in Texts(fields.Items("writes", 0, PlanLimits.MaxWrites)))
        {
            if (PathGlob.WhyInvalid(item.Text) is { } why)
                log.Add(
                    "invalidGlob", item, $"'{JsonTree.Shown(item.Text)}' is no glob of files: {why}.",
                    "Write a relative glob, e.g. \"core/**\" or \"docs/*.md\".");
            else if (!seen.Add(item.Text))
                log.Add("duplicateEntry", item, $"'{JsonTree.Shown(item.Text)}' is here twice.", "Keep one of them.");
            else
                good.Add(item);
        }

        return good;
    }

    private string Prompt(PlanFields fields) => Prompt(fields, log);

    /// <summary>Reads a prompt; without one it is empty.</summary>
    public static string Prompt(PlanFields fields, PlanErrorLog log)
    {
        if (fields.Find("prompt") is not { } place || !PlanFields.Is(place, JsonValueKind.String, log))
            return "";
        var bytes = Encoding.UTF8.GetByteCount(place.Text);
        if (bytes > PlanLimits.MaxPromptBytes)
            log.Add(
                "tooLong", place, $"The prompt has {bytes:N0} bytes; {PlanLimits.MaxPromptBytes:N0} is the most.",
                "Shorten it, or let the agent read a file.");
        return place.Text;
    }

    private string? Schema(JsonTree? place)
    {
        if (place is null || !PlanFields.Is(place, JsonValueKind.Object, log))
            return null;
        foreach (var (where, message) in OutputSchema.Read(place).Errors)
            log.Add("invalidSchema", where, message, "Mend the schema: JSON Schema 2020-12, the keywords of the documentation.");
        return Encoding.UTF8.GetString(place.Raw(file).Span);
    }

    private ApprovalSpec? Approval(JsonTree? node)
    {
        if (PlanFields.Of(node, log, "message", "timeout", "default") is not { } fields)
            return null;
        fields.Required("message", "\"Shall this be done?\"");
        return new(
            fields.Text("message", 1, PlanLimits.MaxMessageCharacters) ?? "",
            fields.Duration("timeout", PlanLimits.MinTimeout, PlanLimits.MaxApprovalTime),
            fields.Choice("default", PlanWords.ApproveByDefault) ?? false);
    }
}
