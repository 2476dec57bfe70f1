using System.Collections.Immutable;
using Miyabi.Core.Ledger;
using Miyabi.Core.Notifications;
using Miyabi.Core.Orchestration;
using Miyabi.Core.Plans;
using Miyabi.Core.Runs;
using Miyabi.Core.Scheduling;

namespace Miyabi.Core.Activities;

/// <summary>Tells what a step has to tell to those whom the plan notifies.</summary>
/// <remarks>
/// At-least-once: delivered again, it sends the same messages again, with the same ids. What receivers do fails nothing; what could not be told is told to the observer. The
/// first step of an owner also tells what the step before it had to tell, because whoever took that one may have died in between.
/// </remarks>
/// <param name="runs">The runs.</param>
/// <param name="sender">Sends.</param>
/// <param name="clock">The time.</param>
/// <param name="observer">Is told what could not be told.</param>
public sealed class Notify(OpenRuns runs, IWebhookSender sender, TimeProvider clock, IRunObserver observer)
{
    private readonly WebhookDelivery delivery = new(sender, clock);

    /// <summary>Tells.</summary>
    /// <returns>What came of it; also when there is nothing that could be told.</returns>
    /// <exception cref="StoreException">The store could not be read; the same call may succeed later.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was set; some may have been told.</exception>
    public async Task<NotifyAnswer> RunAsync(NotifyRequest request, CancellationToken cancellationToken)
    {
        ImmutableArray<Webhook> webhooks;
        try
        {
            webhooks = await ReadAsync(request, cancellationToken);
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException or RunNotFoundException)
        {
            // Nobody is told what is not proven. Whoever goes on with the run finds the same, and says so.
            Tell(request.Run, $"Nobody was told of step {request.Step}: {e.Message}");
            return new NotifyAnswer(0, 0);
        }

        var outcomes = await Task.WhenAll(webhooks.Select(webhook => DeliverAsync(request.Run, webhook, cancellationToken)));
        return new NotifyAnswer(outcomes.Count(told => told), outcomes.Count(told => !told));
    }

    private async Task<ImmutableArray<Webhook>> ReadAsync(NotifyRequest request, CancellationToken cancellationToken)
    {
        var plan = await runs.PlanOfAsync(request.Run, cancellationToken);
        if (plan.Notify.IsEmpty)
            return [];
        // After a crash of the machine no step may be missing that somebody was told of.
        if (runs.Find(request.Run) is { } open)
            await open.StepFlushed;
        var ledger = runs.LedgerOf(request.Run);
        var step = await StepAsync(ledger, request.Step, cancellationToken);
        var webhooks = await OfAsync(ledger, plan, step, cancellationToken);
        if (request.Step == 1 || await StepAsync(ledger, request.Step - 1, cancellationToken) is not { } before || before.Value.Owner == step.Value.Owner)
            return webhooks;
        return [.. await OfAsync(ledger, plan, before, cancellationToken), .. webhooks];
    }

    private static async Task<ImmutableArray<Webhook>> OfAsync(RunLedger ledger, Plan plan, Verified<StepDocument> step, CancellationToken cancellationToken) =>
        Webhook.Of(plan, step, step.Value.Decisions.Any(decision => decision is FinishDecision) ? await TotalsAsync(ledger, step, cancellationToken) : null);

    private static async Task<Verified<StepDocument>> StepAsync(RunLedger ledger, int step, CancellationToken cancellationToken) =>
        await ledger.ReadStepAsync(step, cancellationToken) ?? throw new SealException($"Step {step} of run '{ledger.Run}' is missing.");

    // Of the generation that the step ended. That the run has ended is told without them too.
    private static async Task<ManifestTotals?> TotalsAsync(RunLedger ledger, Verified<StepDocument> step, CancellationToken cancellationToken)
    {
        try
        {
            var entry = new ManifestEntry(LedgerPath.Step(step.Value.Step), step.Digest);
            for (var generation = 1; await ledger.ReadManifestAsync(generation, cancellationToken) is { } manifest; generation++)
            {
                if (manifest.Value.Documents.Contains(entry))
                    return manifest.Value.Totals;
            }
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            // Put aside, and written again, by whoever goes on with the run.
        }

        return null;
    }

    private async Task<bool> DeliverAsync(string run, Webhook webhook, CancellationToken cancellationToken)
    {
        var outcome = await delivery.DeliverAsync(webhook, cancellationToken);
        if (!outcome.Delivered)
            Tell(run, $"{webhook.Name} {outcome.Text}{(outcome.Tries == 1 ? "" : $"; {outcome.Tries} tries")}");
        return outcome.Delivered;
    }

    private void Tell(string run, string message) =>
        observer.Happened(run, new RunEvent(clock.GetUtcNow(), RunEventKind.Undelivered, "", 0) { Message = message });
}
