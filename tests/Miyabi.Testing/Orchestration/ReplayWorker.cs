using Miyabi.Core.Activities;
using Miyabi.Core.Orchestration;

namespace Miyabi.Testing.Orchestration;

/// <summary>A process that carries activities out: it takes JSON and gives JSON.</summary>
public sealed class ReplayWorker
{
    private readonly Dictionary<string, Func<string, CancellationToken, Task<string>>> activities = new(StringComparer.Ordinal);

    /// <summary>A process with the activities of a run.</summary>
    public static ReplayWorker Of(Advance advance, RunTask runTask, Notify notify) => new ReplayWorker()
        .With<AdvanceRequest, AdvanceAnswer>(ActivityNames.Advance, advance.RunAsync)
        .With<RunTaskRequest, TaskEnding>(ActivityNames.RunTask, runTask.RunAsync)
        .With<NotifyRequest, NotifyAnswer>(ActivityNames.Notify, notify.RunAsync);

    /// <summary>Adds an activity.</summary>
    public ReplayWorker With<TInput, TAnswer>(string name, Func<TInput, CancellationToken, Task<TAnswer>> activity)
    {
        activities[name] = async (json, token) => ReplayJson.Message(await activity(ReplayJson.Read<TInput>(json)!, token));
        return this;
    }

    internal Task<string> RunAsync(string name, string input, CancellationToken cancellationToken) =>
        activities.TryGetValue(name, out var activity)
            ? Task.Run(() => activity(input, cancellationToken), cancellationToken)
            : throw new ReplayException($"There is no activity '{name}'.");
}

/// <summary>How activities reach their workers.</summary>
public enum Delivery
{
    /// <summary>Once.</summary>
    Once,

    /// <summary>Once, and again when the first has answered; by another process.</summary>
    TwiceInTurn,

    /// <summary>Twice at the same time, to two processes.</summary>
    TwiceAtOnce,

    /// <summary>To a process that dies before its answer is kept; then to a new one.</summary>
    WorkerDies,
}
