using Miyabi.Core.Agents;

namespace Miyabi.Testing.Agents;

/// <summary>Keeps what an attempt reported, in order.</summary>
public sealed class RecordedProgress : IProgress<AgentProgress>
{
    private readonly Lock gate = new();
    private readonly List<AgentProgress> reports = [];

    public IReadOnlyList<AgentProgress> Reports
    {
        get
        {
            lock (gate)
                return [.. reports];
        }
    }

    public void Report(AgentProgress value)
    {
        lock (gate)
            reports.Add(value);
    }
}
