using Miyabi.Core.Agents;
using Miyabi.Testing.Agents;

namespace Miyabi.Agents.Tests.Command;

public sealed class CommandConformanceTests : AgentConformance, IDisposable
{
    private readonly CommandHost host = new();

    protected override IAgent Agent => host.Agent;

    public void Dispose() => host.Dispose();

    protected override AgentRequest Succeeding(string taskId) => host.Script(
        """echo 'progress 0.5 half' >&2; echo 'progress 0.2' >&2; printf '{"task":"%s"}' "$MIYABI_TASK" """, taskId);

    protected override AgentRequest Failing(string taskId) => host.Script("echo broken >&2; exit 3", taskId);

    protected override AgentRequest Slow(string taskId) => host.Script("sleep 3600", taskId);

    protected override AgentRequest NamingItsInputs(string taskId) => host.Script("cat", taskId);

    protected override IReadOnlyCollection<string> AtWork() => host.AtWork();
}
