using System.Collections.Immutable;
using System.Text.Json;
using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>The agents of a plan, and who of them a task means.</summary>
internal sealed class AgentDirectory
{
    private readonly PlanErrorLog _log;
    private readonly Dictionary<string, AgentKind?> _kinds = [];

    private AgentDirectory(PlanErrorLog log, ImmutableArray<AgentSpec> agents) => (_log, Agents) = (log, agents);

    public ImmutableArray<AgentSpec> Agents { get; }

    public static AgentDirectory Read(PlanFields root, PlanErrorLog log, CommandReader commands)
    {
        root.Required("agents", "[ { \"id\": \"CCG-1\", \"kind\": \"claude\" } ]");
        var agents = ImmutableArray.CreateBuilder<AgentSpec>();
        var kinds = new List<(string Id, AgentKind? Kind, JsonTree Place)>();
        foreach (var node in root.Items("agents", 1, PlanLimits.MaxAgents))
        {
            if (PlanFields.Of(node, log, "id", "kind", "provider", "model", "slots", "command") is not { } fields)
                continue;
            var idPlace = fields.Required("id", "\"CCG-1\"");
            var id = PlanIds.Read(idPlace, log);
            fields.Required("kind", "\"claude\", \"codex\" or \"command\"");
            var kind = fields.Choice("kind", PlanWords.Kinds);
            if (id is not null)
                kinds.Add((id, kind, idPlace!));
            agents.Add(new AgentSpec
            {
                Id = id ?? "",
                Kind = kind ?? AgentKind.Claude,
                Provider = PlanIds.Read(fields.Find("provider"), log),
                Model = PlanIds.ReadModel(fields.Find("model"), log),
                Slots = (int)(fields.Integer("slots", 1, PlanLimits.MaxParallel) ?? 1),
                Command = commands.Read(fields.Find("command")),
            });
        }

        PlanIds.CheckUnique(kinds.Select(agent => (agent.Id, agent.Place)), log);
        var directory = new AgentDirectory(log, agents.ToImmutable());
        foreach (var (id, kind, _) in kinds)
            directory._kinds.TryAdd(id, kind);
        return directory;
    }

    /// <summary>Who a task's <c>agent</c> means.</summary>
    public AgentSelector? Select(JsonTree? place)
    {
        if (place is null)
            return null;
        if (place.Kind == JsonValueKind.String)
            return One(place);
        if (place.Kind == JsonValueKind.Object)
            return Pool(place);
        _log.Add(
            "wrongType", place, $"'agent' must be an agent's id or a pool, not {place.KindName}.",
            "Write e.g. \"CCG-1\", or { \"kind\": \"codex\" } for any agent of the kind.");
        return null;
    }

    private AgentSelector? One(JsonTree place)
    {
        if (_kinds.TryGetValue(place.Text, out var kind))
            return kind is null ? null : new AgentSelector(place.Text, kind.Value);
        var cure = PlanWords.Kinds.ContainsKey(place.Text) ? $"For any agent of the kind write {{ \"kind\": \"{place.Text}\" }}."
            : NearestName.Of(place.Text, _kinds.Keys) is { } near ? $"Did you mean '{near}'?"
            : "Add the agent to 'agents', or name one that is there.";
        _log.Add("unknownAgent", place, $"There is no agent '{JsonTree.Shown(place.Text)}'.", cure);
        return null;
    }

    private AgentSelector? Pool(JsonTree place)
    {
        var fields = PlanFields.Of(place, _log, "kind")!;
        if (fields.Required("kind", "\"claude\", \"codex\" or \"command\"") is not { } kindPlace)
            return null;
        if (PlanFields.Choice(kindPlace, _log, PlanWords.Kinds) is not { } kind)
            return null;
        if (_kinds.ContainsValue(kind))
            return new AgentSelector(null, kind);
        _log.Add(
            "noAgentOfKind", kindPlace, $"There is no agent of the kind '{kindPlace.Text}'.",
            "Add one to 'agents', or choose another kind.");
        return null;
    }
}
