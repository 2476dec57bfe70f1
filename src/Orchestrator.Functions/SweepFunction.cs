using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Miyabi.Core.FrontDoor;

namespace Orchestrator.Functions;

/// <summary>Every minute: starts what was accepted and not started, and wakes who has not heard (<see cref="RunSweep"/>).</summary>
/// <param name="sweep">Does it.</param>
public sealed class SweepFunction(RunSweep sweep)
{
    // A sweep that takes long goes on at the next.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(50);

    /// <summary>The host calls it once for all instances of the app.</summary>
    [Function("Sweep")]
    public async Task RunAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Longest);
        try
        {
            await sweep.RunAsync(new DurableRunEngine(client), acts: true, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The next goes on from there.
        }
    }
}
