using Miyabi.Core.Ledger;

namespace Miyabi.Core.Runs;

/// <summary>Looks who carries a run out, without wanting to: writes nothing, so a document that is none is passed over and stays.</summary>
/// <param name="ledger">The run's documents.</param>
/// <param name="isDead">Whether the process that an owner named is certainly dead.</param>
/// <param name="clock">The time.</param>
public sealed class OwnerReader(RunLedger ledger, Func<string, bool> isDead, TimeProvider clock)
{
    private OwnerDocument? owner;
    private DateTimeOffset? seen;

    /// <summary>Looks. Owners that were seen are not read again.</summary>
    /// <exception cref="StoreException">The store could not be read.</exception>
    public async Task<RunOwner> ReadAsync(CancellationToken cancellationToken)
    {
        while (await OwnerAsync((owner?.Owner ?? 0) + 1, cancellationToken) is { } next)
            (owner, seen) = (next, null);
        if (owner is null)
            return RunOwner.None;
        var until = await Ownership.UntilAsync(ledger, owner, cancellationToken);
        // A lease that was renewed since the last look is held, whatever this machine's clock makes of its date.
        var holds = until > clock.GetUtcNow() || until > seen;
        seen = until;
        return new RunOwner(owner.Owner, owner.Host, until, holds && !isDead(owner.Process)) { Instance = owner.Instance };
    }

    private async Task<OwnerDocument?> OwnerAsync(int number, CancellationToken cancellationToken)
    {
        try
        {
            return (await ledger.ReadOwnerAsync(number, cancellationToken))?.Value;
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            return null;
        }
    }
}
