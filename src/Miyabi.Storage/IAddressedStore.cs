using Miyabi.Core.Ledger;

namespace Miyabi.Storage;

/// <summary>A store that somebody named: besides the port, what the front door needs of it.</summary>
public interface IAddressedStore : IBlobStore
{
    /// <summary>What <see cref="StoreAddress.Parse"/> takes to name the same store from anywhere on this machine. Holds no secret.</summary>
    string Address { get; }

    /// <summary>Makes the place of the store if need be and tries it: what is no store should be known before anything is begun.</summary>
    /// <exception cref="StoreException">It is none (<see cref="StoreFault.NotAStore"/>), or is out of order for now.</exception>
    Task CheckUsableAsync(CancellationToken cancellationToken);
}
