using System.Text.Json;
using Miyabi.Core.Json;

namespace Miyabi.Core.Plans;

/// <summary>Reads the <c>gate</c> and the <c>review</c> of a task.</summary>
internal sealed class CheckReader(PlanErrorLog log, ReadOnlyMemory<byte> file, TaskDefaults defaults, AgentDirectory agents, CommandReader commands)
{
    private readonly SimulatedReader _simulated = new(log, file);

    /// <summary>A gate: a program, so an agent of kind command.</summary>
    public CheckSpec? Gate(JsonTree? node)
    {
        if (PlanFields.Of(node, log, "agent", "command", "maxRounds", "timeout", "retry", "estimate", "simulated") is not { } fields)
            return null;
        var agent = Agent(fields, AgentKind.Command);
        if (agent is not null && agent.Kind != AgentKind.Command)
            log.Add(
                "gateIsNoCommand", fields.Find("agent")!, $"A gate is a program, and this is an agent of the kind '{KindName(agent.Kind)}'.",
                "Name an agent of the kind 'command', or leave 'agent' out for any of them. Let another kind of agent do a 'review'.");
        return Read(fields, agent);
    }

    /// <summary>A review: any agent but the one that makes the result.</summary>
    /// <param name="node">Where it stands.</param>
    /// <param name="worker">Who makes the result; <see langword="null"/>: that is wrong, and in the log.</param>
    public CheckSpec? Review(JsonTree? node, AgentSelector? worker)
    {
        if (PlanFields.Of(node, log, "agent", "prompt", "command", "maxRounds", "timeout", "retry", "estimate", "simulated") is not { } fields)
            return null;
        var agent = Agent(fields, AgentKind.Claude);
        if (agent is not null && worker is not null && ReviewsItself(worker, agent))
            log.Add(
                "reviewsItself", fields.Find("agent") ?? fields.Node,
                agent.Id is { } id ? $"'{id}' would review what it made itself." : $"The only agent of the kind '{KindName(agent.Kind)}' would review what it made itself.",
                "Name another agent, or add one of the kind to 'agents'.");
        return Read(fields, agent) is { } review ? review with { Prompt = TaskReader.Prompt(fields, log) } : null;
    }

    // After a failure a task goes to any agent of its kind: then another of them must be there to review.
    private bool ReviewsItself(AgentSelector worker, AgentSelector reviewer) =>
        worker.Kind == reviewer.Kind
        && ((reviewer.Id is not null && reviewer.Id == worker.Id) || agents.Agents.Count(agent => agent.Kind == worker.Kind) < 2);

    private AgentSelector? Agent(PlanFields fields, AgentKind usual)
    {
        if (fields.Find("agent") is { } place)
            return agents.Select(place);
        if (agents.Agents.Any(agent => agent.Kind == usual))
            return new AgentSelector(null, usual);
        log.Add(
            "noAgentOfKind", fields.Node, $"There is no agent of the kind '{KindName(usual)}', and no 'agent' is named here.",
            $"Add one to 'agents'{(usual == AgentKind.Command ? "" : ", or name an agent of another kind: \"agent\": \"ID\"")}.");
        return null;
    }

    private CheckSpec Read(PlanFields fields, AgentSelector? agent) => new()
    {
        Agent = agent ?? new AgentSelector("", AgentKind.Command),
        MaxRounds = (int)(fields.Integer("maxRounds", 1, PlanLimits.MaxRounds) ?? CheckSpec.DefaultRounds),
        Timeout = fields.Duration("timeout", PlanLimits.MinTimeout, PlanLimits.MaxTime) ?? defaults.Timeout,
        Retry = TaskReader.ReadRetry(fields.Find("retry"), defaults.Retry, log),
        Estimate = fields.Duration("estimate", TimeSpan.Zero, PlanLimits.MaxTime) ?? defaults.Estimate ?? PlanLimits.DefaultEstimate,
        Simulated = _simulated.Read(fields.Find("simulated"), []),
        Command = commands.Read(fields.Find("command")),
    };

    private static string KindName(AgentKind kind) => kind.ToString().ToLowerInvariant();
}
