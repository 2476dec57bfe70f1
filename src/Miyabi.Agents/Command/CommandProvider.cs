using System.Collections.Immutable;
using Miyabi.Core.Agents;
using Miyabi.Core.Plans;

namespace Miyabi.Agents.Command;

/// <summary>The provider <c>command</c>: a child process per attempt, for agents of the kind <see cref="AgentKind.Command"/>.</summary>
public sealed class CommandProvider : IAgentProvider
{
    private readonly WorkspaceKeeper keeper;

    /// <summary>Makes the provider.</summary>
    /// <param name="options">How workspaces are kept; <see langword="null"/> for the defaults.</param>
    public CommandProvider(CommandOptions? options = null)
    {
        var given = options ?? new CommandOptions();
        keeper = new WorkspaceKeeper(given);
        Agent = new CommandAgent(given, keeper);
    }

    /// <summary><c>miyabi-{user}</c> in the system's folder for temporary files.</summary>
    public static string DefaultWorkspaceRoot => Path.Combine(
        Path.GetTempPath(),
        "miyabi-" + string.Concat(Environment.UserName.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_')));

    /// <summary>The workspaces that this provider has kept, and that are still there.</summary>
    public KeptWorkspaces Kept => keeper.Kept();

    /// <inheritdoc/>
    public string Name => "command";

    /// <inheritdoc/>
    public ImmutableArray<AgentKind> Kinds { get; } = [AgentKind.Command];

    /// <inheritdoc/>
    public IAgent Agent { get; }

    /// <inheritdoc/>
    public string? WhyNot(AgentSpec agent, PlanTask task)
    {
        if (agent.Kind != AgentKind.Command)
        {
            return $"The provider 'command' starts programs for agents of the kind 'command'; agent '{agent.Id}' is of the kind "
                + $"'{(agent.Kind == AgentKind.Claude ? "claude" : "codex")}'. Give it another provider.";
        }

        return CommandLine.NamesProgram(agent, task)
            ? null
            : $"Neither task '{task.Id}' nor agent '{agent.Id}' names a program. "
                + "Add \"command\": { \"run\": [\"PROGRAM\"] } to one of them.";
    }
}
