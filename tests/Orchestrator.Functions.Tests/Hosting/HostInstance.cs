using Microsoft.DurableTask.Client;

namespace Orchestrator.Functions.Tests.Hosting;

/// <summary>An instance as the task hub keeps it.</summary>
internal sealed class HostInstance(string id, string version, string input)
{
    internal string Id => id;

    /// <summary>The version that it was started with.</summary>
    internal string Version => version;

    /// <summary>The input of this execution.</summary>
    internal string Input { get; private set; } = input;

    /// <summary>The history of this execution.</summary>
    internal List<HostEvent> History { get; private set; } = [];

    /// <summary>The histories of the executions before, each ended by continuing as new.</summary>
    internal List<List<HostEvent>> Former { get; } = [];

    /// <summary>What has come and is in no history yet.</summary>
    internal List<HostEvent> Inbox { get; } = [];

    /// <summary>Activities under way, by their ids.</summary>
    internal Dictionary<int, Task<HostEvent>> AtWork { get; } = [];

    /// <summary>Timers that are to fire, by their ids.</summary>
    internal Dictionary<int, DateTimeOffset> Timers { get; } = [];

    internal OrchestrationRuntimeStatus State { get; set; } = OrchestrationRuntimeStatus.Pending;

    internal string? Status { get; set; }

    internal string? Output { get; set; }

    internal Exception? Error { get; set; }

    /// <summary>The events of all its executions.</summary>
    internal IEnumerable<HostEvent> AllEvents => Former.SelectMany(history => history).Concat(History);

    /// <summary>Begins the next execution. What is at work is of no more use to it, and its answers are lost.</summary>
    internal void ContinueAsNew(string input, IEnumerable<HostEvent> events)
    {
        Former.Add(History);
        (Input, History) = (input, []);
        AtWork.Clear();
        Timers.Clear();
        Inbox.InsertRange(0, events);
    }
}
