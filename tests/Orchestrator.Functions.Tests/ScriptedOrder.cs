using Miyabi.Core.Agents;
using Miyabi.Core.Ledger;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;
using Miyabi.Testing.Orchestration;

namespace Orchestrator.Functions.Tests;

/// <summary>Lets agents end in an order drawn from a seed: one at a time, when all that were started are at work, and the step that takes the last one in stands.</summary>
internal sealed class ScriptedOrder(AgentScript answers, int seed, Schedule schedule) : IRunObserver
{
    private readonly Lock gate = new();
    private readonly Random random = new(seed);
    private readonly SortedDictionary<string, TaskCompletionSource> waiting = new(StringComparer.Ordinal);
    private int started;
    private string? untaken;

    /// <summary>The attempts in the order in which they ended.</summary>
    internal List<string> Released { get; } = [];

    internal async Task<AgentResult> RunAsync(AgentRequest request, IProgress<AgentProgress> progress, CancellationToken cancellationToken)
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
            waiting[$"{request.Task.Id}/{request.Attempt}"] = turn;
        Release();
        await turn.Task.WaitAsync(cancellationToken);
        var result = await answers(request, progress, cancellationToken);
        // A wave's step takes in many endings together, unless one of them has failed.
        if (schedule == Schedule.Waves && result.Failure is null)
            Taken(request.Task.Id, request.Attempt);
        return result;
    }

    public void Stepped(StepDocument step)
    {
        lock (gate)
            started += step.Decisions.Count(decision => decision is StartDecision);
        foreach (var ended in step.Endings)
            Taken(ended.Ending.Task, ended.Ending.Attempt);
        Release();
    }

    public void Happened(string run, RunEvent happening)
    {
    }

    private void Taken(string task, int attempt)
    {
        lock (gate)
        {
            if (untaken == $"{task}/{attempt}")
                untaken = null;
        }

        Release();
    }

    private void Release()
    {
        TaskCompletionSource? turn;
        lock (gate)
        {
            if (untaken is not null || waiting.Count == 0 || waiting.Count < started - Released.Count)
                return;
            (untaken, turn) = waiting.ElementAt(random.Next(waiting.Count));
            waiting.Remove(untaken);
            Released.Add(untaken);
        }

        turn.SetResult();
    }
}
