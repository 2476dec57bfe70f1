namespace Miyabi.Core.Ledger;

/// <summary>Being a run's owner where an engine's instance is it, and no process: instance <c>RUN~N</c> is owner N.</summary>
/// <remarks>
/// Nobody keeps an instance alive, so nobody renews its lease for it. The processes that carry its attempts out do, while they do
/// (<see cref="EngineLease"/>). When nothing is at work the lease lapses: then another runner may take the run over, and the instance finds that
/// out at its next step.
/// </remarks>
public static class EngineOwner
{
    /// <summary>The instance that is a run's n-th owner. At most 75 characters; fit for every engine's rules for ids.</summary>
    public static string InstanceOf(string run, int owner) => $"{run}~{owner}";

    /// <summary>Has an instance become the owner, or finds that it is. At-least-once: delivered again, it answers the same.</summary>
    /// <param name="ledger">The run's documents.</param>
    /// <param name="number">The owner's number.</param>
    /// <param name="holder">32 hex digits, made before the instance was started.</param>
    /// <param name="clock">The time.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns><see langword="false"/>: somebody else is the owner of the number, or of a later one.</returns>
    /// <exception cref="SealException">The owner before is missing.</exception>
    /// <exception cref="StoreException">The store could not be read or written.</exception>
    internal static async Task<bool> TakeAsync(RunLedger ledger, int number, string holder, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (number > 1 && await Ownership.ReadAsync(ledger, number - 1, cancellationToken) is null)
            throw new SealException($"{LedgerPath.Owner(number - 1)} of run '{ledger.Run}' is missing.");
        while (true)
        {
            if (await Ownership.ReadAsync(ledger, number, cancellationToken) is { } found)
                return found.Holder == holder && await Ownership.ReadAsync(ledger, number + 1, cancellationToken) is null;
            var now = clock.GetUtcNow();
            var document = new OwnerDocument
            {
                Run = ledger.Run,
                Owner = number,
                Holder = holder,
                At = now,
                Until = now + Ownership.Term,
                Instance = InstanceOf(ledger.Run, number),
            };
            if (await ledger.CreateOwnerAsync(document, cancellationToken) is not null)
                return true;
        }
    }
}

/// <summary>Renews the lease of a run's owner that is an engine's instance, from a process that works for it.</summary>
/// <remarks>Several processes may do so at once. To be called from one thread at a time.</remarks>
internal sealed class EngineLease(RunLedger ledger, TimeProvider clock)
{
    private OwnerDocument? owner;
    private DateTimeOffset due;

    /// <summary>Renews it if it is time to. An owner that is no instance renews its lease itself.</summary>
    /// <param name="number">The owner that there is work for.</param>
    /// <param name="cancellationToken">Ends the renewal.</param>
    /// <exception cref="StoreException">The store could not be read or written; the next call tries again.</exception>
    /// <exception cref="SealException">The owner's document does not hold.</exception>
    /// <exception cref="UntrustedKeyException">It is sealed by a key that is not trusted.</exception>
    internal async Task RenewIfDueAsync(int number, CancellationToken cancellationToken)
    {
        if (owner?.Owner != number)
        {
            owner = (await ledger.ReadOwnerAsync(number, cancellationToken))?.Value;
            due = owner is null ? default : owner.At + Ownership.Renewal;
        }

        var now = clock.GetUtcNow();
        if (owner?.Instance is null || now < due)
            return;
        var lease = new LeaseDocument { Run = ledger.Run, Holder = owner.Holder, Until = now + Ownership.Term };
        await ledger.ReplaceLeaseAsync(LedgerPath.OwnerLease(number), lease, cancellationToken);
        due = now + Ownership.Renewal;
    }
}
