namespace Miyabi.Core.Ledger;

/// <summary>Reads a run's steps to the last one.</summary>
internal static class StepHistory
{
    /// <summary>Folds the steps that follow on a record. A last step that does not stand up is passed over: it decided nothing that counts.</summary>
    /// <param name="ledger">The run's documents.</param>
    /// <param name="from">The record to go on from.</param>
    /// <param name="each">Is told every step that was folded.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The record after the last step, and whether something that is no step stands behind it.</returns>
    /// <exception cref="SealException">A step is missing or does not hold, though a later one does.</exception>
    internal static async Task<(RunRecord Record, bool IsFollowedByGarbage)> ReadAsync(
        RunLedger ledger, RunRecord from, Action<StepDocument> each, CancellationToken cancellationToken)
    {
        var record = from;
        while (true)
        {
            var (why, garbage) = ("is missing", false);
            try
            {
                while (await ledger.ReadStepAsync(record.Step + 1, cancellationToken) is { } step)
                {
                    record = record.With(step);
                    each(step.Value);
                }
            }
            catch (Exception e) when (e is SealException or UntrustedKeyException)
            {
                (why, garbage) = ($"does not hold ({e.Message})", true);
            }

            var bad = record.Step + 1;
            if (!await IsStepAsync(ledger, bad + 1, cancellationToken))
                return (record, garbage);
            // A runner at work may have written both since the first of them was looked for.
            if (garbage || !await IsStepAsync(ledger, bad, cancellationToken))
                throw new SealException($"Step {bad} of run '{ledger.Run}' {why}, though step {bad + 1} is there.") { Document = LedgerPath.Step(bad) };
        }
    }

    /// <summary>Whether a step of a number is there, and stands up.</summary>
    internal static async Task<bool> IsStepAsync(RunLedger ledger, int step, CancellationToken cancellationToken)
    {
        try
        {
            return await ledger.ReadStepAsync(step, cancellationToken) is not null;
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            return false;
        }
    }
}
