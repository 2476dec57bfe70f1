using System.Collections.Immutable;
using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>Reads a plan in this product's own format.</summary>
internal static class PlanFileReader
{
    private static readonly string[] Known =
        ["$schema", "name", "version", "description", "agents", "inputs", "defaults", "policy", "notify", "tasks"];

    /// <summary>The plan; <see langword="null"/> if anything is in the log.</summary>
    public static Plan? Read(JsonTree root, ReadOnlyMemory<byte> file, PlanErrorLog log)
    {
        if (PlanFields.Of(root, log, Known) is not { } fields)
            return null;
        fields.Text("$schema", 0, PlanLimits.MaxDescriptionCharacters);
        fields.Required("name", "\"my-plan\"");
        fields.Required("version", "1");
        if (fields.Find("version") is { } version && fields.Integer("version", long.MinValue, long.MaxValue) is { } number && number != 1)
            log.Add(
                "unknownVersion", version, $"Version {number} of the format is not known here.",
                "Write 1, or use a newer release of Miyabi.");

        var inputs = Inputs(fields, log);
        var commands = new CommandReader(log, [.. inputs.Select(input => input.Name)]);
        var agents = AgentDirectory.Read(fields, log, commands);
        var tasks = Tasks(fields, new TaskReader(log, file, Defaults(fields, log), agents, commands), log);
        var plan = new Plan
        {
            Name = fields.Text("name", 1, PlanLimits.MaxNameCharacters, oneLine: true) ?? "",
            Description = fields.Text("description", 0, PlanLimits.MaxDescriptionCharacters) ?? "",
            Agents = agents.Agents,
            Inputs = inputs,
            Policy = Policy(fields, log),
            Notify = NotifyReader.Read(fields, log),
            Tasks = [.. tasks.Select(draft => draft.Task)],
        };
        return log.IsEmpty ? plan : null;
    }

    private static List<TaskDraft> Tasks(PlanFields root, TaskReader reader, PlanErrorLog log)
    {
        root.Required("tasks", "[ { \"id\": \"Task-1\", \"agent\": \"CCG-1\" } ]");
        var nodes = root.Items("tasks", 1, PlanLimits.MaxTasks);
        List<TaskDraft> drafts = [.. nodes.Select(reader.Read).OfType<TaskDraft>()];
        PlanIds.CheckUnique(drafts.Where(draft => draft.IdPlace is not null).Select(draft => (draft.Task.Id, draft.IdPlace!)), log);
        ResultNameCheck.Check(drafts, log);
        var graph = TaskGraph.Read(drafts, log);
        CycleCheck.Check(graph, log);
        WriteCheck.Check(graph, log);
        return drafts;
    }

    private static ImmutableArray<PlanInput> Inputs(PlanFields root, PlanErrorLog log)
    {
        var inputs = ImmutableArray.CreateBuilder<PlanInput>();
        var places = new List<(string, JsonTree)>();
        foreach (var member in root.Members("inputs", PlanLimits.MaxInputs))
        {
            var name = PlanIds.ReadName(member, log);
            if (PlanFields.Of(member, log, "description", "default") is not { } fields || name is null)
                continue;
            var path = fields.Text("default", 1, PlanLimits.MaxArgumentCharacters);
            if (path?.Contains('\0') == true)
                log.Add("controlCharacter", fields.Find("default")!, "This path has a NUL character.", "Leave it out.");
            inputs.Add(new(name, fields.Text("description", 0, PlanLimits.MaxDescriptionCharacters) ?? "", path));
            places.Add((name, member));
        }

        PlanIds.CheckUnique(places, log);
        return inputs.ToImmutable();
    }

    private static TaskDefaults Defaults(PlanFields root, PlanErrorLog log)
    {
        var fields = PlanFields.Of(root.Find("defaults"), log, "timeout", "retry", "estimate");
        return new(
            fields?.Duration("timeout", PlanLimits.MinTimeout, PlanLimits.MaxTime) ?? PlanLimits.DefaultTimeout,
            TaskReader.ReadRetry(fields?.Find("retry"), new RetryPolicy(), log),
            fields?.Duration("estimate", TimeSpan.Zero, PlanLimits.MaxTime));
    }

    private static PlanPolicy Policy(PlanFields root, PlanErrorLog log)
    {
        var usual = new PlanPolicy();
        var fields = PlanFields.Of(root.Find("policy"), log, "schedule", "maxParallel", "onFailure", "providerCaps", "budget");
        if (fields is null)
            return usual;
        return new PlanPolicy
        {
            Schedule = fields.Choice("schedule", PlanWords.Schedules) ?? usual.Schedule,
            MaxParallel = (int)(fields.Integer("maxParallel", 1, PlanLimits.MaxParallel) ?? usual.MaxParallel),
            OnFailure = fields.Choice("onFailure", PlanWords.OnFailure) ?? usual.OnFailure,
            ProviderCaps = ProviderCaps(fields, log),
            Budget = Budget(fields, log),
        };
    }

    private static ImmutableSortedDictionary<string, int> ProviderCaps(PlanFields policy, PlanErrorLog log)
    {
        var caps = ImmutableSortedDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        foreach (var member in policy.Members("providerCaps", PlanLimits.MaxAgents))
        {
            if (PlanIds.ReadName(member, log) is { } name && PlanFields.Integer(member, log, 1, PlanLimits.MaxParallel) is { } cap)
                caps[name] = (int)cap;
        }

        return caps.ToImmutable();
    }

    /// <summary>A budget of its fields: <c>maxCostUsd</c>, <c>maxTokens</c>, <c>maxTime</c>.</summary>
    internal static Budget BudgetOf(PlanFields fields) => new(
        fields.Amount("maxCostUsd", 0, PlanLimits.MaxCostUsd, leastIncluded: false), fields.Integer("maxTokens", 1, PlanLimits.MaxTokens))
    {
        MaxTime = fields.Duration("maxTime", TimeSpan.FromSeconds(1), PlanLimits.MaxRunTime),
    };

    private static Budget Budget(PlanFields policy, PlanErrorLog log)
    {
        var fields = PlanFields.Of(policy.Find("budget"), log, "maxCostUsd", "maxTokens", "maxTime");
        return fields is null ? new(null, null) : BudgetOf(fields);
    }
}
