namespace Miyabi.Core.Ledger;

/// <summary>A store that has a clock of its own, which may differ from this machine's: then leases of other machines seem to end too early or too late.</summary>
public interface IStoreClock
{
    /// <summary>The store's time. May write something that no listing shows, and removes it.</summary>
    /// <exception cref="StoreException">The store cannot be reached or written.</exception>
    Task<DateTimeOffset> NowAsync(CancellationToken cancellationToken);
}
