using Miyabi.Core.Ledger;

namespace Miyabi.Core.Runs;

/// <summary>Looks at a run's leases, for who tidies up. Writes nothing.</summary>
public sealed class LeaseReader(RunLedger ledger)
{
    /// <summary>Until when a lease holds.</summary>
    /// <param name="path">Below the run's folder, as a listing of <see cref="LedgerPath.Leases"/> has it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns><see langword="null"/> if it is gone, or no lease that anybody would believe.</returns>
    /// <exception cref="StoreException">The store could not be read.</exception>
    public async Task<DateTimeOffset?> UntilAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return (await ledger.ReadLeaseAsync(path, cancellationToken))?.Value.Until;
        }
        catch (Exception e) when (e is SealException or UntrustedKeyException)
        {
            return null;
        }
    }
}
